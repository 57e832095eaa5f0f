"""One chart as rows of cells: title, curves, limit, cursor, markers and both axes, whatever painter draws the curves."""

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

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


@dataclass(frozen=True, slots=True)
class Picture:
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


def plot_area(picture: Picture, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, width and height of the cells that hold curves."""
    boxed = width >= LEAST_BOX[0] and height >= LEAST_BOX[1]
    rows = max(1, height - 2 - boxed)
    left = _y_axis(picture, rows).width + 1 + boxed
    return left, 1, max(1, width - left - boxed), rows


def compose(
    picture: Picture, painter: Painter, width: int, height: int, *, ascii_only: bool = False, focus: bool = False
) -> Grid:
    """Draw it on this many cells."""
    grid = Grid(width, height)
    if width < 12 or height < 4:
        _title(grid, picture, BOX_ASCII if ascii_only else BOX, boxed=False, focus=focus)
        return grid
    left, top, columns, rows = plot_area(picture, width, height)
    axis = _y_axis(picture, rows)
    box = BOX_ASCII if ascii_only else BOX
    boxed = width >= LEAST_BOX[0] and height >= LEAST_BOX[1]
    picture = replace(picture, start=steady(picture, columns)[0], end=steady(picture, columns)[1])
    curves = painter.paint(strokes(picture, axis, columns), columns, rows)
    _limit(curves, picture, axis, box)
    _marks(curves, picture, box)
    _cursor(curves, picture, box)
    _note(curves, picture)
    _axes(grid, picture, axis, (left, top, columns, rows), box)
    for y in range(rows):
        grid.cells[top + y][left : left + columns] = curves.cells[y]
        grid.roles[top + y][left : left + columns] = curves.roles[y]
    if boxed:
        _box(grid, box, focus=focus)
    _title(grid, picture, box, boxed=boxed, focus=focus)
    if picture.dim:
        for roles in grid.roles:
            roles[:] = bytes(Role.DIM if r in {Role.LINE, Role.TEXT} else r for r in roles)
    return grid


def steady(picture: Picture, columns: int) -> tuple[float, float]:
    """The window moved by less than a column, so that a column always holds the same seconds while time goes on."""
    column = (picture.end - picture.start) / max(1, columns)
    if column <= 0:
        return picture.start, picture.end
    end = math.ceil(picture.end / column - 1e-6) * column
    return end - (picture.end - picture.start), end


def moment_at(picture: Picture, width: int, height: int, x: int) -> float | None:
    """The time under column x of the whole chart; None beside the curves."""
    left, _, columns, _ = plot_area(picture, width, height)
    if not left <= x < left + columns:
        return None
    start, end = steady(picture, columns)
    return min(picture.end, start + (x - left + 0.5) / columns * (end - start))


def strokes(picture: Picture, axis: YAxis, columns: int) -> list[Stroke]:
    """The curves in dots, overlays first; what lies beyond the limit is a thick stroke of its own."""

    def dots(points: list[Point]) -> tuple[tuple[int, int], ...]:
        most = columns * DOTS_X - 1
        return tuple((min(most, int(x * DOTS_X)), axis.dot(v)) for x, v in points)

    def parts(series: Series) -> list[list[Point]]:
        return runs(series, picture.start, picture.end, columns)

    found: list[Stroke] = []
    for role, overlay in ((Role.YESTERDAY, picture.yesterday), (Role.MEDIAN, picture.median)):
        if overlay is not None:
            found.extend(Stroke(role, dots(run), joined=False) for run in parts(overlay))
    for run in parts(picture.series):
        for bad, piece in [(False, run)] if picture.limit is None else split(run, picture.limit, above=picture.above):
            found.append(Stroke(Role.OVER if bad else Role.LINE, dots(piece), thick=bad))
    return found


def _y_axis(picture: Picture, rows: int) -> YAxis:
    shown = [s.extremes() for s in (picture.series, picture.median, picture.yesterday) if s is not None]
    found = [e for e in shown if e is not None]
    extremes = (min(e[0] for e in found), max(e[1] for e in found)) if found else None
    return y_axis(extremes, picture.limit, picture.unit, rows)


def _column(picture: Picture, moment: float, columns: int) -> int | None:
    if not picture.start <= moment <= picture.end or picture.end <= picture.start:
        return None
    return min(columns - 1, int((moment - picture.start) / (picture.end - picture.start) * columns))


def _limit(curves: Grid, picture: Picture, axis: YAxis, box: str) -> None:
    if picture.limit is None:
        return
    y = axis.row(picture.limit)
    words = " limit "
    last = curves.width - len(words)
    named = last > 8 and curves.cells[y][last:] == [" "] * len(words)
    for x, char in enumerate(curves.cells[y]):
        if char == " ":
            curves.put(x, y, box[8], Role.LIMIT)
    if named:
        curves.put(last, y, words, Role.LIMIT)


def _marks(curves: Grid, picture: Picture, box: str) -> None:
    for mark in picture.marks:
        x = _column(picture, mark.at, curves.width)
        if x is not None:
            for y in range(curves.height):
                if curves.roles[y][x] in {Role.BLANK, Role.LIMIT}:
                    curves.put(x, y, box[9], Role.MARK)
            words = f"{box[10]}{mark.text}"
            curves.put(x if x + len(words) <= curves.width else x - len(words) + 1, 0, words, Role.MARK)


def _cursor(curves: Grid, picture: Picture, box: str) -> None:
    x = None if picture.cursor is None else _column(picture, picture.cursor, curves.width)
    if x is not None:
        for y in range(curves.height):
            blank = curves.roles[y][x] in {Role.BLANK, Role.LIMIT}
            curves.put(x, y, box[5] if blank else curves.cells[y][x], Role.CURSOR)


def _note(curves: Grid, picture: Picture) -> None:
    if picture.note:
        words = f" {picture.note[: max(0, curves.width - 2)]} "
        curves.put(max(0, (curves.width - len(words)) // 2), (curves.height - 1) // 2, words, Role.TEXT)


def _axes(grid: Grid, picture: Picture, axis: YAxis, area: tuple[int, int, int, int], box: str) -> None:
    left, top, columns, rows = area
    ticks = dict(axis.ticks)
    for row in range(rows):
        text = ticks.get(row, "")
        grid.put(left - 1 - len(text), top + row, text, Role.AXIS)
        grid.put(left - 1, top + row, box[6] if text else box[5], Role.AXIS)
    grid.put(left - 1, top + rows, box[7] + box[4] * columns, Role.AXIS)
    for column, text in time_ticks(picture.start, picture.end, columns, picture.zone):
        grid.put(left + column - 1, top + rows, f" {text} ", Role.AXIS)


def _box(grid: Grid, box: str, *, focus: bool) -> None:
    role = Role.FOCUS if focus else Role.AXIS
    last = grid.height - 1
    grid.put(0, 0, box[0] + box[4] * (grid.width - 2) + box[1], role)
    grid.put(0, last, box[2] + box[4] * (grid.width - 2) + box[3], role)
    for y in range(1, last):
        grid.put(0, y, box[5], role)
        grid.put(grid.width - 1, y, box[5], role)


def _title(grid: Grid, picture: Picture, box: str, *, boxed: bool, focus: bool) -> None:
    x = 2 if boxed else 0
    most = grid.width - 2 * x
    head = f"{box[11] if focus else ' '}{picture.title} "
    pieces = [
        (head, Role.FOCUS if focus else Role.TEXT),
        (picture.value, Role.DIM if picture.dim else Role.ALARM if picture.over else Role.TEXT),
        (f"  {picture.verdict} " if picture.verdict else " ", Role.ALARM if picture.over else Role.DIM),
    ]
    for text, role in pieces:
        grid.put(x, 0, text[: max(0, most)], role)
        x, most = x + len(text), most - len(text)
