"""The line at the bottom: `:` commands, `/` find, `&` filter, `t` time. Tab completes, the arrows recall."""

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from clawtui_screens import keys
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.messages import Typing
from clawtui_screens.widgets.line import Line

Complete = Callable[[str], Sequence[str]]
# what the whole line could become


class PromptLine(ModalScreen[str | None]):
    """Gives back the line, or None; the screen below stays in view, and hears every letter by `Typing`."""

    DEFAULT_CSS = """
    PromptLine { align: left bottom; background: transparent; }
    PromptLine Vertical { height: 2; background: $ground; }
    PromptLine Horizontal { height: 1; }
    PromptLine #sign { width: auto; min-width: 2; }
    PromptLine Input, PromptLine Input:focus {
        border: none; height: 1; padding: 0; width: 1fr; background: $raised; color: $plain;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = keys.PROMPT

    def __init__(
        self,
        sign: str,
        hint: str,
        *,
        glyphs: Glyphs,
        past: Sequence[str] = (),
        value: str = "",
        complete: Complete | None = None,
    ) -> None:
        super().__init__()
        self._sign, self._hint, self._glyphs = sign, hint, glyphs
        self._past, self._value = list(past), value
        self._complete = complete
        self._place = len(self._past)

    def compose(self) -> ComposeResult:
        """A line of help or completions over the line that is typed."""
        with Vertical():
            yield Line(id="hint", glyphs=self._glyphs)
            with Horizontal():
                sign = Line(id="sign", glyphs=self._glyphs)
                sign.styles.width = len(self._sign) + 2
                yield sign
                yield Input(self._value, select_on_focus=False)

    def on_mount(self) -> None:
        """Type at once."""
        self.query_one("#sign", Line).show((f" {self._sign} ", Tone.ACCENT))
        self._advise()
        line = self.query_one(Input)
        self.set_focus(line)  # at once: `focus()` would come after the keys that wait
        line.cursor_position = len(self._value)

    @on(Input.Changed)
    def _typed(self, message: Input.Changed) -> None:
        message.stop()
        self._advise()
        self.app.post_message(Typing(self._sign, message.value))

    @on(Input.Submitted)
    def _entered(self, message: Input.Submitted) -> None:
        message.stop()
        self.dismiss(message.value)

    def _advise(self) -> None:
        words = self.query_one(Input).value
        offers = list(self._complete(words)) if self._complete and words else []
        shown = "   ".join(offer.rsplit(" ", 1)[-1] for offer in offers[:12])
        self.query_one("#hint", Line).show((f" {shown or self._hint}", Tone.DIM))

    def action_complete(self) -> None:
        """As far as all offers agree; all of it when there is one."""
        line = self.query_one(Input)
        offers = list(self._complete(line.value)) if self._complete else []
        if offers:
            line.value = agreed(offers, line.value)
            line.cursor_position = len(line.value)

    def action_recall(self, step: int) -> None:
        """Lines of before."""
        if not self._past:
            return
        self._place = max(0, min(len(self._past), self._place + step))
        line = self.query_one(Input)
        line.value = self._past[self._place] if self._place < len(self._past) else ""
        line.cursor_position = len(line.value)

    def action_close(self) -> None:
        """Nothing was asked."""
        self.dismiss(None)


def agreed(offers: Sequence[str], typed: str) -> str:
    """The longest beginning that all offers share; a single offer gets a space behind it."""
    if len(offers) == 1:
        return f"{offers[0]} "
    first, last = min(offers), max(offers)
    length = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:length] if length > len(typed) else typed
