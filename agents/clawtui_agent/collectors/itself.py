"""The agent measures itself: what it costs and how late it is."""

from __future__ import annotations

import psutil

from clawtui_agent.reading import HOST, Column, Now, Rate, Value
from clawtui_agent.world import World


class Itself:
    """Its processor time, memory and the delay between the whole second and the sample."""

    every = 1
    columns = (
        Column(HOST, "agent.cpu", "cores", 1.0),
        Column(HOST, "agent.rss", "bytes", 1.0),
        Column(HOST, "agent.lateness", "s", 1.0),
    )

    def __init__(self) -> None:
        self._process = psutil.Process()
        self._rate = Rate()

    def read(self, now: Now) -> list[Value]:
        """From psutil."""
        times = self._process.cpu_times()
        return [
            self._rate(times.user + times.system, now.clock),
            float(self._process.memory_info().rss),
            now.lateness,
        ]


def collectors(_world: World) -> list[Itself]:
    """Always."""
    return [Itself()]
