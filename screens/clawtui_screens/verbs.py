"""What may stand behind `:`, in the grammar of the command line, and how it is completed; pure."""

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clawtui.errors import UsageError

SCREEN_VERBS = {
    "status": "status SELECTOR: list these hosts only",
    "hosts": "hosts SELECTOR: the same",
    "host": "host NAME: open a host",
    "doctor": "doctor NAME: what stands between you and a host, each with its remedy",
    "shell": "shell NAME: a shell there, recorded, not guarded",
    "forward": "forward NAME [LOCAL:]REMOTE: a port of this machine that leads there, until the screens end",
    "view": "view NAME, view save NAME, view rm NAME: filter, sort, group, columns and window, kept for good",
    "ctx": "ctx NAME, ctx all: another context, or all of them in one list; acting is for one at a time",
    "set": "set theme NAME, set tz ZONE",
    "actions": "actions: what was done",
    "help": "help",
    "quit": "quit",
}
ACTING_VERBS = {
    "run": "run SELECTOR -- COMMAND",
    "agent": "agent install|upgrade|remove SELECTOR",
    "trust": "trust HOST, trust SELECTOR --from FILE",
    "service": "service start|stop|restart|drain|undrain HOSTS [NAME]",
    "deploy": "deploy apply FOLDER [HOSTS], deploy next|abort|undo|resume [SERVICE]",
}
_HOST_VERBS = ("status", "hosts", "host", "doctor", "shell", "forward", "run", "trust")
_LEAST = {"host": 2, "doctor": 2, "shell": 2, "set": 2, "view": 2, "forward": 3}
# words with the verb itself
_SECOND = {
    "agent": ("install", "upgrade", "remove"),
    "set": ("theme", "tz"),
    "service": ("start", "stop", "restart", "drain", "undrain"),
    "deploy": ("apply", "next", "abort", "undo", "resume"),
    "view": ("save", "rm"),
}


@dataclass(frozen=True, slots=True)
class Command:
    """A line that was understood: one of our own verbs with its words, or the words of a plan."""

    verb: str
    words: tuple[str, ...] = ()
    plans: bool = False
    # an acting verb: the engine plans it


def parse(line: str) -> Command:
    """The words of a line; UsageError says what is wrong with it."""
    try:
        words = tuple(shlex.split(line))
    except ValueError as error:
        raise UsageError(f"{line!r}: {error}") from error
    if words[:1] == ("clawtui",):  # pasted from a terminal
        words = words[1:]
    if not words:
        raise UsageError("nothing was typed")
    verb = {"q": "quit"}.get(words[0], words[0])
    if verb not in SCREEN_VERBS:  # the engine knows which verbs act, and names the nearest when it is none
        return Command(verb, words, plans=True)
    if len(words) < _LEAST.get(verb, 1):
        raise UsageError(SCREEN_VERBS[verb])
    return Command(verb, words[1:])


def hint(line: str) -> str:
    """How the verb that is being typed goes on."""
    verb = line.split(" ", 1)[0]
    return {**SCREEN_VERBS, **ACTING_VERBS}.get(verb, "the words after `clawtui`; tab completes, ↑ recalls")


def completions(
    line: str,
    hosts: Iterable[str],
    groups: Iterable[str],
    names: Mapping[str, Sequence[str]] | None = None,
    themes: Sequence[str] = (),
) -> list[str]:
    """Whole lines that this one could become."""
    before, _, last = line.rpartition(" ")
    if not before:
        return [verb for verb in sorted({**SCREEN_VERBS, **ACTING_VERBS}) if verb.startswith(last)]
    words, known = before.split(), names or {}
    if "--" in words:  # the far command is the operator's own
        return []
    if len(words) == 1 and words[0] in _SECOND:
        offers: Iterable[str] = (*_SECOND[words[0]], *known.get(words[0], ()))
    elif words == ["ctx"]:
        offers = known.get("ctx", ())
    elif words == ["view", "rm"]:
        offers = known.get("view", ())
    elif words[:2] == ["set", "theme"]:
        offers = themes
    elif words[0] in _HOST_VERBS or words[0] in ("agent", "service"):
        offers = (*hosts, *(f"@{group}" for group in groups))
    else:
        return []
    head, comma, name = last.rpartition(",")
    return [
        f"{before} {head}{comma}{offer}" for offer in sorted(set(offers)) if offer.startswith(name) and offer != name
    ]
