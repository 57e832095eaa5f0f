"""The first run: hosts that ssh and Ansible know, marked with space, become a context. Nothing has been connected to."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen

from clawtui.clean import clean
from clawtui.engine.boundary.contexts import Candidate, Candidates
from clawtui_screens import keys, text
from clawtui_screens.cells import fitted
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.widgets.keyline import KeyLine
from clawtui_screens.widgets.line import Line
from clawtui_screens.widgets.table import Cells, Key, Table

NAME, ADDRESS = 28, 24


class Picker(ModalScreen[tuple[str, ...] | None]):
    """Gives back the names that were marked, or None; the context's name is asked for afterwards."""

    DEFAULT_CSS = """
    Picker { background: $ground; }
    Picker Vertical { width: 1fr; height: 1fr; background: $ground; }
    """
    BINDINGS: ClassVar[list[BindingType]] = keys.PICKER

    def __init__(self, known: Candidates, glyphs: Glyphs) -> None:
        super().__init__()
        self._hosts: Sequence[Candidate] = known.hosts
        self._known, self._glyphs = known, glyphs
        self.marks: frozenset[Key] = frozenset()

    def compose(self) -> ComposeResult:
        """What this is, the hosts, the keys."""
        with Vertical():
            yield Line(id="picker-title", glyphs=self._glyphs)
            yield Line(id="picker-more", glyphs=self._glyphs)
            yield Table(self._glyphs, self._paint, id="candidates")
            yield KeyLine(self._glyphs)

    def on_mount(self) -> None:
        """Everything is known already."""
        self.query_one(Table).show([("host", str(number)) for number in range(len(self._hosts))])
        self.query_one(Table).focus()
        self._tell()

    def _tell(self) -> None:
        hosts = text.plural(len(self._hosts), "host")
        said = f" Which of these {hosts} are your fleet? {len(self.marks)} marked; nothing has been connected to"
        self.query_one("#picker-title", Line).show((said, Tone.ACCENT))
        hashed = f"{self._known.hashed} more in known_hosts have hashed names" if self._known.hashed else ""
        more = "; ".join(part for part in (hashed, *(clean(p, limit=200) for p in self._known.problems)) if part)
        self.query_one("#picker-more", Line).show(
            (f" {more or 'from ~/.ssh/config, known_hosts and Ansible'}", Tone.DIM)
        )

    def _paint(self, key: Key) -> Cells:
        host = self._hosts[int(key[1])]
        name, address = clean(host.name, limit=200), clean(host.address, limit=200)
        runs = [
            (f"{fitted(name, NAME)}  ", Tone.PLAIN),
            (f"{fitted(address if address != name else '', ADDRESS)}  ", Tone.DIM),
            (clean(host.source, limit=200), Tone.DIM),
        ]
        return Cells(" ", Tone.DIM, (runs,), whole=True)

    def _mark(self, marks: frozenset[Key]) -> None:
        self.marks = marks
        self.query_one(Table).mark(marks)
        self._tell()

    def action_mark(self) -> None:
        """This row, and on to the next."""
        table = self.query_one(Table)
        if table.cursor is not None:
            self._mark(self.marks ^ {table.cursor})
            table.action_move(1)

    def action_mark_all(self) -> None:
        """All of them."""
        self._mark(frozenset(self.query_one(Table).keys))

    def action_unmark(self) -> None:
        """None of them."""
        self._mark(frozenset())

    def action_take(self) -> None:
        """The marked ones; the one under the cursor where none is."""
        cursor = self.query_one(Table).cursor
        wanted = self.marks or (frozenset({cursor}) if cursor is not None else frozenset[Key]())
        names = [host.name for number, host in enumerate(self._hosts) if ("host", str(number)) in wanted]
        if names:
            self.dismiss(tuple(names))

    @on(Table.Opened)
    def _opened(self) -> None:
        self.action_take()

    def action_close(self) -> None:
        """Nothing is written."""
        self.dismiss(None)
