"""The agent measures itself: what it costs and how late it is."""

from __future__ import annotations

import os

import psutil

from clawtui_agent.reading import HOST, Column, Now, Rate, Value
from clawtui_agent.world import World


class Effort:
    """Its processor time, and the delay between the whole second and the sample."""

    every = 1
    columns = (Column(HOST, "agent.cpu", "cores", 1.0), Column(HOST, "agent.lateness", "s", 1.0))

    def __init__(self) -> None:
        self._rate = Rate()

    def read(self, now: Now) -> list[Value]:
        """From the system call: opening a file for it would be a tenth of what it measures."""
        times = os.times()
        return [self._rate(times.user + times.system, now.clock), now.lateness]


class Size:
    """Its memory."""

    every = 5
    columns = (Column(HOST, "agent.rss", "bytes", 5.0),)

    def __init__(self) -> None:
        self._process = psutil.Process()

    def read(self, _now: Now) -> list[Value]:
        """From psutil."""
        return [float(self._process.memory_info().rss)]


def collectors(_world: World) -> list[Effort | Size]:
    """Always."""
    return [Effort(), Size()]
