"""A pane of lines that scrolls: processes and facts of a host."""

from typing import ClassVar

from rich.segment import Segment
from textual.binding import BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from clawtui_screens import keys, look
from clawtui_screens.cells import width_of
from clawtui_screens.look import Glyphs, Tone

Parts = list[tuple[str, Tone]]


class Pane(ScrollView, can_focus=True):
    """A title and lines under it; the title stays."""

    DEFAULT_CSS = "Pane { height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: auto; scrollbar-size-vertical: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = keys.PANE

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._glyphs = glyphs
        self.heading = ""
        self.lines: list[Parts] = []

    def show(self, heading: str, lines: list[Parts]) -> None:
        """These from now on; scrolled to where the reader was."""
        self.heading, self.lines = heading, lines
        self.virtual_size = Size(0, len(lines) + 1)
        self.refresh()

    @property
    def text(self) -> str:
        """What is shown, as text."""
        return "\n".join([self.heading, *("".join(t for t, _ in line).rstrip() for line in self.lines)])

    def render_line(self, y: int) -> Strip:
        """The heading, then lines from where the reader is."""
        styles, width = look.palette(self.app.theme), self.size.width
        ground = styles.style(Tone.PLAIN)
        if y == 0:
            mark = self._glyphs.cursor if self.has_focus else self._glyphs.rule
            words = self._glyphs.fit(f"{mark} {self.heading} ")
            rule = self._glyphs.rule * max(0, width - width_of(words))
            accent, dim = styles.style(Tone.ACCENT, bold=self.has_focus), styles.style(Tone.DIM)
            return Strip([Segment(words, accent), Segment(rule, dim)]).adjust_cell_length(width, ground)
        n = y - 1 + self.scroll_offset.y
        line = self.lines[n] if n < len(self.lines) else []
        return Strip([Segment(self._glyphs.fit(t), styles.style(tone)) for t, tone in line if t]).adjust_cell_length(
            width, ground
        )
