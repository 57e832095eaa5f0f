"""The poll loop: whole-second ticks, descriptors that became ready, and long answers done a slice at a time."""

from __future__ import annotations

import select
import time
from collections.abc import Callable, Iterator

STEP = 1.5  # seconds: a clock that is off by more than this between two looks has been set
SLICE = 0.004  # seconds spent on long answers before the loop looks around again


class Loop:
    """One thread; nothing that is called from here may wait."""

    def __init__(self) -> None:
        self._poll = select.poll()
        self._ready: dict[int, Callable[[int], None]] = {}
        self._jobs: list[Iterator[bool]] = []
        self.running = True

    def watch(self, fd: int, events: int, ready: Callable[[int], None]) -> None:
        """Call `ready(events)` whenever the descriptor is ready."""
        if fd in self._ready:
            self._poll.modify(fd, events)
        else:
            self._poll.register(fd, events)
        self._ready[fd] = ready

    def forget(self, fd: int) -> None:
        """Stop watching a descriptor that is still open."""
        if self._ready.pop(fd, None) is not None:
            self._poll.unregister(fd)

    def work(self, job: Iterator[bool]) -> None:
        """Do a long answer in slices: each step of the iterator is a few milliseconds; False means "not now"."""
        self._jobs.append(job)

    def turn(self, timeout: float) -> None:
        """Wait for descriptors at most this long, then handle each that is ready, then a slice of the long answers."""
        eager = self._work()
        for fd, events in self._poll.poll(0 if eager else max(0.0, timeout) * 1000.0):
            ready = self._ready.get(fd)
            if ready is not None:
                ready(events)

    def _work(self) -> bool:
        """True while something could go on at once."""
        until = time.monotonic() + SLICE
        eager = False
        for job in list(self._jobs):
            while True:
                try:
                    eager = next(job)
                except StopIteration:
                    self._jobs.remove(job)
                    break
                if not eager or time.monotonic() >= until:
                    break
        return eager


class Ticker:
    """Whole seconds of the wall clock, whatever is done to that clock."""

    def __init__(self, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall, self._steady = wall, steady
        self.next = int(wall()) + 1
        self._offset = wall() - steady()

    def wait(self) -> float:
        """Seconds until the next tick; 0 when it is due."""
        return min(1.0, max(0.0, self.next - self._wall()))

    def step(self) -> float:
        """By how much the clock was set since the last call; 0 when it was not. Also finds the next tick after it."""
        offset = self._wall() - self._steady()
        moved, self._offset = offset - self._offset, offset
        if abs(moved) < STEP:
            return 0.0
        self.next = int(self._wall()) + 1
        return moved

    def take(self) -> tuple[int, float]:
        """The tick that is due and how late we are; ticks that were missed are missed, not repeated."""
        now = self._wall()
        at = max(self.next, int(now))
        lateness = max(0.0, now - self.next)
        self.next = at + 1
        return at, lateness
