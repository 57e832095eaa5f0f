"""A list of ten thousand rows that costs what is visible: rows are keys, cells are asked for when a line is painted."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from clawtui_screens import keys, look
from clawtui_screens.look import Glyphs, Tone

Runs = Sequence[tuple[str, Tone]]
Key = tuple[str, str]
# what a row stands for, and its name


@dataclass(frozen=True, slots=True)
class Cells:
    """One painted row: the glyph in the gutter and a list of runs for each column."""

    glyph: str
    tone: Tone
    cells: tuple[Runs, ...]
    whole: bool = False
    # one cell over the whole width: a heading


@dataclass(frozen=True, slots=True)
class Head:
    """One column as the table sees it."""

    id: str
    title: str
    width: int
    right: bool


class Table(ScrollView, can_focus=True):
    """The cursor is tied to a key, not to a line; a bar and a background show it, marks stand beside the glyph."""

    BINDINGS: ClassVar[list[BindingType]] = keys.LIST
    DEFAULT_CSS = "Table { height: 1fr; width: 1fr; overflow-x: hidden; overflow-y: auto; }"

    class Moved(Message):
        """The cursor stands on another row."""

        def __init__(self, key: Key | None) -> None:
            super().__init__()
            self.key = key

    class Opened(Message):
        """Enter, or a second click."""

        def __init__(self, key: Key) -> None:
            super().__init__()
            self.key = key

    class Headed(Message):
        """A click on a column's title."""

        def __init__(self, column: str) -> None:
            super().__init__()
            self.column = column

    def __init__(
        self,
        glyphs: Glyphs,
        paint: Callable[[Key], Cells],
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
        opens: bool = True,
    ) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._paint = paint
        self._opens = opens
        self._keys: Sequence[Key] = ()
        self._heads: Sequence[Head] = ()
        self._cursor = 0
        self._held = False
        # somebody has looked around: before that the cursor waits on the first row, whatever comes to stand there
        self._marks: frozenset[Key] = frozenset()
        self._strips: dict[Key, Strip] = {}
        # painted rows without cursor; dropped when data or width change
        self._lines: tuple[Key | None, ...] = ()
        # which row stood on which line at the last look

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Lines that are only read do not open."""
        del parameters
        return self._opens or action != "open"

    # ------------------------------------------------------------ what it shows

    @property
    def keys(self) -> Sequence[Key]:
        """Rows from top to bottom."""
        return self._keys

    @property
    def cursor(self) -> Key | None:
        """The key under the cursor."""
        return self._keys[self._cursor] if self._keys else None

    def show(self, keys: Sequence[Key]) -> None:
        """These rows, with new data; the cursor stays on its key, or on its line when the key is gone."""
        before, index = self.cursor, self._cursor
        self._keys = keys
        self._cursor = min(index, max(0, len(keys) - 1))
        if before is not None and self.cursor != before and self._held:
            self._cursor = _place(keys, before, self._cursor)
        self._refresh_changed()
        size = Size(0, len(keys) + 1)
        if size != self.virtual_size:  # setting it lays the screen out again
            self.virtual_size = size
            self.refresh()
        if self._cursor != index and before == self.cursor:  # rows moved: what is looked at stays in view
            self._scroll_to_cursor()
        if self.cursor != before:
            self.post_message(self.Moved(self.cursor))

    def head(self, heads: Sequence[Head]) -> None:
        """Other columns."""
        if heads != self._heads:
            self._heads = heads
            self._strips.clear()
            self.refresh()

    def mark(self, marks: frozenset[Key]) -> None:
        """Which rows are marked."""
        if marks != self._marks:
            self._marks = marks
            self._strips.clear()
            self.refresh()

    def repaint(self) -> None:
        """Ages went on, the theme changed: only lines that look different are sent."""
        self._refresh_changed()

    def hold(self) -> None:
        """From now on the cursor stays with its row."""
        self._held = True

    def go(self, key: Key) -> None:
        """Put the cursor on a row."""
        if key in self._keys:
            self._move_to(list(self._keys).index(key))

    def _refresh_changed(self) -> None:
        old, self._strips = self._strips, {}
        before, top = self._lines, self.scroll_offset.y
        places = range(top, top + max(0, self.size.height - 1))
        self._lines = tuple(self._keys[index] if index < len(self._keys) else None for index in places)
        for line, key in enumerate(self._lines):
            moved = key is None or before[line : line + 1] != (key,)
            if key is None or old.get(key) != self._strip(key) or moved or top + line == self._cursor:
                self.refresh(Region(0, line + 1, self.size.width, 1))

    # ------------------------------------------------------------ painting

    def render_line(self, y: int) -> Strip:
        """Titles first, then the rows that are in view."""
        styles, width = look.palette(self.app.theme), self.size.width
        if y == 0:
            return self._titles(width)
        index = y - 1 + self.scroll_offset.y
        if index >= len(self._keys):
            return Strip.blank(width, styles.style(Tone.PLAIN))
        key = self._keys[index]
        return self._painted(key, cursor=True) if index == self._cursor else self._strip(key)

    def _strip(self, key: Key) -> Strip:
        strip = self._strips.get(key)
        if strip is None:
            strip = self._strips[key] = self._painted(key, cursor=False)
        return strip

    def _painted(self, key: Key, *, cursor: bool) -> Strip:
        style = look.palette(self.app.theme).style
        row, width = self._paint(key), self.size.width
        mark = self._glyphs.mark if key in self._marks else " "
        segments = [
            Segment(self._glyphs.cursor if cursor else " ", style(Tone.ACCENT, cursor=cursor)),
            Segment(row.glyph, style(row.tone, cursor=cursor)),
            Segment(mark, style(Tone.ACCENT, cursor=cursor, bold=True)),
        ]
        if row.whole:
            segments += [Segment(self._glyphs.fit(text), style(tone, cursor=cursor)) for text, tone in row.cells[0]]
            return Strip(segments).adjust_cell_length(width, style(Tone.PLAIN, cursor=cursor))
        used = len(segments)
        for place, (head, runs) in enumerate(zip(self._heads, row.cells, strict=False)):
            for text, tone in _aligned(runs, head, "  " if place else "", self._glyphs):
                segments.append(Segment(text, style(tone, cursor=cursor, bold=cursor and place == 0)))
            used += head.width + (2 if place else 0)
        if used == width:  # nearly always: the last column takes what is left
            return Strip(segments, width)
        return Strip(segments).adjust_cell_length(width, style(Tone.PLAIN, cursor=cursor))

    def _titles(self, width: int) -> Strip:
        style = look.palette(self.app.theme).style
        words = "   " + "  ".join(
            self._glyphs.fit(head.title)[: head.width].rjust(head.width) if head.right
            else set_cell_size(self._glyphs.fit(head.title), head.width)
            for head in self._heads
        )  # fmt: skip
        return Strip([Segment(words, style(Tone.DIM))]).adjust_cell_length(width, style(Tone.PLAIN))

    # ------------------------------------------------------------ moving

    def _move_to(self, index: int) -> None:
        index = max(0, min(index, len(self._keys) - 1))
        self._held = True
        if index == self._cursor or not self._keys:
            return
        before, self._cursor = self._cursor, index
        for row in (before, index):
            self.refresh(Region(0, row - self.scroll_offset.y + 1, self.size.width, 1))
        self._scroll_to_cursor()
        self.post_message(self.Moved(self.cursor))

    def _scroll_to_cursor(self) -> None:
        room = max(1, self.size.height - 1)
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + room:
            self.scroll_to(y=self._cursor - room + 1, animate=False)

    def action_move(self, step: int) -> None:
        """One row."""
        self._move_to(self._cursor + step)

    def action_page(self, step: int) -> None:
        """One screenful, less a row to hold on to."""
        self._move_to(self._cursor + step * max(1, self.size.height - 2))

    def action_edge(self, side: int) -> None:
        """First or last row."""
        self._move_to(0 if side < 0 else len(self._keys) - 1)

    def action_open(self) -> None:
        """What the row stands for."""
        if self._keys:
            self.post_message(self.Opened(self._keys[self._cursor]))

    def on_click(self, event: events.Click) -> None:
        """A row, or a title."""
        if event.y == 0:
            left = 3
            for head in self._heads:
                if left <= event.x < left + head.width:
                    self.post_message(self.Headed(head.id))
                left += head.width + 2
            return
        index = event.y - 1 + self.scroll_offset.y
        if index < len(self._keys):
            again = index == self._cursor
            self._move_to(index)
            if again and event.chain > 1:
                self.action_open()

    def on_resize(self) -> None:
        """The cursor stays in view."""
        self._strips.clear()
        self._scroll_to_cursor()


def _place(keys: Sequence[Key], key: Key, otherwise: int) -> int:
    try:
        return keys.index(key)
    except ValueError:
        return otherwise


def _aligned(runs: Runs, head: Head, gap: str, glyphs: Glyphs) -> Runs:
    """Runs cut and filled to the column's width; what was cut ends with an ellipsis. Blanks join the words beside them."""
    fitted = [(glyphs.fit(text), tone) for text, tone in runs if text] or [("", Tone.DIM)]
    lengths = [len(text) if text.isascii() else cell_len(text) for text, _ in fitted]
    fill = head.width - sum(lengths)
    if fill >= 0:
        before, after = (gap + " " * fill, "") if head.right else (gap, " " * fill)
        if len(fitted) == 1:
            return [(f"{before}{fitted[0][0]}{after}", fitted[0][1])]
        (first, tone), (last, end) = fitted[0], fitted[-1]
        return [(before + first, tone), *fitted[1:-1], (last + after, end)]
    room = head.width - 1
    kept: list[tuple[str, Tone]] = [(gap, Tone.DIM)]
    for (text, tone), length in zip(fitted, lengths, strict=True):
        kept.append((set_cell_size(text, min(length, room)), tone))
        room -= min(length, room)
    return [*kept, (glyphs.more, fitted[-1][1])]
