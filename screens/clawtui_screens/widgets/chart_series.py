"""The numbers under a curve: history and live samples in one track, and what is left of them for so many columns."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

GAP_STEPS = 2.5
"""Two values further apart than this many steps are not joined: nothing is known of the time between."""


@dataclass(frozen=True, slots=True)
class Series:
    """Parallel values, oldest first; None where nothing is known."""

    times: tuple[float, ...] = ()
    low: tuple[float | None, ...] = ()
    mean: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    step_s: float = 1.0

    def moved(self, seconds: float) -> "Series":
        """The same curve later: yesterday's laid over today's."""
        return Series(tuple(t + seconds for t in self.times), self.low, self.mean, self.high, self.step_s)

    def cut(self, start: float, end: float) -> "Series":
        """What lies in a window, its ends included."""
        a, b = bisect_left(self.times, start), bisect_left(self.times, end)
        b += b < len(self.times) and self.times[b] == end
        return Series(self.times[a:b], self.low[a:b], self.mean[a:b], self.high[a:b], self.step_s)

    def at(self, moment: float) -> float | None:
        """The value that held at a moment; None in a gap."""
        i = bisect_left(self.times, moment)
        near = [k for k in (i - 1, i) if 0 <= k < len(self.times)]
        nearest = min(near, key=lambda k: abs(self.times[k] - moment), default=None)
        if nearest is None or abs(self.times[nearest] - moment) > GAP_STEPS * self.step_s:
            return None
        return self.mean[nearest]

    def extremes(self) -> tuple[float, float] | None:
        """Lowest and highest value; None where there is no value at all."""
        lows = [v for v in self.low if v is not None]
        highs = [v for v in self.high if v is not None]
        return (min(lows), max(highs)) if lows and highs else None


class Track:
    """A series that grows: history first, then live samples folded into steps of the same length."""

    def __init__(self, step_s: float, keep_s: float) -> None:
        self.step_s, self.keep_s = step_s, keep_s
        self._times: list[float] = []
        self._low: list[float | None] = []
        self._mean: list[float | None] = []
        self._high: list[float | None] = []
        self._seen = 0  # values folded into the newest step

    def load(
        self,
        times: Sequence[float],
        low: Sequence[float | None],
        mean: Sequence[float | None],
        high: Sequence[float | None],
        step_s: float,
    ) -> None:
        """Put history before what arrived live meanwhile."""
        end = times[-1] + step_s if times else float("-inf")
        kept = bisect_left(self._times, end)
        self.step_s = max(step_s, self.step_s)
        self._times = [*times, *self._times[kept:]]
        self._low = [*low, *self._low[kept:]]
        self._mean = [*mean, *self._mean[kept:]]
        self._high = [*high, *self._high[kept:]]

    def append(self, at: float, value: float | None) -> None:
        """One live sample; a sample from the past (a clock step) is dropped."""
        if self._times and at < self._times[-1]:
            return
        if self._times and at < self._times[-1] + self.step_s:
            self._fold(value)
        else:
            self._times.append(at)
            for values in (self._low, self._mean, self._high):
                values.append(value)
            self._seen = 0 if value is None else 1
            self._trim(at - self.keep_s)

    def _fold(self, value: float | None) -> None:
        low, mean, high = self._low[-1], self._mean[-1], self._high[-1]
        if value is None:
            return
        if low is None or mean is None or high is None:
            self._low[-1] = self._mean[-1] = self._high[-1] = value
            self._seen = 1
            return
        self._seen += 1
        self._low[-1], self._high[-1] = min(low, value), max(high, value)
        self._mean[-1] = mean + (value - mean) / self._seen

    def _trim(self, oldest: float) -> None:
        cut = bisect_left(self._times, oldest)
        if cut > len(self._times) // 8:  # rarely, and then many
            for values in (self._times, self._low, self._mean, self._high):
                del values[:cut]

    def series(self, start: float, end: float) -> Series:
        """What is known of a window."""
        a, b = bisect_left(self._times, start), bisect_left(self._times, end + 1e-6)
        return Series(
            tuple(self._times[a:b]), tuple(self._low[a:b]), tuple(self._mean[a:b]), tuple(self._high[a:b]), self.step_s
        )


Point = tuple[float, float]
"""Column (with its fraction) and value."""


def runs(series: Series, start: float, end: float, columns: int) -> list[list[Point]]:
    """Unbroken pieces of the curve with at most two points a column, its minimum and its maximum: spikes survive."""
    if end <= start or columns < 1:
        return []
    found: list[list[Point]] = []
    run: list[Point] = []
    column: list[Point] = []
    per_s = columns / (end - start)
    last, before = float("-inf"), None
    for t, low, high in zip(series.times, series.low, series.high, strict=True):
        if low is None or high is None or t - last > GAP_STEPS * series.step_s:
            run.extend(_ends(column))
            column = []
            if run:
                found.append(run)
            run, before = [], None
        if low is None or high is None or not start <= t <= end:
            continue
        x = min((t - start) * per_s, columns - 1e-6)
        if column and int(column[0][0]) != int(x):
            run.extend(_ends(column))
            column = []
        rising = before is None or high >= before
        column.extend([(x, low)] if low == high else [(x, low), (x, high)] if rising else [(x, high), (x, low)])
        last, before = t, high
    run.extend(_ends(column))
    return [*found, run] if run else found


def _ends(column: list[Point]) -> list[Point]:
    """Minimum and maximum of one column, in the order in which they came."""
    if len(column) < 2:
        return column
    least = min(range(len(column)), key=lambda i: column[i][1])
    most = max(range(len(column)), key=lambda i: column[i][1])
    if column[least][1] == column[most][1]:
        return [column[0], column[-1]]
    base = int(column[0][0])
    first, second = sorted((least, most))
    return [(base + 0.0, column[first][1]), (base + 0.5, column[second][1])]


def split(run: list[Point], limit: float, *, above: bool) -> list[tuple[bool, list[Point]]]:
    """The run cut where it crosses a limit; True marks the pieces on the wrong side of it."""
    pieces: list[tuple[bool, list[Point]]] = []
    for x, v in run:
        bad = v > limit if above else v < limit
        if pieces and pieces[-1][0] != bad:
            x0, v0 = pieces[-1][1][-1]
            crossing = (x0 + (x - x0) * ((limit - v0) / (v - v0)), limit)
            pieces[-1][1].append(crossing)
            pieces.append((bad, [crossing]))
        elif not pieces:
            pieces.append((bad, []))
        pieces[-1][1].append((x, v))
    return pieces
