"""`;`: a letter on each pane, one key goes there."""

from collections.abc import Sequence

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens import look
from clawtui_screens.look import Tone

LETTERS = "asdfghjklqwertyuiop"


class Jump(ModalScreen[int | None]):
    """Gives back the number of the pane."""

    DEFAULT_CSS = "Jump { background: $ground 30%; }"

    def __init__(self, places: Sequence[Offset]) -> None:
        super().__init__()
        self._places = list(places)[: len(LETTERS)]

    def compose(self) -> ComposeResult:
        """A letter a pane."""
        for number, place in enumerate(self._places):
            letter = Letter(LETTERS[number])
            letter.styles.offset = (place.x + 1, place.y)
            yield letter

    def on_key(self, event: events.Key) -> None:
        """A letter jumps, anything else closes."""
        event.stop()
        number = LETTERS.find(event.character or "?")
        self.dismiss(number if 0 <= number < len(self._places) else None)


class Letter(Widget):
    """One key cap."""

    DEFAULT_CSS = "Letter { width: 3; height: 1; position: absolute; }"

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter

    def render_line(self, y: int) -> Strip:
        """The letter."""
        del y
        return Strip([Segment(f" {self._letter} ", look.palette(self.app.theme).band(Tone.ACCENT))])
