"""All processes, from `/proc/PID/stat`: one open and one read each, where psutil would need several.

psutil is the tests' oracle for every number here.
"""

from __future__ import annotations

import os
import resource
from typing import NamedTuple

TICK = float(os.sysconf("SC_CLK_TCK"))
PAGE = os.sysconf("SC_PAGE_SIZE")


class Stat(NamedTuple):
    """One process at one moment."""

    pid: int
    name: bytes  # raw: decoded only for those that are shown
    state: bytes  # one letter, "Z" is a zombie
    parent: int
    own: float  # CPU seconds of the process itself
    reaped: float  # CPU seconds of its children that ended and were waited for
    threads: int
    started: int  # clock ticks after boot: with the pid it names a process for ever
    memory: int  # resident bytes


def parse_stat(pid: int, raw: bytes) -> Stat | None:
    """One line of `/proc/PID/stat`; None for half a line."""
    head, _, tail = raw.rpartition(b") ")  # the name may hold anything, brackets and spaces too
    field = tail.split(None, 22)
    if len(field) < 22:
        return None
    return Stat(
        pid,
        head[head.find(b"(") + 1 :],
        field[0],
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
        self._kept: dict[int, int] = {}  # pid → descriptor
        self._said: dict[int, tuple[bytes, Stat]] = {}  # most processes sleep: what they said is not parsed again
        self._most = _room()
        self.stats: dict[int, Stat] = {}
        self._children: dict[int, list[int]] = {}

    def scan(self, clock: float, *, at_most: float = 0.0) -> dict[int, Stat]:
        """Every process; a scan not older than `at_most` seconds will do."""
        if clock - self.scanned > at_most:
            stats: dict[int, Stat] = {}
            for name in os.listdir(self.proc):
                if name.isdigit():
                    stat = self.stat(int(name))
                    if stat is not None:
                        stats[stat.pid] = stat
            for pid in [pid for pid in self._kept if pid not in stats]:
                self._drop(pid)
            self.stats, self.scanned = stats, clock
            self._children = {}
        return self.stats

    def stat(self, pid: int) -> Stat | None:
        """One process as it is now; None when there is no such process (any more).

        Descriptors are kept, because opening costs twice what reading does. One that is kept never shows another process
        that got the same pid: reading it fails, and it is opened anew.
        """
        fd = self._kept.get(pid)
        if fd is not None:
            try:
                raw = os.pread(fd, 2048, 0)
            except ProcessLookupError:
                self._drop(pid)
            else:
                said = self._said.get(pid)
                if said is not None and said[0] == raw:
                    return said[1]
                stat = parse_stat(pid, raw)
                if stat is not None:
                    self._said[pid] = raw, stat
                return stat
        try:
            fd = os.open(f"{self.proc}/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except (FileNotFoundError, ProcessLookupError):
            return None
        try:
            stat = parse_stat(pid, os.pread(fd, 2048, 0))
        except ProcessLookupError:
            stat = None
        if stat is not None and len(self._kept) < self._most:
            self._kept[pid] = fd
        else:
            os.close(fd)
        return stat

    def close(self) -> None:
        """Let go of all descriptors."""
        for fd in self._kept.values():
            os.close(fd)
        self._kept.clear()
        self._said.clear()

    def _drop(self, pid: int) -> None:
        os.close(self._kept.pop(pid))
        self._said.pop(pid, None)

    def below(self, roots: list[int]) -> set[int]:
        """The roots and everything that descends from them, by the last scan."""
        if not self._children:
            for stat in self.stats.values():
                self._children.setdefault(stat.parent, []).append(stat.pid)
        found: set[int] = set()
        todo = list(roots)
        while todo:
            pid = todo.pop()
            if pid not in found:
                found.add(pid)
                todo += self._children.get(pid, ())
        return found


def _room() -> int:
    """Half of the descriptors that we may have, and not more than a busy host needs."""
    try:
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    except OSError:  # a system call filter
        return 128
    return min(1024, soft // 2) if soft > 0 else 512
