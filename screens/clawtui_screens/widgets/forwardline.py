"""The line that says which ports lead where, as long as one does; nothing else takes its room."""

from rich.segment import Segment
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from clawtui.clean import clean
from clawtui.engine.boundary.forwards import ForwardView
from clawtui_screens import look, text
from clawtui_screens.cells import shortened, width_of
from clawtui_screens.look import Glyphs, Tone

Parts = list[tuple[str, Tone]]


class ForwardLine(Widget):
    """`forwards 127.0.0.1:8000 → web-1:8000 12 kB out 3 MB in, 2 open   F ends one`."""

    DEFAULT_CSS = "ForwardLine { height: 1; width: 1fr; display: none; }"

    forwards: reactive[tuple[ForwardView, ...]] = reactive(())

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs

    def watch_forwards(self, forwards: tuple[ForwardView, ...]) -> None:
        """It is there as long as a port is forwarded."""
        self.display = bool(forwards)

    def render_line(self, y: int) -> Strip:
        """As many as there is room for; the others are counted."""
        del y
        style, width = look.palette(self.app.theme).style, self.size.width
        parts = forward_parts(self.forwards, width)
        segments = [Segment(self._glyphs.fit(words), style(tone)) for words, tone in parts]
        return Strip(segments).adjust_cell_length(width, style(Tone.PLAIN))


def forward_parts(forwards: tuple[ForwardView, ...], width: int) -> Parts:
    """The way out first, then the ports; a failure has its colour."""
    parts: Parts = [(" F ends ", Tone.ACCENT)]
    used = width_of(parts[0][0])
    for number, forward in enumerate(forwards):
        piece = _piece(forward, width)
        size = sum(width_of(words) for words, _ in piece)
        rest = f"+{len(forwards) - number} more"
        if number and used + size + (len(rest) if number < len(forwards) - 1 else 0) > width:
            return [*parts, (rest, Tone.DIM)]
        parts += piece
        used += size
    return parts


def _piece(forward: ForwardView, width: int) -> Parts:
    """A narrow terminal loses words, never the bytes."""
    wide = width >= 100
    host = shortened(clean(forward.host, limit=200), 28 if wide else 16)
    here = f"127.0.0.1:{forward.local}" if wide else f":{forward.local}"
    flow = f"{text.measure(forward.sent, 'bytes')} out {text.measure(forward.received, 'bytes')} in"
    running = f", {forward.running} open" if forward.running and width >= 70 else ""
    words: Parts = [(f"{here} → {host}:{forward.remote} ", Tone.PLAIN), (f"{flow}{running}  ", Tone.DIM)]
    return [*words, (f"{clean(forward.words, limit=60)}  ", Tone.WARNING)] if forward.words else words
