"""The recent past of one metric: a fixed number of steps, each with the mean of what was seen in it; time is an argument."""

from collections.abc import Iterable, Sequence
from statistics import median

STEP_S = 30.0
STEPS = 60


class Series:
    """`steps` means of `step_s` seconds each; old steps fall out, late values still find theirs."""

    __slots__ = ("_count", "_newest", "_total", "step_s", "steps")

    def __init__(self, step_s: float = STEP_S, steps: int = STEPS) -> None:
        self.step_s, self.steps = step_s, steps
        self._total = [0.0] * steps
        self._count = [0] * steps
        self._newest = -1

    def add(self, at: float, value: float | None) -> None:
        """One more value; what is unknown or too old is left out."""
        if value is None:
            return
        step = int(at // self.step_s)
        if step > self._newest:
            self._advance(step)
        elif step <= self._newest - self.steps:
            return
        self._total[step % self.steps] += value
        self._count[step % self.steps] += 1

    def _advance(self, step: int) -> None:
        gone = range(max(self._newest + 1, step - self.steps + 1), step + 1)
        for stale in gone:
            self._total[stale % self.steps] = 0.0
            self._count[stale % self.steps] = 0
        self._newest = step

    def fill(self, points: Iterable[tuple[float, float | None]]) -> None:
        """Steps that hold nothing get the mean of these points; what was seen live stays."""
        past = Series(self.step_s, self.steps)
        for at, value in points:
            past.add(at, value)
        if past._newest > self._newest:
            self._advance(past._newest)
        for step in range(past._newest - self.steps + 1, past._newest + 1):
            slot = step % self.steps
            if past._count[slot] and not self._count[slot] and step > self._newest - self.steps:
                self._total[slot], self._count[slot] = past._total[slot], past._count[slot]

    def values(self, now: float) -> tuple[float | None, ...]:
        """Oldest first, the last step being the one that `now` is in; None where nothing was seen."""
        last = int(now // self.step_s)
        oldest_held = self._newest - self.steps
        total, count, steps = self._total, self._count, self.steps
        return tuple(
            total[step % steps] / count[step % steps]
            if oldest_held < step <= self._newest and count[step % steps]
            else None
            for step in range(last - steps + 1, last + 1)
        )


def medians(rows: Sequence[Sequence[float | None]]) -> tuple[float | None, ...]:
    """Step by step, the median of those that have a value."""
    columns = ([value for value in column if value is not None] for column in zip(*rows, strict=True))
    return tuple(median(column) if column else None for column in columns)
