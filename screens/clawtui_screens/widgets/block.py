"""Some lines of toned words, as high as there are lines."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens import look
from clawtui_screens.widgets.line import Part


class Block(Widget):
    """Painted straight into segments; what does not fit is cut at the edge."""

    DEFAULT_CSS = "Block { height: 0; width: 1fr; }"

    def __init__(self, glyphs: look.Glyphs, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._glyphs = glyphs
        self._lines: Sequence[Sequence[Part]] = ()

    def show(self, lines: Sequence[Sequence[Part]]) -> None:
        """These from now on; they must have been cleaned."""
        if lines != self._lines:
            if len(lines) != len(self._lines):
                self.styles.height = len(lines)
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One of them."""
        style, width = look.palette(self.app.theme).style, self.size.width
        parts = self._lines[y] if y < len(self._lines) else ()
        segments = [Segment(self._glyphs.fit(words), style(tone)) for words, tone in parts]
        return Strip(segments).adjust_cell_length(width, style(look.Tone.PLAIN))
