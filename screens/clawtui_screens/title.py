"""The terminal's title and tmux's window name carry what is wrong, so that a tab in the corner of an eye tells it; pure."""

from clawtui.clean import clean
from clawtui.engine.boundary.value import State
from clawtui_screens.look import Glyphs
from clawtui_screens.picture import Picture


def title_of(picture: Picture, glyphs: Glyphs) -> str:
    """`✗1 ▲2 eu-1`, or `● eu-1`."""
    summary = picture.summary
    if summary is None:
        return "clawtui"
    bad = sum(summary.counts.get(state, 0) for state in (State.DOWN, State.CRITICAL, State.REFUSED))
    warned = summary.counts.get(State.WARNING, 0)
    parts = [
        f"{glyphs.states[State.DOWN]}{bad}" if bad else "",
        f"{glyphs.states[State.WARNING]}{warned}" if warned else "",
    ]
    words = " ".join(part for part in parts if part) or glyphs.states[State.OK]
    return f"{words} {clean(summary.context, limit=40) or 'clawtui'}"


def title_sequence(words: str) -> str:
    """OSC 2 for terminals; tmux takes its pane title from it too. The words are clean: no control character can end it early."""
    return f"\x1b]2;{clean(words, limit=120)}\x07"
