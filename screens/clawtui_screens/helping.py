"""Help, generated from the bindings of what has focus; keys that are off say why."""

from collections.abc import Callable, Iterable, Mapping

from textual.binding import ActiveBinding

from clawtui.engine.boundary.value import State
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
    "deploy": "deploy",
    "service": "a service of a host",
    "reader": "here",
    "screen": "everywhere",
}


def passages(active: Iterable[ActiveBinding], reason: Callable[[str], str], keys: Mapping[str, str]) -> list[Passage]:
    """A line a key, under the place where it means that; ids are what settings rebind."""
    caps: dict[str, list[str]] = {}
    first: dict[str, ActiveBinding] = {}
    for entry in active:
        name = entry.binding.id
        if name:
            first.setdefault(name, entry)
            caps.setdefault(name, []).append(key_name(entry.binding.key))
    found: dict[str, list[Passage]] = {}
    for name, entry in first.items():
        names = (
            " ".join(key_name(key) for key in keys[name].split(","))
            if name in keys
            else " ".join(sorted(caps[name], key=len))
        )
        off = "" if entry.enabled else reason(entry.binding.action) or "off here"
        what = entry.binding.description
        runs = [
            (f" {names:<10}", Tone.DIM if off else Tone.ACCENT),
            (f"{what:<22}", Tone.DIM if off else Tone.PLAIN),
            (f"off: {off}" if off else f"{name:<20}", Tone.STALE if off else Tone.DIM),
        ]
        section = _TITLES.get(name.partition(".")[0], name.partition(".")[0])
        found.setdefault(section, []).append(Passage(runs, f"{names}  {what}"))
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
