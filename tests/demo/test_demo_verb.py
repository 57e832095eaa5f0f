"""`clawtui demo --headless`: what the engine saw through SSH, told as JSON."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from tests.demo.conftest import busy, marked, until


class Run(NamedTuple):
    """One ended process."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


async def clawtui(*words: str, environ: dict[str, str] | None = None) -> Run:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clawtui", *words,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=dict(os.environ) | (environ or {}),
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return Run(process.returncode, out.decode(), err.decode())


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def runs() -> AsyncIterator[tuple[Run, Run]]:
    """The run with incidents and a calm one, beside each other: they must not disturb each other either."""
    stormy = clawtui("demo", "--headless", "--seconds", "25", "--json")
    calm = clawtui("demo", "--headless", "--seconds", "14", "--json", "--calm")
    yield tuple(await asyncio.gather(stormy, calm))  # type: ignore[misc]


@pytest.mark.asyncio(loop_scope="module")
async def test_four_hosts_have_live_cpu_memory_and_latency(runs: tuple[Run, Run]) -> None:
    for run in runs:
        assert run.code == 0, run.err
        live = [host["name"] for host in run.document["hosts"] if _live(host)]
        assert len(live) >= 4, run.out


@pytest.mark.asyncio(loop_scope="module")
async def test_what_it_caused_was_seen_within_seconds(runs: tuple[Run, Run]) -> None:
    incidents = runs[0].document["incidents"]
    wanted = {("web-2", "errors-high"), ("gpu-1", "latency-high"), ("web-1", "memory-low"), ("edge-1", "host-down")}
    wanted |= set() if busy() else {("gpu-2", "cpu-high")}
    assert wanted <= {(i["host"], i["what"]) for i in incidents if i["seen_at"]}, incidents
    for incident in (i for i in incidents if i["seen_at"] and i["caused_at"]):  # a busy machine may add one of its own
        caused, seen = (datetime.fromisoformat(incident[key]) for key in ("caused_at", "seen_at"))
        assert 0 < (seen - caused).total_seconds() < (25 if busy() else 15), incident


@pytest.mark.asyncio(loop_scope="module")
async def test_a_calm_demo_has_no_incidents(runs: tuple[Run, Run]) -> None:
    assert runs[1].document["incidents"] == []
    assert {host["state"] for host in runs[1].document["hosts"]} == {"ok"}


def _live(host: dict[str, Any]) -> bool:
    numbers = [host["metrics"].get("cpu.busy"), host["metrics"].get("memory.available")]
    return None not in [*numbers, *(s["metrics"].get("latency.p95") for s in host["services"])]


async def test_words_that_make_no_sense_start_nothing(tmp_path: Path) -> None:
    for words, sentence in (
        (("--headless", "--seconds", "0"), "--seconds 0 is too short"),
        (("--fleet", "x.toml"), "own fleet"),
        (("--json",), "--headless"),
        ((), "no terminal"),
    ):
        run = await clawtui("demo", *words, environ={"TMPDIR": str(tmp_path)})
        assert run.code == 64
        assert sentence in run.err
        assert run.err.count("\n") == 1
        assert not any(tmp_path.iterdir())


async def test_without_a_folder_to_write_in_it_says_so(tmp_path: Path) -> None:
    run = await clawtui("demo", "--headless", environ={"TMPDIR": str(tmp_path / "none")})
    assert run.code == 70
    assert "set TMPDIR" in run.err


def heeding() -> None:
    """A shell starts what runs in its background deaf to Ctrl-C, these tests among it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


async def test_ctrl_c_ends_it_without_a_trace() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "clawtui", "demo", "--headless", stderr=asyncio.subprocess.PIPE,
        preexec_fn=heeding,
    )  # fmt: skip
    assert process.stderr
    line = (await process.stderr.readline()).decode()
    root = Path(line.split(" start in ")[1].split(";")[0])
    await until(lambda: len(marked(root)) > 5)
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 130
    assert not root.exists()
    assert not marked(root)
