"""plotext draws the curves of the large charts; axes, limit and cursor are ours, so that every size looks alike.

Traps of plotext 6.1 that this file knows: its one figure belongs to the process and is limited to the terminal's size unless
told otherwise; limits name the *centres* of the outermost cells; dates are UTC, so times never reach it; its
colours are used as names of roles and read back, so that the theme, and not plotext, decides how they look. Each point costs it
40 µs, so what is simple (thickness, the dots of overlays) is added to its cells afterwards.
"""

import re
from typing import Any

from clawtui_screens.widgets.chart_braille import BRAILLE, BraillePainter
from clawtui_screens.widgets.chart_canvas import DOTS_X, DOTS_Y, Grid, Role, Stroke

SGR = re.compile(r"\x1b\[([0-9;]*)m")
COLOUR = "38;5;"
TOP = 0x09
"""The two uppermost dots of a cell."""


class PlotextPainter:
    """One for the whole application: plotext has one figure, and importing it costs 0.1 s, spent on the first chart."""

    def __init__(self) -> None:
        self._plotext: Any = None
        self._markers: dict[Role, Any] = {}
        self._own = BraillePainter()

    @property
    def ready(self) -> bool:
        """It has been imported."""
        return self._plotext is not None

    def warm(self) -> None:
        """Import it."""
        self._figure()

    def paint(self, strokes: list[Stroke], width: int, height: int) -> Grid:
        """The strokes in braille; needs at least two cells each way."""
        if width < 2 or height < 2:
            raise ValueError(f"plotext needs at least 2x2 cells, got {width}x{height}")
        figure = self._figure()
        figure.clear()
        figure.plot_size(width, height)
        figure.theme("simple")
        figure.canvas("default")
        figure.axes(False)
        figure.ruler(0, 0).lim((DOTS_X - 1) / 2, DOTS_X * width - (DOTS_X + 1) / 2).frequency(0)
        figure.ruler(1, 0).lim((DOTS_Y - 1) / 2, DOTS_Y * height - (DOTS_Y + 1) / 2).frequency(0)
        for stroke in strokes:
            if stroke.joined:
                self._draw(figure, stroke)
        grid = read(figure.build().string(), width, height)
        if any(stroke.thick for stroke in strokes):
            thicken(grid)
        dotted = [stroke for stroke in strokes if not stroke.joined]
        return laid_under(grid, self._own.paint(dotted, width, height)) if dotted else grid

    def _figure(self) -> Any:
        if self._plotext is None:
            import plotext

            plotext.terminal.limit(False, False)
            self._plotext = plotext
        return self._plotext.figure

    def _draw(self, figure: Any, stroke: Stroke) -> None:
        if stroke.role not in self._markers:
            self._markers[stroke.role] = self._plotext.marker("braille", int(stroke.role))
        xs, ys = [x for x, _ in stroke.points], [y for _, y in stroke.points]
        figure.draw(figure.signal(xs, ys, marker=self._markers[stroke.role]).lines())


def read(painted: str, width: int, height: int) -> Grid:
    """Plotext's ANSI text as a grid: the colour after an SGR code names the role of what follows."""
    grid = Grid(width, height)
    for y, line in enumerate(painted.split("\n")[:height]):
        role, x = Role.BLANK, 0
        for i, piece in enumerate(SGR.split(line)):
            if i % 2:
                role = (
                    Role(int(piece[len(COLOUR) :]))
                    if piece.startswith(COLOUR)
                    else Role.BLANK
                    if piece in {"", "0"}
                    else role
                )
            else:
                grid.put(x, y, piece, role)
                x += len(piece)
    for cells, roles in zip(grid.cells, grid.roles, strict=True):
        for i, char in enumerate(cells):
            if char == " ":
                roles[i] = Role.BLANK
    return grid


def thicken(grid: Grid) -> None:
    """What lies beyond the limit becomes two dots thick: each dot gets one above it, in the cell above where need be."""
    for y in range(grid.height):
        for x in range(grid.width):
            if grid.roles[y][x] != Role.OVER:
                continue
            bits = ord(grid.cells[y][x]) - BRAILLE
            if y and bits & TOP:
                above = grid.cells[y - 1][x]
                carried = (0x40 if bits & 0x01 else 0) | (0x80 if bits & 0x08 else 0)
                grid.put(x, y - 1, chr((BRAILLE if above == " " else ord(above)) | carried), Role.OVER)
            grid.cells[y][x] = chr(BRAILLE | bits | raised(bits))


def raised(bits: int) -> int:
    """The dots of a cell one row higher; those of its top row are lost."""
    return (bits & 0x36) >> 1 | (bits & 0x40) >> 4 | (bits & 0x80) >> 2


def laid_under(grid: Grid, under: Grid) -> Grid:
    """Dots of both; the colour is of the upper one where it has any."""
    for y in range(grid.height):
        for x, char in enumerate(under.cells[y]):
            if char != " ":
                over = grid.cells[y][x]
                role = Role(under.roles[y][x] if over == " " else grid.roles[y][x])
                grid.put(x, y, chr((BRAILLE if over == " " else ord(over)) | ord(char)), role)
    return grid
