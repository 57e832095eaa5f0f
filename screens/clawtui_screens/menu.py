"""A short list to choose from: sort, export, columns. Letters choose at once, arrows and enter too."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens import keys, look
from clawtui_screens.cells import shortened, width_of
from clawtui_screens.look import Glyphs, Tone


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a menu."""

    id: str
    key: str
    # the letter that takes it
    words: str
    note: str = ""


class Menu(ModalScreen[str | None]):
    """Gives back the id of what was chosen, or None."""

    DEFAULT_CSS = "Menu { align: center middle; background: $ground 40%; }"
    BINDINGS: ClassVar[list[BindingType]] = keys.MENU

    def __init__(self, title: str, choices: Sequence[Choice], glyphs: Glyphs, *, chosen: str = "") -> None:
        super().__init__()
        self._title, self._choices, self._glyphs, self._chosen = title, list(choices), glyphs, chosen

    def compose(self) -> ComposeResult:
        """One painted box."""
        yield MenuBox(self._title, self._choices, self._glyphs, self._chosen)

    def action_close(self) -> None:
        """Nothing was chosen."""
        self.dismiss(None)


class MenuBox(Widget, can_focus=True):
    """A frame, a line a choice."""

    DEFAULT_CSS = "MenuBox { width: 60; max-width: 96%; height: auto; max-height: 96%; }"

    def __init__(self, title: str, choices: Sequence[Choice], glyphs: Glyphs, chosen: str) -> None:
        super().__init__()
        self._title, self._choices, self._glyphs = title, choices, glyphs
        self._at = next((place for place, choice in enumerate(choices) if choice.id == chosen), 0)

    def on_mount(self) -> None:
        """Keys come here."""
        self.screen.set_focus(self)

    def on_key(self, event: events.Key) -> None:
        """A letter takes its line."""
        taken = next((choice for choice in self._choices if event.character and choice.key == event.character), None)
        if taken is not None:  # before j and k: the letter that stands beside a line takes that line
            self.screen.dismiss(taken.id)
        elif event.key in ("down", "up", "j", "k"):
            self._at = (self._at + (1 if event.key in ("down", "j") else -1)) % len(self._choices)
            self.refresh()
        elif event.key == "enter":
            self.screen.dismiss(self._choices[self._at].id)
        else:
            return
        event.stop()

    def on_click(self, event: events.Click) -> None:
        """A line takes itself."""
        if 1 <= event.y <= len(self._choices):
            self.screen.dismiss(self._choices[event.y - 1].id)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """A line a choice, and the frame."""
        del container, viewport, width
        return len(self._choices) + 2

    def render_line(self, y: int) -> Strip:
        """Key, words, note."""
        style, width = look.palette(self.app.theme).style, self.size.width
        corners = "+-+|++" if self._glyphs.ascii else "╭─╮│╰╯"
        if y == 0:
            title = f" {shortened(self._glyphs.fit(self._title), width - 5)} "
            rest = corners[1] * max(0, width - 3 - width_of(title)) + corners[2]
            return Strip(
                [
                    Segment(corners[0] + corners[1], style(Tone.DIM)),
                    Segment(title, style(Tone.PLAIN, bold=True)),
                    Segment(rest, style(Tone.DIM)),
                ]
            )
        if y > len(self._choices):
            foot = f"{corners[4]}{corners[1] * (width - 2)}{corners[5]}"
            return Strip([Segment(foot, style(Tone.DIM))])
        choice, cursor = self._choices[y - 1], y - 1 == self._at
        body = Strip(
            [
                Segment(self._glyphs.cursor if cursor else " ", style(Tone.ACCENT, cursor=cursor)),
                Segment(f"{choice.key}  ", style(Tone.ACCENT, cursor=cursor)),
                Segment(self._glyphs.fit(choice.words), style(Tone.PLAIN, cursor=cursor)),
                Segment(f"  {self._glyphs.fit(choice.note)}", style(Tone.DIM, cursor=cursor)),
            ]
        ).adjust_cell_length(width - 2, style(Tone.PLAIN, cursor=cursor))
        edge = Strip([Segment(corners[3], style(Tone.DIM))])
        return Strip.join([edge, body, edge])
