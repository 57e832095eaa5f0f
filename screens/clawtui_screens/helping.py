"""Help, generated from the bindings of what has focus; keys that are off say why."""

from collections.abc import Callable, Iterable, Mapping

from textual.binding import ActiveBinding

from clawtui.engine.boundary import State
from clawtui_screens import look
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.reader import Passage
from clawtui_screens.widgets.keyline import key_name

_TITLES = {
    "app": "everywhere",
    "list": "list",
    "fleet": "fleet",
    "host": "host",
    "chart": "charts",
    "reader": "here",
    "screen": "everywhere",
}


def passages(active: Iterable[ActiveBinding], reason: Callable[[str], str], keys: Mapping[str, str]) -> list[Passage]:
    """A line a key, under the place where it means that; ids are what settings rebind."""
    found: dict[str, list[Passage]] = {}
    seen: set[str] = set()
    for entry in active:
        binding = entry.binding
        if not binding.id or binding.id in seen:
            continue
        seen.add(binding.id)
        names = " ".join(key_name(key) for key in keys.get(binding.id, binding.key).split(","))
        off = "" if entry.enabled else reason(binding.action.partition("(")[0]) or "off here"
        tone = Tone.PLAIN if entry.enabled else Tone.DIM
        runs = [
            (f" {names:<9}", Tone.ACCENT if entry.enabled else Tone.DIM),
            (f"{binding.description:<18}", tone),
            (f"{binding.id:<18}", Tone.DIM),
            (f"off: {off}" if off else "", Tone.STALE),
        ]
        section = _TITLES.get(binding.id.partition(".")[0], binding.id.partition(".")[0])
        found.setdefault(section, []).append(Passage(runs, f"{names}  {binding.description}"))
    lines: list[Passage] = []
    for section, entries in found.items():
        lines += [Passage([(section, Tone.PLAIN)]), *entries]
    return lines


def legend(glyphs: Glyphs) -> list[Passage]:
    """The second page: glyphs and colours."""
    words = {
        State.DOWN: "no answer by SSH",
        State.CRITICAL: "a critical rule is broken",
        State.REFUSED: "its key changed, or its configuration asks for what no link honours",
        State.STALE: "no sample for three periods; numbers are not current",
        State.WARNING: "a rule is broken",
        State.NO_AGENT: "SSH works, no agent answers",
        State.DRAINED: "taken out of traffic on purpose",
        State.UNKNOWN: "nothing can be said",
        State.LOADING: "not heard of yet",
        State.OK: "no rule is broken",
    }
    lines = [Passage([("states, worst first", Tone.PLAIN)])]
    for state, meaning in words.items():
        tone = look.state_tone(state)
        lines.append(Passage([(f" {glyphs.states[state]} {look.state_word(state):<9}", tone), (meaning, Tone.DIM)]))
    lines += [
        Passage([("signs", Tone.PLAIN)]),
        Passage(
            [(f" {glyphs.cursor} cursor   {glyphs.mark} marked   {glyphs.nothing} unknown or not current", Tone.DIM)]
        ),
        Passage([(f" {glyphs.spark} thirty minutes, oldest left; what is past the limit has colour", Tone.DIM)]),
    ]
    return lines
