"""One line of text that is painted straight into segments: the sentence, rules, footers."""

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens import look


def strip_of(parts: list[tuple[str, Style]], width: int, ground: Style) -> Strip:
    """Segments cut or filled to a width."""
    return Strip([Segment(text, style) for text, style in parts if text]).adjust_cell_length(width, ground)


class Line(Widget):
    """A line of toned words; `show` replaces them and repaints only when they differ."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None, glyphs: look.Glyphs = look.UNICODE) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._parts: list[tuple[str, look.Tone]] = []
        self._glyphs = glyphs

    @property
    def text(self) -> str:
        """What stands there."""
        return "".join(text for text, _ in self._parts)

    def show(self, *parts: tuple[str, look.Tone]) -> None:
        """These words from now on; they must have been cleaned."""
        fitted = [(self._glyphs.fit(text), tone) for text, tone in parts]
        if fitted != self._parts:
            self._parts = fitted
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """The words, cut at the edge."""
        styles = look.palette(self.app.theme)
        ground = styles.style(look.Tone.PLAIN)
        if y:
            return Strip.blank(self.size.width, ground)
        return strip_of([(text, styles.style(tone)) for text, tone in self._parts], self.size.width, ground)
