"""Pressure stall information: the share of the last ten seconds in which something waited (avg10 of "some")."""

from __future__ import annotations

import os

from clawtui_agent.reading import HOST, NO_PERMISSION, Column, Now, Value
from clawtui_agent.world import World

KINDS = ("cpu", "memory", "io")


class Pressure:
    """psutil offers nothing here; the kernel's own files do, from 4.20 on."""

    every = 1
    columns = tuple(Column(HOST, f"pressure.{kind}", "ratio", 1.0) for kind in KINDS)

    def __init__(self, proc: str) -> None:
        self._proc = proc

    def read(self, _now: Now) -> list[Value]:
        """Each file by itself: one that is missing costs its own column."""
        return [self._one(kind) for kind in KINDS]

    def _one(self, kind: str) -> Value:
        try:
            fd = os.open(f"{self._proc}/pressure/{kind}", os.O_RDONLY)
            try:
                words = os.read(fd, 256).split(None, 2)
            finally:
                os.close(fd)
        except PermissionError:
            return NO_PERMISSION
        except OSError:
            return "not offered by this kernel"
        return float(words[1].partition(b"=")[2]) / 100.0


def collectors(world: World) -> list[Pressure]:
    """For the machine only."""
    return [] if world.config.tree else [Pressure(world.proc)]
