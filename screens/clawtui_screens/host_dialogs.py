"""Two small questions of the host screen: which moment, and which format; one line at the bottom each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from clawtui.errors import UsageError
from clawtui_screens.export import Format
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.moment import ALLOWED, parse
from clawtui_screens.widgets.line import Line

CSS = """
MomentDialog, FormatDialog { align: center bottom; background: transparent; }
MomentDialog > Vertical, FormatDialog > Vertical { height: auto; width: 1fr; background: $raised; }
MomentDialog Input { border: none; height: 1; padding: 0 1; background: $cursor; color: $plain; }
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A typed moment; None is live."""

    at: float | None


class MomentDialog(ModalScreen[Chosen | None]):
    """`t`: a moment for every screen."""

    CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", "cancel", id="moment.cancel")]

    def __init__(self, clock: Callable[[], float], zone: tzinfo, glyphs: Glyphs) -> None:
        super().__init__()
        self._clock, self._zone, self._glyphs = clock, zone, glyphs

    def compose(self) -> ComposeResult:
        """What may be typed, and where."""
        with Vertical():
            yield Line(id="hint", glyphs=self._glyphs)
            yield Input(placeholder="03:08:10", id="moment", select_on_focus=False)

    def on_mount(self) -> None:
        """The cursor is in the line at once."""
        self.query_one("#hint", Line).show((f" which moment? {ALLOWED}; esc cancels", Tone.DIM))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A moment closes the dialog, anything else says what is wrong with it."""
        try:
            self.dismiss(Chosen(parse(event.value, self._clock(), self._zone)))
        except UsageError as error:
            self.query_one("#hint", Line).show((f" {error}", Tone.ERROR))

    def action_cancel(self) -> None:
        """Time stays as it is."""
        self.dismiss(None)


class FormatDialog(ModalScreen[Format | None]):
    """`Y`: what kind of file."""

    CSS = CSS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "choose('txt')", "text", id="export.txt"),
        Binding("c", "choose('csv')", "CSV", id="export.csv"),
        Binding("j", "choose('jsonl')", "JSON lines", id="export.jsonl"),
        Binding("s", "choose('svg')", "picture (SVG)", id="export.svg"),
        Binding("escape,q,Y", "choose('')", "cancel", id="export.cancel"),
    ]

    def __init__(self, what: str, glyphs: Glyphs) -> None:
        super().__init__()
        self._what, self._glyphs = what, glyphs

    def compose(self) -> ComposeResult:
        """One line."""
        with Vertical():
            yield Line(id="formats", glyphs=self._glyphs)

    def on_mount(self) -> None:
        """The keys and what they mean."""
        choices = (("t", "txt"), ("c", "csv"), ("j", "jsonl"), ("s", "svg"), ("esc", "cancel"))
        keys = [part for key, name in choices for part in ((f"  {key}", Tone.ACCENT), (f" {name}", Tone.PLAIN))]
        self.query_one("#formats", Line).show((f" export {self._what} as", Tone.PLAIN), *keys)

    def action_choose(self, form: str) -> None:
        """Nothing chosen cancels."""
        self.dismiss(Format(form) if form else None)
