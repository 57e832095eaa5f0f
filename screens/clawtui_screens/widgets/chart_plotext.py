"""plotext draws the curves of the large charts; axes, limit and cursor are ours, so that every size looks alike.

Traps of plotext 6.1 that this file knows: its one figure belongs to the process and is limited to the terminal's size unless
told otherwise; limits name the *centres* of the outermost cells; dates are UTC, so times never reach it; its
colours are used as names of roles and read back, so that the theme, and not plotext, decides how they look.
"""

import re
from typing import Any

from clawtui_screens.widgets.chart_canvas import DOTS_X, DOTS_Y, Grid, Role, Stroke

SGR = re.compile(r"\x1b\[([0-9;]*)m")
COLOUR = "38;5;"


class PlotextPainter:
    """One for the whole application: plotext has one figure, and importing it costs 0.1 s, spent on the first chart."""

    def __init__(self) -> None:
        self._plotext: Any = None
        self._markers: dict[Role, Any] = {}

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
        top = DOTS_Y * height - 1
        for stroke in strokes:
            self._draw(figure, stroke, 0, top)
            if stroke.thick:
                self._draw(figure, stroke, 1, top)
        return read(figure.build().string(), width, height)

    def _figure(self) -> Any:
        if self._plotext is None:
            import plotext

            plotext.terminal.limit(False, False)
            self._plotext = plotext
        return self._plotext.figure

    def _draw(self, figure: Any, stroke: Stroke, lift: int, top: int) -> None:
        ys = [y + lift if y < top else y - lift for _, y in stroke.points]
        if stroke.role not in self._markers:
            self._markers[stroke.role] = self._plotext.marker("braille", int(stroke.role))
        signal = figure.signal([x for x, _ in stroke.points], ys, marker=self._markers[stroke.role])
        if stroke.joined:
            signal.lines()
        figure.draw(signal)


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
