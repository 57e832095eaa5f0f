"""One dialog for every question: a plan to confirm, a host key to trust, a secret, leaving. Danger has a different shape."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens import keys, look
from clawtui_screens.cells import wrapped
from clawtui_screens.look import Glyphs, Tone

GUARD_S = 0.3
# keys typed before anybody can have read the dialog are muscle memory, and discarded


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; all words have been cleaned."""

    title: str
    lines: Sequence[str]
    expected: str = ""
    # what must be typed to go on; any text where empty
    invite: str = ""
    # stands before what is typed
    hidden: bool = False
    # a secret: dots instead of letters
    tone: Tone = Tone.PLAIN
    refused: str = ""
    # nothing can be typed: why not


class Dialog(ModalScreen[str | None]):
    """Gives back what was typed, or None when it was closed."""

    DEFAULT_CSS = "Dialog { align: center middle; background: $ground 60%; }"
    BINDINGS: ClassVar[list[BindingType]] = keys.DIALOG

    def __init__(self, question: Question, glyphs: Glyphs, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self.question = question
        self._glyphs = glyphs
        self._clock = clock
        self._opened = clock()

    def compose(self) -> ComposeResult:
        """One painted box."""
        yield QuestionBox(self.question, self._glyphs)

    def on_mount(self) -> None:
        """The guard's time begins when it can be seen."""
        self._opened = self._clock()

    @property
    def guarded(self) -> bool:
        """Still too early for a key to be meant."""
        return self._clock() - self._opened < GUARD_S

    def action_close(self) -> None:
        """Nothing happens."""
        self.dismiss(None)


class QuestionBox(Widget, can_focus=True):
    """Title in the frame, lines that scroll, the typed words, and Cancel, which has the focus: enter alone never acts."""

    DEFAULT_CSS = "QuestionBox { width: 76; max-width: 96%; height: auto; max-height: 90%; }"

    def __init__(self, question: Question, glyphs: Glyphs) -> None:
        super().__init__()
        self._question, self._glyphs = question, glyphs
        self._typed = ""
        self._top = 0
        self._complaint = ""

    def on_mount(self) -> None:
        """Keys come here."""
        self.screen.set_focus(self)

    # ------------------------------------------------------------ keys

    def on_key(self, event: events.Key) -> None:
        """Letters are typed, enter decides, arrows scroll."""
        dialog = self.screen
        assert isinstance(dialog, Dialog)
        if not dialog.is_current:  # decided already; this key was on its way
            event.stop()
            return
        if event.key in ("tab", "shift+tab"):
            event.stop()
        if dialog.guarded and event.key != "escape":
            event.stop()
            event.prevent_default()
            return
        if event.key == "enter":
            event.stop()
            self._decide()
        elif event.key in ("up", "down", "pageup", "pagedown"):
            event.stop()
            self._scroll({"up": -1, "down": 1, "pageup": -8, "pagedown": 8}[event.key])
        elif event.key == "backspace":
            self._typed = self._typed[:-1]
        elif event.is_printable and event.character and not self._question.refused:
            event.stop()
            self._typed += event.character
            if self._question.expected == "y" and self._typed == "y":
                dialog.dismiss("y")
        self._complaint = "" if event.key != "enter" else self._complaint
        self.refresh()

    def on_paste(self, event: events.Paste) -> None:
        """A passphrase from a password manager; confirmations are typed, not pasted."""
        event.stop()
        if self._question.hidden:
            self._typed += event.text.rstrip("\r\n")
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Cancel can be clicked; nothing else can."""
        inner = self._inner()
        if event.y == self.size.height - 2 and event.x >= inner - 20:
            self.screen.dismiss(None)

    def _decide(self) -> None:
        question = self._question
        typed = self._typed if question.hidden else self._typed.strip()
        if question.refused or not typed:
            self.screen.dismiss(None)
        elif question.expected and typed != question.expected:
            self._complaint = f"that is not “{question.expected}”"
        else:
            self.screen.dismiss(typed)

    def _scroll(self, step: int) -> None:
        room = self.size.height - 4
        self._top = max(0, min(self._top + step, len(self._wrapped()) - room))

    # ------------------------------------------------------------ painting

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Frame, lines, an empty line, the typed line."""
        del container, viewport
        return len(self._wrapped(width - 4)) + 4

    def _inner(self) -> int:
        return self.size.width - 4

    def _wrapped(self, width: int | None = None) -> list[str]:
        room = max(10, width or self._inner())
        words = [self._glyphs.fit(line) for line in self._question.lines]
        return [part for line in words for part in wrapped(line, room)]

    def render_line(self, y: int) -> Strip:
        """A frame in the tone of the question around its words."""
        style, height, inner = look.palette(self.app.theme).style, self.size.height, self._inner()
        edge = style(self._question.tone if self._question.tone is not Tone.PLAIN else Tone.DIM)
        corners = "+-+|++" if self._glyphs.ascii else "╭─╮│╰╯"
        if y in (0, height - 1):
            left, right = (corners[0], corners[2]) if y == 0 else (corners[4], corners[5])
            title = f" {self._glyphs.fit(self._question.title)} " if y == 0 else ""
            title = set_cell_size(title, min(cell_len(title), inner))
            rest = corners[1] * max(0, self.size.width - 3 - cell_len(title))
            return Strip(
                [
                    Segment(left + corners[1], edge),
                    Segment(title, style(self._question.tone, bold=True)),
                    Segment(rest + right, edge),
                ]
            )
        lines = self._wrapped()
        room = height - 4
        if y == height - 2:
            body = self._typing(inner)
        elif y - 1 < room and self._top + y - 1 < len(lines):
            more = y == room and self._top + room < len(lines)
            words = (
                f"{self._glyphs.more} {len(lines) - self._top - room + 1} more lines, ↓ scrolls"
                if more
                else lines[self._top + y - 1]
            )
            body = Strip([Segment(self._glyphs.fit(words), style(Tone.PLAIN if not more else Tone.DIM))])
        else:
            body = Strip([])
        frame = Segment(f"{corners[3]} ", edge), Segment(f" {corners[3]}", edge)
        return Strip.join([Strip([frame[0]]), body.adjust_cell_length(inner, style(Tone.PLAIN)), Strip([frame[1]])])

    def _typing(self, inner: int) -> Strip:
        style, question = look.palette(self.app.theme).style, self._question
        typed = ("*" if self._glyphs.ascii else "•") * len(self._typed) if question.hidden else self._typed
        cancel = "[ Cancel ] esc"
        if question.refused:
            words = [Segment(self._glyphs.fit(question.refused), style(Tone.ERROR))]
        else:
            room = max(4, inner - len(cancel) - cell_len(question.invite) - 4)
            words = [
                Segment(f"{self._glyphs.fit(question.invite)} ", style(Tone.DIM)),
                Segment(
                    f"{typed[-room:]}{self._glyphs.cursor if not self._glyphs.ascii else '_'}",
                    style(Tone.ACCENT, bold=True),
                ),
                Segment(f"  {self._glyphs.fit(self._complaint)}", style(Tone.ERROR)),
            ]
        left = Strip(words).adjust_cell_length(max(0, inner - len(cancel)), style(Tone.PLAIN))
        return Strip.join(
            [
                left,
                Strip([Segment(cancel[:10], style(Tone.ACCENT, cursor=True)), Segment(cancel[10:], style(Tone.DIM))]),
            ]
        )
