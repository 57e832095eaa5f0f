"""Memory that programs can still get, and swap in use."""

from __future__ import annotations

import psutil

from clawtui_agent.limit import Limit
from clawtui_agent.reading import HOST, Column, Now, Value
from clawtui_agent.world import World


class Memory:
    """`available` is the kernel's own estimate: free plus what it can drop without swapping. A container has its limit."""

    every = 1
    columns = (Column(HOST, "memory.available", "bytes", 1.0), Column(HOST, "memory.total", "bytes", 1.0))

    def __init__(self, world: World) -> None:
        self._limit = Limit(world.proc, world.cgroups)

    def read(self, now: Now) -> list[Value]:
        """From psutil each second."""
        memory = psutil.virtual_memory()
        bound = self._limit.bound(now.clock)
        if bound is None or bound.total >= memory.total:
            return [float(memory.available), float(memory.total)]
        return [min(float(memory.available), bound.available), bound.total]


class Swap:
    """Read less often: psutil reads a long file for it."""

    every = 5
    columns = (Column(HOST, "swap.used", "bytes", 5.0),)

    def read(self, _now: Now) -> list[Value]:
        """From psutil."""
        return [float(psutil.swap_memory().used)]


def collectors(world: World) -> list[Memory | Swap]:
    """For the machine only."""
    return [] if world.config.tree else [Memory(world), Swap()]
