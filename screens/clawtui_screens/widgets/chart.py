"""The chart widget: shows one Picture, painted when it is seen and only when something changed."""

from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens.widgets.chart_braille import BraillePainter
from clawtui_screens.widgets.chart_canvas import Grid, Painter, Role, Stroke
from clawtui_screens.widgets.chart_frame import Picture, compose, moment_at, plot_area
from clawtui_screens.widgets.chart_plotext import PlotextPainter

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


class _Remembered:
    """Paints only when the strokes changed: in most seconds of a long window they did not."""

    def __init__(self) -> None:
        self.painter: Painter = BraillePainter()
        self.painted = 0
        self._painted_of: tuple[object, ...] = ()
        self._grid = Grid(0, 0)

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

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"chart--{role.name.lower()}" for role in Role}
    DEFAULT_CSS = """
    Chart { height: 1fr; width: 1fr; }
    Chart .chart--blank { color: $foreground; }
    Chart .chart--yesterday { color: $secondary; }
    Chart .chart--median { color: $foreground-muted; }
    Chart .chart--line { color: $success; }
    Chart .chart--over { color: $error; text-style: bold; }
    Chart .chart--limit { color: $warning; }
    Chart .chart--cursor { color: $accent; text-style: bold; }
    Chart .chart--mark { color: $accent; }
    Chart .chart--axis { color: $foreground-muted; }
    Chart .chart--text { color: $foreground; }
    Chart .chart--dim { color: $foreground-muted; }
    Chart .chart--alarm { color: $error; text-style: bold; }
    Chart .chart--focus { color: $accent; text-style: bold; }
    """

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
        self.picture = Picture("", "count", 0.0, 1.0)
        self.remembered = _Remembered()
        self._drawn: list[Strip] = []
        self._drawn_of: tuple[object, ...] = ()
        self._role_styles: dict[Role, Style] = {}

    def show(self, picture: Picture) -> None:
        """Show this from now on; a picture that is the same, or that nobody sees, costs nothing."""
        if picture != self.picture:
            self.picture = picture
            self.refresh()

    def notify_style_update(self) -> None:
        """Another theme: other colours for the same roles."""
        self._role_styles, self._drawn_of = {}, ()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One row of the picture."""
        key = (self.picture, self.size, self.has_focus)
        if key != self._drawn_of:
            self._drawn_of, self._drawn = key, self._draw()
        return self._drawn[y] if y < len(self._drawn) else Strip.blank(self.size.width)

    def _draw(self) -> list[Strip]:
        width, height = self.size
        _, _, columns, rows = plot_area(self.picture, width, height)
        large = columns * rows >= LARGE
        self.remembered.painter = self.painters.large if large else self.painters.small
        ascii_only = self.painters.ascii_only
        grid = compose(self.picture, self.remembered, width, height, ascii_only=ascii_only, focus=self.has_focus)
        return [
            Strip([Segment(text, self._style(role)) for text, role in grid.runs(y)], width) for y in range(grid.height)
        ]

    def _style(self, role: Role) -> Style:
        if role not in self._role_styles:
            self._role_styles[role] = self.get_component_rich_style(f"chart--{role.name.lower()}")
        return self._role_styles[role]

    def on_click(self, event: events.Click) -> None:
        """Pick the moment under the pointer."""
        moment = moment_at(self.picture, self.size.width, self.size.height, event.x)
        if moment is not None:
            self.post_message(self.Picked(self, moment))
