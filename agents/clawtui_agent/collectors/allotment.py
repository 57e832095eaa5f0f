"""A process tree that stands for a host: its CPU and memory against what it was allotted; the rest is the machine's."""

from __future__ import annotations

from clawtui_agent.config import Tree as Allotted
from clawtui_agent.reading import ELSEWHERE, HOST, Column, Now, Value
from clawtui_agent.tree import Tree
from clawtui_agent.world import World

FOREIGN = (
    ("cpu.iowait", "ratio"),
    ("cpu.steal", "ratio"),
    ("load.1m", "count"),
    ("pressure.cpu", "ratio"),
    ("pressure.memory", "ratio"),
    ("pressure.io", "ratio"),
    ("swap.used", "bytes"),
    ("disk.used_ratio", "ratio"),
    ("disk.inodes_ratio", "ratio"),
    ("disk.read", "bytes/s"),
    ("disk.write", "bytes/s"),
    ("net.rx", "bytes/s"),
    ("net.tx", "bytes/s"),
    ("net.errors", "1/s"),
    ("net.retransmits", "1/s"),
    ("clock.synced", "bool"),
)


class Allotment:
    """No number is invented: what can't be told apart from the machine's is named as missing."""

    every = 1
    columns = (
        Column(HOST, "cpu.busy", "ratio", 1.0),
        Column(HOST, "memory.available", "bytes", 1.0),
        Column(HOST, "memory.total", "bytes", 1.0),
        *(Column(HOST, name, unit, 1.0) for name, unit in FOREIGN),
    )

    def __init__(self, world: World, allotted: Allotted) -> None:
        self._allotted = allotted
        self._tree = Tree(world.table)

    def read(self, now: Now) -> list[Value]:
        """The share may pass 1 when the tree uses more cores than it was allotted."""
        usage = self._tree.measure([self._allotted.pid], now.clock)
        if not usage.members:
            words = f"process {self._allotted.pid} is gone"
            return [words, words, float(self._allotted.memory), *([ELSEWHERE] * len(FOREIGN))]
        busy = None if usage.cpu is None else usage.cpu / self._allotted.cores
        left = float(max(0, self._allotted.memory - usage.memory))
        return [busy, left, float(self._allotted.memory), *([ELSEWHERE] * len(FOREIGN))]


def collectors(world: World) -> list[Allotment]:
    """Only where the scope is a process tree."""
    return [Allotment(world, world.config.tree)] if world.config.tree else []
