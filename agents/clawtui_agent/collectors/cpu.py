"""How busy the processors are."""

from __future__ import annotations

from typing import Any

import psutil

from clawtui_agent.reading import HOST, Column, Now, Value
from clawtui_agent.world import World


class Cpu:
    """Shares of all processors' time since the tick before, and the load."""

    every = 1
    columns = (
        Column(HOST, "cpu.busy", "ratio", 1.0),
        Column(HOST, "cpu.iowait", "ratio", 1.0),
        Column(HOST, "cpu.steal", "ratio", 1.0),
        Column(HOST, "load.1m", "count", 1.0),
    )

    def __init__(self) -> None:
        self._before: Any = psutil.cpu_times()

    def read(self, _now: Now) -> list[Value]:
        """Guest time is part of user time already; iowait counts as idle, as everywhere."""
        times: Any = psutil.cpu_times()
        before, self._before = self._before, times
        # single counters may step back by a tick (iowait does, by design of the kernel): those count as nothing
        user, nice, system, idle, iowait, irq, softirq, steal = (max(0.0, times[i] - before[i]) for i in range(8))
        whole = user + nice + system + idle + iowait + irq + softirq + steal
        load: float = psutil.getloadavg()[0]
        if whole <= 0:
            return [None, None, None, load]
        return [1.0 - (idle + iowait) / whole, iowait / whole, steal / whole, load]


def collectors(world: World) -> list[Cpu]:
    """One for the machine; a process tree has its own in `allotment`."""
    return [] if world.config.tree else [Cpu()]
