"""The chart widget: shows one Plot, painted when it is seen and only when something changed."""

from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens import look
from clawtui_screens.look import Tone
from clawtui_screens.widgets.chart_braille import BraillePainter
from clawtui_screens.widgets.chart_canvas import Grid, Painter, Role, Stroke
from clawtui_screens.widgets.chart_frame import Plot, compose, moment_at, plot_area
from clawtui_screens.widgets.chart_plotext import PlotextPainter

TONES: dict[Role, tuple[Tone, bool]] = {
    Role.BLANK: (Tone.PLAIN, False),
    Role.YESTERDAY: (Tone.STALE, False),
    Role.MEDIAN: (Tone.DIM, False),
    Role.LINE: (Tone.OK, False),
    Role.OVER: (Tone.ERROR, True),
    Role.LIMIT: (Tone.WARNING, False),
    Role.CURSOR: (Tone.ACCENT, True),
    Role.MARK: (Tone.ACCENT, False),
    Role.AXIS: (Tone.DIM, False),
    Role.TEXT: (Tone.PLAIN, False),
    Role.DIM: (Tone.DIM, False),
    Role.ALARM: (Tone.ERROR, True),
    Role.FOCUS: (Tone.ACCENT, True),
}
"""Tone and whether it is bold: health is quiet, only trouble has colour."""

LARGE = 400
"""Cells for curves from which on a chart is large: plotext draws it."""


@dataclass(frozen=True, slots=True)
class Painters:
    """The painters of one application; `plain` is for ASCII and for terminals without colours."""

    large: Painter
    small: Painter
    ascii_only: bool = False

    @classmethod
    def of(cls, *, ascii_only: bool = False, colours: bool = True) -> "Painters":
        """Without colours or glyphs our own painter draws everything: thickness and dots tell the curves apart."""
        own = BraillePainter(ascii_only=ascii_only)
        return cls(PlotextPainter() if colours and not ascii_only else own, own, ascii_only)


class Remembered:
    """Paints only when the strokes changed: in most seconds of a long window they did not."""

    def __init__(self) -> None:
        self.painter: Painter = BraillePainter()
        self.painted = 0
        self._painted_of: tuple[object, ...] = ()
        self._grid = Grid(0, 0)

    @property
    def ready(self) -> bool:
        """As ready as what it stands for."""
        return self.painter.ready

    def warm(self) -> None:
        """Nothing of its own."""
        self.painter.warm()

    def paint(self, strokes: list[Stroke], width: int, height: int) -> Grid:
        key = (self.painter, tuple(strokes), width, height)
        if key != self._painted_of:
            self._painted_of, self._grid = key, self.painter.paint(strokes, width, height)
            self.painted += 1
        copy = Grid(0, 0)
        copy.width, copy.height = width, height
        copy.cells, copy.roles = [row[:] for row in self._grid.cells], [row[:] for row in self._grid.roles]
        return copy


class Chart(Widget, can_focus=True):
    """One metric over time. A click picks a moment."""

    DEFAULT_CSS = "Chart { height: 1fr; width: 1fr; }"

    class Picked(Message):
        """A moment was clicked."""

        def __init__(self, chart: "Chart", moment: float) -> None:
            super().__init__()
            self.chart, self.moment = chart, moment

        @property
        def control(self) -> "Chart":
            """The chart that was clicked."""
            return self.chart

    def __init__(self, painters: Painters, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id, classes=classes)
        self.painters = painters
        self.plot = Plot("", "count", 0.0, 1.0)
        self.remembered = Remembered()
        self._drawn: list[Strip] = []
        self._drawn_of: tuple[object, ...] = ()

    def show(self, plot: Plot) -> None:
        """Show this from now on; a plot that is the same, or that nobody sees, costs nothing."""
        if plot != self.plot:
            self.plot = plot
            self.refresh()

    def repaint(self) -> None:
        """The same picture by another painter."""
        self._drawn_of = ()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One row of the plot."""
        key = (self.plot, self.size, self.has_focus, self.app.theme)
        if key != self._drawn_of:
            self._drawn_of, self._drawn = key, self._draw()
        return self._drawn[y] if y < len(self._drawn) else Strip.blank(self.size.width)

    def _draw(self) -> list[Strip]:
        width, height = self.size
        _, _, columns, rows = plot_area(self.plot, width, height)
        large = columns * rows >= LARGE and self.painters.large.ready
        self.remembered.painter = self.painters.large if large else self.painters.small
        ascii_only = self.painters.ascii_only
        grid = compose(self.plot, self.remembered, width, height, ascii_only=ascii_only, focus=self.has_focus)
        styles = look.palette(self.app.theme)
        return [
            Strip(
                [Segment(text, styles.style(TONES[role][0], bold=TONES[role][1])) for text, role in grid.runs(y)], width
            ).simplify()
            for y in range(grid.height)
        ]

    def on_click(self, event: events.Click) -> None:
        """Pick the moment under the pointer."""
        moment = moment_at(self.plot, self.size.width, self.size.height, event.x)
        if moment is not None:
            self.post_message(self.Picked(self, moment))
