"""The footer: the keys of what has focus, derived from the bindings themselves."""

from rich.segment import Segment
from textual.app import ComposeResult
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from clawtui_screens import look
from clawtui_screens.look import Glyphs, Tone

KEY_NAMES = {
    "question_mark": "?", "colon": ":", "slash": "/", "escape": "esc", "left_square_bracket": "[", "right_square_bracket": "]",
    "grave_accent": "`", "semicolon": ";", "exclamation_mark": "!", "equals_sign": "=", "ampersand": "&", "tilde": "~",
    "less_than_sign": "<", "greater_than_sign": ">", "plus": "+", "minus": "-", "comma": ",", "full_stop": ".",
    "left": "←", "right": "→", "up": "↑", "down": "↓", "pageup": "pgup", "pagedown": "pgdn", "ctrl+p": "ctrl+p",
}  # fmt: skip


def key_name(key: str) -> str:
    """What stands on the key cap."""
    return KEY_NAMES.get(key, key)


def _acts(key: str) -> bool:
    """Acting keys are capitals; one that is off has no place in the footer, `?` says why it is off."""
    return len(key) == 1 and key.isupper()


class KeyLine(Widget):
    """Keys that are worth a place in the footer, in the order in which they are bound; acting keys stand at the right."""

    DEFAULT_CSS = "KeyLine { height: 1; width: 1fr; dock: bottom; }"

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs

    def compose(self) -> ComposeResult:
        """Nothing inside: one painted line."""
        yield from ()

    def on_mount(self) -> None:
        """Focus and arming change what keys do."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, screen: Screen[object]) -> None:
        if screen is self.screen:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """`? help  : command`; a narrow terminal shows the keys alone for the general ones."""
        del y
        styles, width = look.palette(self.app.theme), self.size.width
        left: list[Segment] = [Segment(" ", styles.style(Tone.PLAIN))]
        right: list[Segment] = []
        shown = [
            active
            for active in self.screen.active_bindings.values()
            if active.binding.show and (active.enabled or not _acts(active.binding.key))
        ]
        pairs = {
            active.binding.description: [a for a in shown if a.binding.description == active.binding.description]
            for active in shown
        }
        for words, together in pairs.items():  # , and . are one thing to do: `, . metric`
            first = together[0]
            by_action = {active.binding.action: active.binding.key for active in reversed(together)}
            key = " ".join(self._glyphs.fit(key_name(k)) for k in reversed(by_action.values()))
            bare = width < 100 and (first.binding.tooltip or "").startswith("~")
            side = right if _acts(key) else left
            side.append(Segment(key, styles.style(Tone.ACCENT if first.enabled else Tone.DIM)))
            side.append(Segment("  " if bare else f" {words}  ", styles.style(Tone.DIM)))
        room = width - sum(segment.cell_length for segment in right)
        while sum(segment.cell_length for segment in left) > room and len(left) > 1:
            del left[-2:]  # a key and its words, whole: `?` shows them all
        strip = Strip(left).adjust_cell_length(max(0, room), styles.style(Tone.PLAIN))
        return Strip.join([strip, Strip(right)]).adjust_cell_length(width, styles.style(Tone.PLAIN))
