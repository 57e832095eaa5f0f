"""Pressure stall information: the share of the last ten seconds in which something waited (avg10 of "some")."""

from __future__ import annotations

import os

from clawtui_agent.reading import HOST, NO_PERMISSION, Column, Now, Value
from clawtui_agent.world import World

KINDS = ("cpu", "memory", "io")
NOT_OFFERED = "not offered by this kernel"


class Pressure:
    """psutil offers nothing here; the kernel's own files do, from 4.20 on."""

    every = 1
    columns = tuple(Column(HOST, f"pressure.{kind}", "ratio", 1.0) for kind in KINDS)

    def __init__(self, proc: str) -> None:
        self._files = [_open(f"{proc}/pressure/{kind}") for kind in KINDS]

    def read(self, _now: Now) -> list[Value]:
        """Each file by itself: one that is missing costs its own column."""
        return [file if isinstance(file, str) else _average(file) for file in self._files]

    def close(self) -> None:
        """Let go of the files."""
        for file in self._files:
            if not isinstance(file, str):
                os.close(file)
        self._files = []


def _average(fd: int) -> Value:
    try:
        words = os.pread(fd, 256, 0).split(None, 2)
    except OSError:  # the kernel was started with psi=0
        return NOT_OFFERED
    return float(words[1].partition(b"=")[2]) / 100.0


def _open(path: str) -> int | str:
    """Kept open: opening costs three times what reading does. Words when it can't be."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        return NO_PERMISSION
    except OSError:
        return NOT_OFFERED


def collectors(world: World) -> list[Pressure]:
    """For the machine only."""
    return [] if world.config.tree else [Pressure(world.proc)]
