"""One line of text that is painted straight into segments: the sentence, rules, footers."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens import look

Part = tuple[str, look.Tone]


class Line(Widget):
    """A line of toned words; what stands at the right edge leaves first when there is no room for both."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"

    def __init__(self, *, id: str | None = None, glyphs: look.Glyphs = look.UNICODE) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._left: list[Part] = []
        self._right: list[Part] = []
        self._glyphs = glyphs

    @property
    def text(self) -> str:
        """What stands at the left."""
        return "".join(words for words, _ in self._left)

    def show(self, *left: Part, right: Sequence[Part] = ()) -> None:
        """These words from now on; they must have been cleaned. Repaints only when they differ."""
        fitted = [[(self._glyphs.fit(words), tone) for words, tone in parts] for parts in (left, right)]
        if fitted != [self._left, self._right]:
            self._left, self._right = fitted
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Left, air, right."""
        styles, width = look.palette(self.app.theme), self.size.width
        ground = styles.style(look.Tone.PLAIN)
        if y:
            return Strip.blank(width, ground)
        left = Strip([Segment(words, styles.style(tone)) for words, tone in self._left])
        right = Strip([Segment(words, styles.style(tone)) for words, tone in self._right])
        room = width - right.cell_length
        if left.cell_length > width:
            return Strip.join([left.crop(0, width - 1), Strip([Segment(self._glyphs.more, ground)])])
        if left.cell_length > room:
            return left.adjust_cell_length(width, ground)
        return Strip.join([left.adjust_cell_length(room, ground), right])
