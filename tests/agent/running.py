"""Real agents and small real servers for the tests of this room."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psutil

PACKAGE = Path(__file__).parents[2] / "agents" / "clawtui_agent"
PSUTIL_FILES = ("__init__.py", "_common.py", "_ntuples.py", "_pslinux.py", "_psposix.py", "_psutil_linux.abi3.so")


def installed(folder: Path) -> Path:
    """The layout of an installed agent: package and psutil side by side. Returns the script to start."""
    shutil.copytree(PACKAGE, folder / "clawtui_agent", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "psutil").mkdir()
    source = Path(psutil.__file__).parent
    for name in PSUTIL_FILES:
        shutil.copy(source / name, folder / "psutil" / name)
    return folder / "clawtui_agent" / "launch.py"


def config(folder: Path, **changes: object) -> Path:
    """A configuration file with socket and rings in a folder of the test."""
    document: dict[str, object] = {
        "version": 1,
        "socket": str(folder / "run" / "agent.sock"),
        "state": str(folder / "state"),
        "rings": {"max_bytes": 134_217_728, "second_slots": 3600, "minute_slots": 600},
        "services": [],
    }
    document.update(changes)
    path = folder / "config.json"
    path.write_text(json.dumps(document))
    return path


def command(launch: Path | None = None, python: str = sys.executable) -> list[str]:
    """How an agent is started: as installed, or as a module of this checkout."""
    return [python, "-I", "-S", str(launch)] if launch else [python, "-m", "clawtui_agent"]


class Line:
    """A subscriber as the engine is one: sends requests, reads lines."""

    def __init__(self, path: str, timeout_s: float = 10.0) -> None:
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(timeout_s)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, **request: object) -> None:
        self.raw(json.dumps(request).encode() + b"\n")

    def raw(self, data: bytes) -> None:
        self.socket.sendall(data)

    def read(self) -> Any:
        """The next line; None at the end."""
        line = self.file.readline()
        assert not line or line.endswith(b"\n")
        assert len(line) <= 1_048_576
        return json.loads(line) if line else None

    def until(self, name: str) -> Any:
        """The content of the next object of that name."""
        while True:
            line = self.read()
            assert line is not None, f"the agent hung up before it said {name}"
            if isinstance(line, dict) and name in line:
                return line[name]

    def sample(self) -> list[Any]:
        while True:
            line = self.read()
            assert line is not None, "the agent hung up"
            if isinstance(line, list):
                return line

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@contextlib.contextmanager
def agent(path: Path, start: list[str] | None = None, **extra: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A running agent; stopped by SIGTERM afterwards."""
    process = subprocess.Popen([*(start or command()), "run", "--config", str(path)], stderr=subprocess.PIPE, **extra)
    try:
        where = json.loads(path.read_text())["socket"]
        until = time.monotonic() + 15
        while True:
            with contextlib.suppress(OSError):
                Line(where).close()
                break
            assert process.poll() is None, process.stderr.read() if process.stderr else b""
            assert time.monotonic() < until, "the agent did not open its socket"
            time.sleep(0.02)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(15)
        if process.stderr:
            process.stderr.close()


PAGE_SERVER = Path(__file__).with_name("page_server.py")


@contextlib.contextmanager
def page_server(*words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process with a metrics page; the URL of the page."""
    process = subprocess.Popen([sys.executable, str(PAGE_SERVER), *words], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, f"http://127.0.0.1:{process.stdout.readline().strip()}/metrics"
    finally:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def free_memory_of(pid: int) -> int:
    """Resident bytes of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
