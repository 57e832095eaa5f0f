"""All processes, from `/proc/PID/stat`: one open and one read each, where psutil would need several.

psutil is the tests' oracle for every number here.
"""

from __future__ import annotations

import os
from typing import NamedTuple

TICK = float(os.sysconf("SC_CLK_TCK"))
PAGE = os.sysconf("SC_PAGE_SIZE")


class Stat(NamedTuple):
    """One process at one moment."""

    pid: int
    name: str
    state: str
    parent: int
    own: float  # CPU seconds of the process itself
    reaped: float  # CPU seconds of its children that ended and were waited for
    threads: int
    started: int  # clock ticks after boot: with the pid it names a process for ever
    memory: int  # resident bytes


def read_stat(proc: str, pid: int) -> Stat | None:
    """None when there is no such process (any more)."""
    try:
        fd = os.open(f"{proc}/{pid}/stat", os.O_RDONLY)
    except (FileNotFoundError, ProcessLookupError):
        return None
    try:
        raw = os.read(fd, 2048)
    except ProcessLookupError:
        return None
    finally:
        os.close(fd)
    head, _, tail = raw.rpartition(b") ")  # the name may hold anything, brackets and spaces too
    field = tail.split(None, 22)
    if len(field) < 22:
        return None
    return Stat(
        pid,
        head.partition(b"(")[2].decode("utf-8", "replace"),
        field[0].decode("ascii", "replace"),
        int(field[1]),
        (int(field[11]) + int(field[12])) / TICK,
        (int(field[13]) + int(field[14])) / TICK,
        int(field[17]),
        int(field[19]),
        int(field[21]) * PAGE,
    )


class ProcessTable:
    """The last scan of all processes; scans happen when somebody asks and the last one is too old."""

    def __init__(self, proc: str = "/proc") -> None:
        self.proc = proc
        self.scanned = -1e9  # monotonic
        self.stats: dict[int, Stat] = {}
        self._children: dict[int, list[int]] = {}

    def scan(self, clock: float, *, at_most: float = 0.0) -> dict[int, Stat]:
        """Every process; a scan not older than `at_most` seconds will do."""
        if clock - self.scanned > at_most:
            stats: dict[int, Stat] = {}
            for name in os.listdir(self.proc):
                if name.isdigit():
                    stat = read_stat(self.proc, int(name))
                    if stat is not None:
                        stats[stat.pid] = stat
            self.stats, self.scanned = stats, clock
            self._children = {}
            for stat in stats.values():
                self._children.setdefault(stat.parent, []).append(stat.pid)
        return self.stats

    def below(self, roots: list[int]) -> set[int]:
        """The roots and everything that descends from them, by the last scan."""
        found: set[int] = set()
        todo = list(roots)
        while todo:
            pid = todo.pop()
            if pid not in found:
                found.add(pid)
                todo += self._children.get(pid, ())
        return found
