"""From counters to rates per second. A counter that stepped back was reset: that second counts as nothing."""

import math
from collections.abc import Mapping


class Counters:
    """Remembers the last value of every counter; time is an argument."""

    def __init__(self) -> None:
        self._before: dict[str, tuple[float, float]] = {}

    def rate(self, name: str, value: float | None, at: float) -> float | None:
        """Per second since the last look; None at the first one and where nothing is known."""
        if value is None or not math.isfinite(value):
            return None
        before = self._before.get(name)
        if before is not None and at <= before[1]:
            return None
        self._before[name] = (value, at)
        if before is None:
            return None
        return max(0.0, value - before[0]) / (at - before[1])

    def sum(self, kind: str, values: Mapping[str, float], at: float) -> float | None:
        """Of several counters of one kind, each by itself: one that comes or goes makes no jump."""
        rates = [self.rate(f"{kind} {name}", value, at) for name, value in values.items()]
        known = [rate for rate in rates if rate is not None]
        return sum(known) if known else None


class Shares:
    """Of several counters that together are all time there is: what part of it went to each."""

    def __init__(self) -> None:
        self._before: Mapping[str, float] = {}

    def of(self, now: Mapping[str, float]) -> dict[str, float] | None:
        """Since the last look; None at the first one. Single counters step back by a tick at times: those are nothing."""
        before, self._before = self._before, now
        if not before:
            return None
        steps = {name: max(0.0, value - before.get(name, value)) for name, value in now.items()}
        whole = sum(steps.values())
        return {name: step / whole for name, step in steps.items()} if whole > 0 else None
