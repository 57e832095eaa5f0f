"""Lines to read over the screen: help, results of a run, a diagnosis, the actions taken. A line can be copied."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from clawtui_screens import keys
from clawtui_screens.cells import width_of, wrapped
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.messages import CopyOut
from clawtui_screens.widgets.keyline import KeyLine
from clawtui_screens.widgets.line import Line
from clawtui_screens.widgets.table import Cells, Key, Table

Runs = Sequence[tuple[str, Tone]]
GUTTER = 4
# of the table: cursor, glyph, mark, and what a scroll bar takes


@dataclass(frozen=True, slots=True)
class Passage:
    """One line; `copy` is what `y` takes where it differs from what is shown."""

    runs: Runs
    copy: str = ""

    @property
    def words(self) -> str:
        """What stands there."""
        return self.copy or "".join(part for part, _ in self.runs).strip()


class Reader(ModalScreen[None]):
    """A title and lines; esc or q closes."""

    DEFAULT_CSS = """
    Reader { background: $ground 60%; align: center middle; }
    Reader Vertical { width: 96%; height: 90%; background: $ground; border: round $dim; }
    Reader.-ascii Vertical { border: ascii $dim; }
    """
    BINDINGS: ClassVar[list[BindingType]] = keys.READER

    def __init__(
        self, title: str, passages: Sequence[Passage], glyphs: Glyphs, *, more: Sequence[Passage] = ()
    ) -> None:
        super().__init__()
        self._title, self._passages, self._more, self._glyphs = title, list(passages), list(more), glyphs
        self._lines: list[tuple[int, Runs]] = []
        # the number of a passage, and what of it stands on one line
        self.set_class(glyphs.ascii, "-ascii")

    def compose(self) -> ComposeResult:
        """Title, lines, keys."""
        with Vertical():
            yield Line(id="reader-title", glyphs=self._glyphs)
            yield Table(self._glyphs, self._paint, id="lines", opens=False)
            yield KeyLine(self._glyphs)

    def on_mount(self) -> None:
        """Everything is known already."""
        self.query_one("#reader-title", Line).show((f" {self._title}", Tone.ACCENT))
        self._fill()
        self.query_one(Table).focus()

    def _fill(self) -> None:
        """Long lines go on below, under their own beginning."""
        table = self.query_one(Table)
        room = table.size.width - GUTTER
        self._lines = [
            (number, runs) for number, passage in enumerate(self._passages) for runs in _folded(passage.runs, room)
        ]
        table.show([("line", str(number)) for number in range(len(self._lines))])
        table.repaint()

    def on_resize(self) -> None:
        """Folded anew, once the table knows its width."""
        self.call_after_refresh(self._fill)

    def add(self, passages: Sequence[Passage]) -> None:
        """More lines arrived."""
        self._passages += passages
        self._fill()

    def _paint(self, key: Key) -> Cells:
        return Cells(" ", Tone.DIM, (self._lines[int(key[1])][1],), whole=True)

    def action_copy(self) -> None:
        """The line under the cursor."""
        key = self.query_one(Table).cursor
        if key is not None:
            passage = self._passages[self._lines[int(key[1])][0]]
            self.post_message(CopyOut(passage.words, "line"))

    def action_more(self) -> None:
        """Help has a second page."""
        if self._more:
            self._passages, self._more = self._more, self._passages
            self._fill()

    def action_close(self) -> None:
        """Back."""
        self.dismiss(None)


def _folded(runs: Runs, room: int) -> list[Runs]:
    """The last run goes on below itself where there is room for that; what stands before it stays on the first line."""
    if not runs or sum(width_of(words) for words, _ in runs) <= room:
        return [runs]
    (words, tone), before = runs[-1], runs[:-1]
    text = words.lstrip(" ")
    indent = sum(width_of(part) for part, _ in before) + len(words) - len(text)
    if indent > room // 2:
        return [runs]
    first, *rest = wrapped(text, room - indent)
    lead = words[: len(words) - len(text)]
    return [[*before, (lead + first, tone)], *([(" " * indent + more, tone)] for more in rest)]
