"""Many values of a column as three: least, mean, most."""

from __future__ import annotations

import math

NAN = float("nan")


class Minute:
    """Least, mean and most of every slot within one minute."""

    def __init__(self, at: int = 0, width: int = 0) -> None:
        self.at = at
        self._low = [NAN] * width
        self._sum = [0.0] * width
        self._high = [NAN] * width
        self._count = [0] * width

    def add(self, row: list[float]) -> None:
        """One second."""
        for slot, value in enumerate(row):
            if not math.isnan(value):
                self._count[slot] += 1
                self._sum[slot] += value
                if not self._low[slot] <= value:
                    self._low[slot] = value
                if not self._high[slot] >= value:
                    self._high[slot] = value

    def forget(self, slot: int) -> None:
        """Another column moved in: what was there before is not its own."""
        self._low[slot], self._sum[slot], self._high[slot], self._count[slot] = NAN, 0.0, NAN, 0

    def widened(self, width: int) -> Minute:
        """The same minute with room for more slots."""
        wide, more = Minute(self.at), width - len(self._count)
        wide._low, wide._high = [*self._low, *[NAN] * more], [*self._high, *[NAN] * more]
        wide._sum, wide._count = [*self._sum, *[0.0] * more], [*self._count, *[0] * more]
        return wide

    def row(self) -> list[float]:
        """All lows, then all means, then all highs."""
        mean = [self._sum[slot] / count if count else NAN for slot, count in enumerate(self._count)]
        return [*self._low, *mean, *self._high]


def hour(minutes: list[tuple[int, tuple[float, ...]]], since: list[int]) -> list[float]:
    """The minutes of an hour, each `(time, row)`, as one row; `since` is when the last column moved into each slot."""
    width = len(since)
    low, mean, high = [NAN] * width, [NAN] * width, [NAN] * width
    for slot, begin in enumerate(since):
        rows = [row for at, row in minutes if at > begin - 60 and row[width + slot] == row[width + slot]]
        if rows:
            low[slot] = min([row[slot] for row in rows])
            mean[slot] = sum([row[width + slot] for row in rows]) / len(rows)
            high[slot] = max([row[2 * width + slot] for row in rows])
    return [*low, *mean, *high]
