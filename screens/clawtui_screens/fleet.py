"""Fleet: is it broken, which host, since when, and what changed just before?"""

from textual.app import ComposeResult
from textual.reactive import var
from textual.screen import Screen

from clawtui.clean import clean
from clawtui_screens.desk import Desk
from clawtui_screens.look import Tone
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.widgets.bar import Bar
from clawtui_screens.widgets.keyline import KeyLine
from clawtui_screens.widgets.line import Line


class FleetScreen(Screen[None]):
    """The whole fleet as one list, worst first, and the strip of the selected host."""

    CSS_PATH = "fleet.tcss"

    picture: var[Picture] = var(NOTHING_KNOWN)
    moment: var[float | None] = var[float | None](None)
    frozen_at: var[float | None] = var[float | None](None)
    trouble: var[str] = var("")

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk

    def compose(self) -> ComposeResult:
        """The bar, the sentence, the table, the strip, the keys."""
        yield Bar(self._desk).data_bind(
            FleetScreen.picture, FleetScreen.moment, FleetScreen.frozen_at, FleetScreen.trouble
        )
        yield Line(id="sentence", glyphs=self._desk.glyphs)
        yield KeyLine(self._desk.glyphs)

    def watch_picture(self, picture: Picture) -> None:
        """A new state of the fleet."""
        if picture.summary is not None:
            self.query_one("#sentence", Line).show((f" {clean(picture.summary.headline)}", Tone.PLAIN))
