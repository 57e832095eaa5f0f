"""The process tree of a service or of a demo host: who is in it, and what it uses."""

from __future__ import annotations

import os
from typing import NamedTuple

from clawtui_agent.proctable import ProcessTable, Stat
from clawtui_agent.reading import Rate

RESCAN = 10.0  # seconds between two searches through all processes


class Usage(NamedTuple):
    """What a tree uses now."""

    members: list[Stat]
    cpu: float | None  # cores
    memory: int


class Tree:
    """Follows a set of processes; members stay members when their parent dies and they are handed to init."""

    def __init__(self, table: ProcessTable) -> None:
        self._table = table
        self._members: dict[int, int] = {}  # pid → start, so that a reused pid is noticed
        self._spent: dict[int, float] = {}
        self._scanned = -1e9
        self._rate = Rate()
        self._total = 0.0
        self._foreign = 0.0  # CPU that members had used before they were ours

    def measure(self, roots: list[int], clock: float) -> Usage:
        """CPU is what live members used plus what their reaped children used: it never loses a short-lived child."""
        members = self._refresh(roots, clock)
        total = 0.0
        memory = 0
        known = self._spent
        spent: dict[int, float] = {}
        for stat in members:
            used = stat.own + stat.reaped
            spent[stat.pid] = used
            if known and stat.pid not in known and not self._recent(stat):
                self._foreign += used
            total += used
            memory += stat.memory
        self._spent = spent
        return Usage(members, self._rate(total - self._foreign, clock) if members else None, memory)

    def _recent(self, stat: Stat) -> bool:
        """Started since we began to look closely: its CPU was used inside the tree."""
        return stat.parent in self._spent or stat.parent in self._members

    def _refresh(self, roots: list[int], clock: float) -> list[Stat]:
        proc = self._table.proc
        members: dict[int, Stat] = {}
        todo = [*roots, *self._members]
        if clock - self._scanned >= RESCAN or any(root not in self._members for root in roots):
            self._table.scan(clock, at_most=RESCAN + 1.0)  # the process ring's own scan will do
            self._scanned = clock
            todo += self._table.below(roots)
        seen: set[int] = set()
        while todo:
            pid = todo.pop()
            if pid in seen:
                continue
            seen.add(pid)
            stat = self._table.stat(pid)
            if stat is None or (pid in self._members and self._members[pid] != stat.started and pid not in roots):
                continue
            members[pid] = stat
            todo += _children(proc, pid)
        self._members = {pid: stat.started for pid, stat in members.items()}
        return list(members.values())


def _children(proc: str, pid: int) -> list[int]:
    """Children of the main thread, where the kernel offers the list; the rest is found by the scan."""
    try:
        fd = os.open(f"{proc}/{pid}/task/{pid}/children", os.O_RDONLY)
    except OSError:
        return []
    try:
        return [int(word) for word in os.read(fd, 65536).split()]
    except OSError:
        return []
    finally:
        os.close(fd)
