"""The two lines of words around the charts: the sentence above, events and cursor below; pure."""

from clawtui.clean import clean
from clawtui_screens import host_drawing, host_words, text
from clawtui_screens.host_state import WINDOW_WORDS, HostState
from clawtui_screens.look import Tone, state_tone
from clawtui_screens.widgets.timeaxis import Parts, axis_parts


def sentence_of(state: HostState) -> str:
    """What is wrong now, or what was so at the cursor."""
    desk = state.desk
    if state.moment is None:
        badges = " ".join(clean(badge, limit=40) for badge in state.view.badges) if state.view else ""
        words = host_words.sentence(state.host, state.view, state.offers, desk.clock(), state.age_s)
        return f"[{badges}] {words}" if badges else words
    moment, (start, end) = state.moment, state.span

    def value(metric: str) -> float | None:
        return state.history.series(metric, start, end).at(moment)

    return host_words.at_moment(
        state.offers, value, text.moment(moment, desk.clock(), desk.zone), desk.clock() - moment
    )


def whole_figures(words: str) -> str:
    """A sentence that was cut, without the figure that lost its unit."""
    whole = words.rpartition(" ")[0].rstrip(",;:")
    at = whole.rfind(", ")
    return whole[:at] if at > 0 and whole.rpartition(" ")[2][:1].isdigit() else whole


def tone_of(state: HostState) -> Tone:
    """Trouble has a colour; health and the past have none."""
    tone = state_tone(state.view.state) if state.view is not None else Tone.STALE
    return Tone.PLAIN if state.moment is not None or tone in {Tone.OK, Tone.DIM} else tone


def axis_of(state: HostState, focused: int, width: int) -> Parts:
    """Events of the window, and what the focused chart shows at the cursor."""
    scene = state.scene()
    metric = state.charted[focused] if focused < len(state.charted) else ""
    reading = host_drawing.reading(state.offers, metric, scene) or f"window {WINDOW_WORDS[state.zoom_window]}"
    extra = " · median" * (state.medians is not None) + " · yesterday" * (state.yesterdays is not None)
    return axis_parts(
        state.events(), scene.start, scene.end, width, scene.glyphs, cursor=scene.cursor, reading=reading + extra
    )
