"""The axes of a chart: limits that hold the data and the threshold, and the texts beside them."""

import math
from dataclasses import dataclass
from datetime import datetime, tzinfo

from clawtui_screens.widgets.chart_canvas import DOTS_Y
from clawtui_screens.widgets.chart_units import Scale, scale_of

NICE = (1.0, 2.0, 2.5, 5.0, 10.0)
TIME_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200)
DAY_STEPS = (1, 2, 4, 7, 14, 28, 56, 112, 140, 182)
TICK_ROOM = 6
"""Cells left free between two time texts."""
DATES_FROM_S, YEAR_FROM_S = 2.5 * 86_400, 300 * 86_400.0


@dataclass(frozen=True, slots=True)
class YAxis:
    """From the lower edge to the upper one, with a text for some rows."""

    low: float
    high: float
    height: int
    scale: Scale
    ticks: tuple[tuple[int, str], ...]
    # row from the top, text

    @property
    def width(self) -> int:
        """Cells of the longest text."""
        return max((len(text) for _, text in self.ticks), default=0)

    def dot(self, value: float) -> int:
        """The dot row of a value, from the lower edge; outside values are held at the edge."""
        dots = self.height * DOTS_Y - 1
        return min(dots, max(0, round((value - self.low) / (self.high - self.low) * dots)))

    def row(self, value: float) -> int:
        """The row of cells of a value, from the top."""
        return self.height - 1 - self.dot(value) // DOTS_Y


def y_axis(extremes: tuple[float, float] | None, limit: float | None, unit: str, height: int) -> YAxis:
    """Starts at zero unless something is negative; ends at a round number above the data and the limit."""
    low, high = extremes or (0.0, 0.0)
    top = max(high, 0.0, *([limit * 1.1] if limit is not None else []))
    bottom = min(low, 0.0, *([limit] if limit is not None else []))
    if top <= bottom:
        top = bottom + 1.0
    scale = scale_of(unit, max(abs(top), abs(bottom)))
    if unit == "ratio" and high <= 1.0 and (limit is None or limit <= 1.0):
        top = min(top, 1.0)
    step = nice_step((top - bottom) / scale.divisor, max(2, height // 2)) * scale.divisor
    top, bottom = math.ceil(top / step - 1e-9) * step, math.floor(bottom / step + 1e-9) * step
    axis = YAxis(bottom, top, height, scale, ())
    rows: dict[int, str] = {}
    for i in range(round((top - bottom) / step) + 1):
        rows[axis.row(bottom + i * step)] = scale.number(bottom + i * step)
    if limit is not None:
        at = axis.row(limit)
        rows = {row: text for row, text in rows.items() if abs(row - at) > 1 or row in {0, height - 1}}
        rows[at] = scale.number(limit)
    return YAxis(bottom, top, height, scale, tuple(sorted(rows.items())))


def nice_step(reach: float, most: int) -> float:
    """The smallest round step that needs at most `most` ticks."""
    rough = reach / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    return next(n * power for n in NICE if n * power >= rough * (1 - 1e-9))


def time_ticks(start: float, end: float, width: int, zone: tzinfo) -> list[tuple[int, str]]:
    """Column of the first letter and text, at round times of the zone; none where there is no room."""
    reach = end - start
    if width < 8 or reach <= 0:
        return []
    for step in TIME_STEPS if reach <= DATES_FROM_S else ():
        form = "%H:%M:%S" if step < 60 else "%H:%M"
        if _room(start, zone, form, step / reach * width):
            return _placed(_times(start, end, step, zone), (start, end), width, zone, form)
    form = "%m-%d" if reach < YEAR_FROM_S else "%Y-%m-%d"
    for days in DAY_STEPS:
        if _room(start, zone, form, days * 86_400 / reach * width):
            return _placed(_midnights(start, end, days, zone), (start, end), width, zone, form)
    return []


def _room(start: float, zone: tzinfo, form: str, cells: float) -> bool:
    return cells >= len(datetime.fromtimestamp(start, zone).strftime(form)) + TICK_ROOM


def _times(start: float, end: float, step: int, zone: tzinfo) -> list[float]:
    offset = datetime.fromtimestamp(start, zone).utcoffset()
    shift = offset.total_seconds() if offset else 0.0
    first = math.ceil((start + shift) / step) * step - shift
    return [first + n * step for n in range(int((end - first) // step) + 1)]


def _midnights(start: float, end: float, days: int, zone: tzinfo) -> list[float]:
    """Of the zone itself: its days are not all of one length."""
    first, last = (datetime.fromtimestamp(moment, zone).toordinal() for moment in (start, end))
    first += -first % days
    found = (datetime.fromordinal(day).replace(tzinfo=zone).timestamp() for day in range(first, last + 1, days))
    return [moment for moment in found if start <= moment <= end]


def _placed(
    moments: list[float], span: tuple[float, float], width: int, zone: tzinfo, form: str
) -> list[tuple[int, str]]:
    """Those whose words fit, each over its moment."""
    start, end = span
    found: list[tuple[int, str]] = []
    for moment in moments:
        words = datetime.fromtimestamp(moment, zone).strftime(form)
        column = round((moment - start) / (end - start) * (width - 1)) - len(words) // 2
        if column >= 1 and column + len(words) < width:
            found.append((column, words))
    return found
