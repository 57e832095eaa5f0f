"""Metrics that have no chart of their own: one line each with value, spark, limit and verdict."""

from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens import look
from clawtui_screens.cells import fitted, shortened, width_of
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.widgets.spark import spark

NAME, NAME_WIDE, VALUE, BARS = 16, 24, 9, 36
WIDE = 100


@dataclass(frozen=True, slots=True)
class MetricLine:
    """What one line says; all of it clean."""

    metric: str
    name: str
    value: str
    spark: tuple[float | None, ...] = ()
    verdict: str = ""
    tone: Tone = Tone.DIM
    # of value and verdict: only trouble has one
    limit: float | None = None
    above: bool = True
    word: str = ""
    # what is measured, behind the name of a service or device; it stays when the name is cut


class MetricLines(Widget):
    """As many lines as there is room for; the last one says how many are not shown."""

    DEFAULT_CSS = "MetricLines { height: auto; width: 1fr; }"

    class Chosen(Message):
        """A line was clicked: its metric wants a chart."""

        def __init__(self, metric: str) -> None:
            super().__init__()
            self.metric = metric

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name
        super().__init__(id=id)
        self._glyphs = glyphs
        self.lines: tuple[MetricLine, ...] = ()

    def show(self, lines: tuple[MetricLine, ...]) -> None:
        """These from now on."""
        if lines != self.lines:
            taller = len(lines) != len(self.lines)
            self.lines = lines
            self.refresh(layout=taller)

    @property
    def _named(self) -> bool:
        return any(line.word for line in self.lines)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """A line each."""
        del container, viewport, width
        return len(self.lines)

    def render_line(self, y: int) -> Strip:
        """Name, value, spark, verdict."""
        styles, width = look.palette(self.app.theme), self.size.width
        ground = styles.style(Tone.PLAIN)
        if y >= len(self.lines):
            return Strip.blank(width, ground)
        left = len(self.lines) - self.size.height
        if left > 0 and y == self.size.height - 1:
            words = self._glyphs.fit(f" … {left + 1} more: , and . bring them to the chart")
            return Strip([Segment(words, styles.style(Tone.DIM))]).adjust_cell_length(width, ground)
        line, fit, name = self.lines[y], self._glyphs.fit, NAME_WIDE if self._named and width >= WIDE else NAME
        trouble = line.tone in {Tone.ERROR, Tone.WARNING}
        verdict = fit(line.verdict)
        drawn = any(value is not None for value in line.spark)  # where nothing is, the reason has all the room
        beside = min(width_of(verdict), width // 2) if line.word and drawn else width_of(verdict)
        room = max(0, width - name - VALUE - 5 - max(beside, 24 if width >= 76 else 0))
        bars = spark(line.spark, min(BARS, room), self._glyphs, limit=line.limit, above=line.above)
        pieces = [
            (f" {_name(fit(line.name), fit(line.word), name, self._glyphs.more)}", Tone.PLAIN),
            (f"{fit(line.value):>{VALUE}}  ", line.tone if trouble else Tone.PLAIN),
            *bars,
            (f"  {verdict}", line.tone),
        ]
        segments = [
            Segment(text, styles.style(tone, bold=trouble and tone is line.tone)) for text, tone in pieces if text
        ]
        return Strip(segments).adjust_cell_length(width, ground)

    def on_click(self, event: events.Click) -> None:
        """Bring that metric to the chart."""
        if 0 <= event.y < len(self.lines):
            self.post_message(self.Chosen(self.lines[event.y].metric))


def _name(name: str, word: str, cells: int, more: str) -> str:
    """A part's name gives way to what is measured of it."""
    return fitted(f"{shortened(name, cells - width_of(word) - 1, more)} {word}" if word else name, cells)
