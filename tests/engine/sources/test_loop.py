"""The loop in sh under dash and under busybox, over trees of /proc and of the cgroup.

The trees are recorded, not live: this kind of machine has cgroup v1 only, and a container's limits are not ours to set.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from clawtui.metrics.sample import Hello, Key, Sample
from clawtui.metrics.sources.shell import ShellSource, loop_command

TREES = Path(__file__).parent / "trees"
DASH, BUSYBOX = shutil.which("dash"), shutil.which("busybox")
GIB = 1024**3


class ProcessChannel:
    """The loop as a process of this machine."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def lines(self) -> AsyncIterator[bytes]:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            yield line.rstrip(b"\n")

    async def send(self, line: bytes) -> None:
        raise AssertionError("the loop reads nothing")

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):  # it may have ended by itself a moment ago
            os.killpg(self.process.pid, signal.SIGKILL)
        await self.process.wait()


@pytest.fixture(params=["dash", "busybox"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """A PATH on which `sh` and everything else come from one maker only."""
    folder = tmp_path / "bin"
    folder.mkdir()
    if request.param == "busybox":
        if not BUSYBOX:
            pytest.skip("no busybox here; apt-get install busybox")
        subprocess.run([BUSYBOX, "--install", "-s", folder], check=True)
        return {"PATH": str(folder)}
    if not DASH:
        pytest.skip("no dash here; apt-get install dash")
    (folder / "sh").symlink_to(DASH)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def tree(folder: Path, *layers: str) -> Path:
    """Recorded trees, one over the other."""
    root = folder / "root"
    for layer in layers:
        shutil.copytree(TREES / layer, root, dirs_exist_ok=True)
    return root


async def loop(shell: dict[str, str], root: str = "") -> ShellSource:
    line = loop_command(root)
    process = await asyncio.create_subprocess_exec(
        shutil.which("sh", path=shell["PATH"]) or "sh",
        "-c",
        line,
        env=shell,
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        limit=2**20,
    )
    return ShellSource("a", ProcessChannel(process), ("bot",))


async def told(source: ShellSource, samples: int) -> tuple[Hello, list[dict[Key, float | None]]]:
    """The hello and that many samples by name."""
    found: list[dict[Key, float | None]] = []
    async with asyncio.timeout(15):
        async for message in source.messages():
            if isinstance(message, Sample):
                assert source.hello is not None
                keys = [column.key for column in source.hello.columns]
                found.append(dict(zip(keys, message.values, strict=True)))
            if len(found) == samples:
                break
    await source.close()
    assert source.hello is not None
    return source.hello, found


def host(name: str) -> Key:
    return Key("host", name)


async def test_a_machine_is_read_and_what_cannot_be_known_says_so(shell: dict[str, str], tmp_path: Path) -> None:
    hello, (first,) = await told(await loop(shell, str(tree(tmp_path, "machine"))), 1)
    assert first[host("memory.total")] == 8_000_000 * 1024
    assert first[host("memory.available")] == 5_000_000 * 1024
    assert first[host("swap.used")] == 250_000 * 1024
    assert first[host("load.1m")] == 1.25
    assert first[host("cpu.busy")] is None
    assert first[host("net.rx")] is None
    disk, mount = first[host("disk.used_ratio")], first[Key("mount:/", "mount.used_ratio")]
    assert disk == mount
    assert disk is not None
    assert 0 < disk < 1
    assert hello.boot_id == "11111111-2222-3333-4444-555555555555"
    missing = {column.key: column.missing for column in hello.columns if column.missing}
    assert missing == {Key("service:bot", "up"): "agentless: nobody looks at its processes"}


@pytest.mark.parametrize("version", ["cgroup1", "cgroup2"])
async def test_in_a_container_its_limits_count(shell: dict[str, str], tmp_path: Path, version: str) -> None:
    _, (first,) = await told(await loop(shell, str(tree(tmp_path, "machine", version))), 1)
    assert first[host("memory.total")] == GIB / 2
    assert first[host("memory.available")] == GIB / 2 - (402653184 - 100663296)


async def test_a_container_without_limits_is_read_as_the_machine(shell: dict[str, str], tmp_path: Path) -> None:
    _, (first,) = await told(await loop(shell, str(tree(tmp_path, "machine", "cgroup2_unlimited"))), 1)
    assert first[host("memory.total")] == 8_000_000 * 1024


async def test_this_machine_gives_rates_and_its_own_time(shell: dict[str, str]) -> None:
    import time

    source = await loop(shell)
    hello, (_, second) = await told(source, 2)
    busy, rx = second[host("cpu.busy")], second[host("net.rx")]
    assert busy is not None
    assert 0 <= busy <= 1
    assert rx is None or rx >= 0
    assert hello.clock == pytest.approx(time.time(), abs=5)
    assert (await source.ping()).seconds == pytest.approx(0, abs=1)


async def test_the_loop_ends_when_nobody_reads(shell: dict[str, str]) -> None:
    read, write = os.pipe()
    process = subprocess.Popen(
        [shutil.which("sh", path=shell["PATH"]) or "sh", "-c", loop_command()], env=shell, stdout=write, stderr=write
    )
    os.close(write)
    os.read(read, 1)
    os.close(read)
    await asyncio.to_thread(process.wait, 10)


async def test_a_host_without_proc_ends_without_a_hello(shell: dict[str, str], tmp_path: Path) -> None:
    source = await loop(shell, str(tmp_path))
    assert [message async for message in source.messages()] == []
    await source.close()
