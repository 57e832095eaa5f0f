"""One chart as rows of cells: title, curves, limit, cursor, markers and both axes, whatever painter draws the curves."""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from clawtui_screens.cells import head_of, width_of
from clawtui_screens.widgets.chart_axis import YAxis, time_ticks, y_axis
from clawtui_screens.widgets.chart_canvas import DOTS_X, Grid, Painter, Role, Stroke
from clawtui_screens.widgets.chart_series import Point, Series, runs, split

BOX = "╭╮╰╯─│┤└╌┆▾▌"
BOX_ASCII = "++++-|||-:v>"
LEAST_BOX = (30, 8)
"""A smaller chart has no box: every cell is for the curve."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: a deploy, an alert, a restart."""

    at: float
    text: str
    sign: str = "▾"


@dataclass(frozen=True, slots=True)
class Plot:
    """Everything that one chart shows."""

    title: str
    unit: str
    start: float
    end: float
    series: Series = field(default_factory=Series)
    value: str = ""
    # the newest value in words, beside the title
    verdict: str = ""
    # "▲ OVER limit 500 ms", "● limit 85 %"
    over: bool = False
    limit: float | None = None
    above: bool = True
    median: Series | None = None
    yesterday: Series | None = None
    cursor: float | None = None
    marks: tuple[Mark, ...] = ()
    note: str = ""
    # instead of a curve: "no history: …", "no permission"
    dim: bool = False
    # stale: nothing here is current
    zone: tzinfo = UTC


def plot_area(plot: Plot, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of the cells that hold curves."""
    boxed = width >= LEAST_BOX[0] and height >= LEAST_BOX[1]
    rows = max(1, height - 2 - boxed)
    left = _y_axis(plot, rows).width + 1 + boxed
    return left, 1, max(1, width - left - boxed), rows


def compose(
    plot: Plot, painter: Painter, width: int, height: int, *, ascii_only: bool = False, focus: bool = False
) -> Grid:
    """Draw it on this many cells."""
    grid = Grid(width, height)
    if width < 12 or height < 4:
        _title(grid, plot, BOX_ASCII if ascii_only else BOX, boxed=False, focus=focus)
        return grid
    left, top, columns, rows = plot_area(plot, width, height)
    axis = _y_axis(plot, rows)
    box = BOX_ASCII if ascii_only else BOX
    boxed = width >= LEAST_BOX[0] and height >= LEAST_BOX[1]
    plot = replace(plot, start=steady(plot, columns)[0], end=steady(plot, columns)[1])
    curves = painter.paint(strokes(plot, axis, columns), columns, rows)
    _limit(curves, plot, axis, box)
    _marks(curves, plot, box)
    _cursor(curves, plot, box)
    _note(curves, plot)
    _axes(grid, plot, axis, (left, top, columns, rows), box)
    for y in range(rows):
        grid.cells[top + y][left : left + columns] = curves.cells[y]
        grid.roles[top + y][left : left + columns] = curves.roles[y]
    if boxed:
        _box(grid, box, focus=focus)
    _title(grid, plot, box, boxed=boxed, focus=focus)
    if plot.dim:
        for roles in grid.roles:
            roles[:] = bytes(Role.DIM if r in {Role.LINE, Role.TEXT} else r for r in roles)
    return grid


def steady(plot: Plot, columns: int) -> tuple[float, float]:
    """The window moved by less than a column, so that a column always holds the same seconds while time goes on."""
    column = (plot.end - plot.start) / max(1, columns)
    if column <= 0:
        return plot.start, plot.end
    end = math.ceil(plot.end / column - 1e-6) * column
    return end - (plot.end - plot.start), end


def moment_at(plot: Plot, width: int, height: int, x: int) -> float | None:
    """The time under column x of the whole chart; None beside the curves."""
    left, _, columns, _ = plot_area(plot, width, height)
    if not left <= x < left + columns:
        return None
    start, end = steady(plot, columns)
    return min(plot.end, start + (x - left + 0.5) / columns * (end - start))


def strokes(plot: Plot, axis: YAxis, columns: int) -> list[Stroke]:
    """The curves in dots, overlays first; what lies beyond the limit is a thick stroke of its own."""

    def dots(points: list[Point]) -> tuple[tuple[int, int], ...]:
        most = columns * DOTS_X - 1
        return tuple((min(most, int(x * DOTS_X)), axis.dot(v)) for x, v in points)

    def parts(series: Series) -> list[list[Point]]:
        return runs(series, plot.start, plot.end, columns)

    found: list[Stroke] = []
    for role, overlay in ((Role.YESTERDAY, plot.yesterday), (Role.MEDIAN, plot.median)):
        if overlay is not None:
            found.extend(Stroke(role, dots(run), joined=False) for run in parts(overlay))
    for run in parts(plot.series):
        for bad, piece in [(False, run)] if plot.limit is None else split(run, plot.limit, above=plot.above):
            found.append(Stroke(Role.OVER if bad else Role.LINE, dots(piece), thick=bad))
    return found


def _y_axis(plot: Plot, rows: int) -> YAxis:
    shown = [s.extremes() for s in (plot.series, plot.median, plot.yesterday) if s is not None]
    found = [e for e in shown if e is not None]
    extremes = (min(e[0] for e in found), max(e[1] for e in found)) if found else None
    return y_axis(extremes, plot.limit, plot.unit, rows)


def _column(plot: Plot, moment: float, columns: int) -> int | None:
    if not plot.start <= moment <= plot.end or plot.end <= plot.start:
        return None
    return min(columns - 1, int((moment - plot.start) / (plot.end - plot.start) * columns))


def _limit(curves: Grid, plot: Plot, axis: YAxis, box: str) -> None:
    if plot.limit is None:
        return
    y = axis.row(plot.limit)
    words = " limit "
    last = curves.width - len(words)
    named = last > 8 and curves.cells[y][last:] == [" "] * len(words)
    for x, char in enumerate(curves.cells[y]):
        if char == " ":
            curves.put(x, y, box[8], Role.LIMIT)
    if named:
        curves.put(last, y, words, Role.LIMIT)


def _marks(curves: Grid, plot: Plot, box: str) -> None:
    """The newest first: words that would lie over another mark are left out, its sign stays."""
    placed = [(x, mark) for mark in reversed(plot.marks) if (x := _column(plot, mark.at, curves.width)) is not None]
    signs = {x for x, _ in placed}
    taken = set[int]()
    for x, mark in placed:
        for y in range(curves.height):
            if curves.roles[y][x] in {Role.BLANK, Role.LIMIT}:
                curves.put(x, y, box[9], Role.MARK)
        words = f"{box[10]}{mark.text}"
        start = x if x + width_of(words) <= curves.width else x - width_of(words) + 1
        span = set(range(start, start + width_of(words)))
        if span & (taken | signs - {x}):
            words, start, span = box[10], x, {x}
        curves.put(start, 0, words, Role.MARK)
        taken |= span


def _cursor(curves: Grid, plot: Plot, box: str) -> None:
    x = None if plot.cursor is None else _column(plot, plot.cursor, curves.width)
    if x is not None:
        for y in range(curves.height):
            char = curves.cells[y][x]
            curves.put(x, y, box[5] if char in {" ", box[8], box[9]} else char, Role.CURSOR)


def _note(curves: Grid, plot: Plot) -> None:
    if plot.note:
        words = f" {head_of(plot.note, max(0, curves.width - 2))} "
        curves.put(max(0, (curves.width - width_of(words)) // 2), (curves.height - 1) // 2, words, Role.TEXT)


def _axes(grid: Grid, plot: Plot, axis: YAxis, area: tuple[int, int, int, int], box: str) -> None:
    left, top, columns, rows = area
    ticks = dict(axis.ticks)
    for row in range(rows):
        text = ticks.get(row, "")
        grid.put(left - 1 - len(text), top + row, text, Role.AXIS)
        grid.put(left - 1, top + row, box[6] if text else box[5], Role.AXIS)
    grid.put(left - 1, top + rows, box[7] + box[4] * columns, Role.AXIS)
    for column, text in time_ticks(plot.start, plot.end, columns, plot.zone):
        grid.put(left + column - 1, top + rows, f" {text} ", Role.AXIS)


def _box(grid: Grid, box: str, *, focus: bool) -> None:
    role = Role.FOCUS if focus else Role.AXIS
    last = grid.height - 1
    grid.put(0, 0, box[0] + box[4] * (grid.width - 2) + box[1], role)
    grid.put(0, last, box[2] + box[4] * (grid.width - 2) + box[3], role)
    for y in range(1, last):
        grid.put(0, y, box[5], role)
        grid.put(grid.width - 1, y, box[5], role)


def _title(grid: Grid, plot: Plot, box: str, *, boxed: bool, focus: bool) -> None:
    x = 2 if boxed else 0
    most = grid.width - 2 * x
    head = f"{box[11] if focus else ' '}{plot.title} "
    pieces = [
        (head, Role.FOCUS if focus else Role.TEXT),
        (plot.value, Role.DIM if plot.dim else Role.ALARM if plot.over else Role.TEXT),
        (f"  {plot.verdict} " if plot.verdict else " ", Role.ALARM if plot.over else Role.DIM),
    ]
    for text, role in pieces:
        shown = head_of(text, max(0, most))
        grid.put(x, 0, shown, role)
        x, most = x + width_of(shown), most - width_of(shown)
