"""Figures as people read them: base units of the wire become %, MB, ms with as many digits as matter."""

import math
from dataclasses import dataclass

UNKNOWN = "—"


@dataclass(frozen=True, slots=True)
class Scale:
    """How the values of one chart are written: divided by `divisor`, followed by `unit`."""

    divisor: float
    unit: str

    def number(self, value: float | None) -> str:
        """Digits alone, at most four characters where that is possible: 0.21, 2.1, 71, 1200."""
        if value is None or not math.isfinite(value):
            return UNKNOWN
        v = value / self.divisor
        size = abs(v)
        if size >= 9.95 or v == int(v):
            return f"{v:.0f}"
        text = f"{v:.1f}" if size >= 0.95 else f"{v:.2g}" if size >= 0.01 else f"{v:.2f}"
        return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text

    def figure(self, value: float | None) -> str:
        """With the unit: `71 %`, `1.2 GB`, `—`."""
        v = None if value is None else value / self.divisor
        coarse = v is not None and 0.095 <= abs(v) < 9.95
        number = Scale(1.0, "").number(round(v, 1)) if coarse and v is not None else self.number(value)
        if self.unit == "%" and v is not None and 0 < v < 0.005:
            number = "<0.01"  # there is some: never shown as none
        return number if number == UNKNOWN or not self.unit else f"{number} {self.unit}"


STEPS = {"bytes": ("B", "kB", "MB", "GB", "TB"), "bytes/s": ("B/s", "kB/s", "MB/s", "GB/s")}
PLAIN = {"ratio": (0.01, "%"), "1/s": (1.0, "/s"), "count": (1.0, ""), "degC": (1.0, "°C"), "bool": (1.0, "")}


def scale_of(unit: str, largest: float = 0.0) -> Scale:
    """The scale that suits values of this unit up to `largest`."""
    if unit in STEPS:
        words = STEPS[unit]
        power = min(int(math.log(abs(largest), 1000) + 1e-9), len(words) - 1) if abs(largest) >= 1 else 0
        return Scale(1000.0**power, words[power])
    if unit == "s":  # the wire's latencies are seconds; people say 812 ms and 12 s
        return Scale(0.001, "ms") if abs(largest) < 10 else Scale(1.0, "s")
    divisor, word = PLAIN.get(unit, (1.0, unit))
    return Scale(divisor, word)
