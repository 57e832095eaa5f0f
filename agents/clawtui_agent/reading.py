"""A column of every sample, and the value that a collector puts in it."""

from __future__ import annotations

from typing import NamedTuple, Union

HOST = "host"
NO_PERMISSION = "no permission"
ELSEWHERE = "belongs to the machine"

# A number; None for "no value just now"; words for "why there can't be one" (they reach the hello line).
Value = Union[float, None, str]


class Column(NamedTuple):
    """One metric of one scope, fixed for as long as the hello line that names it holds."""

    scope: str
    name: str
    unit: str
    period: float  # seconds between two readings of its source


class Now(NamedTuple):
    """The tick that is being sampled."""

    at: int  # unix time, whole seconds
    clock: float  # monotonic seconds when sampling began
    lateness: float  # how long after the whole second that was


class Rate:
    """Turns a counter into a per-second rate; a counter that went back was reset and counts as nothing."""

    __slots__ = ("_clock", "_value")

    def __init__(self) -> None:
        self._value: float | None = None
        self._clock = 0.0

    def __call__(self, value: float, clock: float) -> float | None:
        """The rate since the call before; None the first time."""
        before, since = self._value, clock - self._clock
        self._value, self._clock = value, clock
        if before is None or since <= 0:
            return None
        return max(0.0, value - before) / since

    def forget(self) -> None:
        """What is counted has been replaced: the next value only sets the base."""
        self._value = None
