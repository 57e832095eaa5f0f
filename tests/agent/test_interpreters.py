"""The installed layout under every Python that it is meant for, and who may read what."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.running import Line, agent, command, config, installed, page_server

WANTED = ("3.9", "3.13")
MOST_RSS = (
    18 * 1_048_576
)  # loose here, another machine's libraries differ; tests/bench/agent_cost.py holds the real bar


def interpreter(version: str) -> str:
    """Of that version: from pyenv or the path; empty when there is none."""
    found = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{version}.*/bin/python3"))
    return str(found[-1]) if found else shutil.which(f"python{version}") or ""


@pytest.fixture(scope="module")
def launch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return installed(tmp_path_factory.mktemp("lib"))


@pytest.mark.parametrize("version", WANTED)
@pytest.mark.may_skip(reason="not every machine has these interpreters; the newest of its own is always tested")
def test_it_runs_under(version: str, launch: Path) -> None:
    python = interpreter(version)
    if not python:
        pytest.skip(f"no Python {version} here: the agent is tested under {sys.version.split()[0]} only")
    speaks(python, launch)


def test_it_runs_under_this_interpreter_and_the_systems_own(launch: Path) -> None:
    for python in {sys.executable, shutil.which("python3", path="/usr/bin:/bin") or sys.executable}:
        speaks(python, launch)


def speaks(python: str, launch: Path) -> None:
    subprocess.run(
        [python, "-I", "-S", "-m", "compileall", "-q", str(launch.parents[1])], check=True
    )  # as the installer does
    done = subprocess.run([*command(launch, python), "once"], capture_output=True, timeout=30, cwd="/")
    assert done.returncode == 0, done.stderr.decode()
    hello, sample = (json.loads(line) for line in done.stdout.splitlines())
    assert hello["hello"]["python"]
    assert not [column for column in hello["hello"]["columns"] if "Error" in column[4]]
    values = dict(zip([column[1] for column in hello["hello"]["columns"]], sample[2:], strict=True))
    assert values["memory.total"] > 1e6
    assert values["agent.rss"] < MOST_RSS


def test_the_running_agent_has_imported_nothing_heavy(launch: Path) -> None:
    words = "import sys; sys.path.insert(0, sys.argv[1]); import clawtui_agent.verbs; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", words, str(launch.parents[1])], capture_output=True, check=True
    )
    loaded = set(done.stdout.decode().split())
    assert not loaded & {
        "asyncio",
        "ssl",
        "hashlib",
        "_hashlib",
        "logging",
        "argparse",
        "urllib",
        "http",
        "pathlib",
        "dataclasses",
    }


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Where another user may look; pytest's own folder is closed to others, again by every pytest that starts meanwhile."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.root
def test_another_users_files_are_no_permission_and_never_zero(open_folder: Path, launch: Path) -> None:
    tmp_path = open_folder
    shutil.copytree(launch.parents[1], tmp_path / "lib")
    (tmp_path / "lib").chmod(0o755)
    with page_server("fastapi") as (server, _):
        (tmp_path / "bot.pid").write_text(str(server.pid))
        (tmp_path / "bot.pid").chmod(0o644)
        path = config(tmp_path, services=[{"name": "bot", "pid_file": str(tmp_path / "bot.pid")}])
        path.chmod(0o644)
        for name in ("run", "state"):
            (tmp_path / name).mkdir()
            os.chown(tmp_path / name, 65534, 65534)
        start = command(tmp_path / "lib" / "clawtui_agent" / "launch.py", "/usr/bin/python3")
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        with agent(path, start, **nobody), Line(str(tmp_path / "run" / "agent.sock")) as line:
            line.send(live={"every": 1})
            line.sample()
            line.sample()
            line.send(live={"every": 1})
            hello = line.until("hello")
        missing = {column[1]: column[4] for column in hello["columns"] if column[0] == "service:bot"}
        assert missing["process.files"] == "no permission"
        assert missing["up"] == missing["process.memory"] == ""
