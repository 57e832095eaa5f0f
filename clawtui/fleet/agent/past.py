"""Does the agent after an upgrade go on with the history of the one before?"""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from clawtui.clean import clean

SLACK_S = 2.0
# a full ring begins later by what passed between two hellos; the rest is rounding
DROPPED = "ring full"
# begins the note of an agent that made room, as it may


def lost(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Empty when every tier reaches as far back as it did, or made room as it may; else what the new agent notes about it."""
    passed = max(0.0, _number(after.get("clock")) - _number(before.get("clock")))
    old, new = _reach(before), _reach(after)
    gone = [tier for tier, first in old.items() if tier not in new or new[tier] > first + passed + SLACK_S]
    notes = [note for note in _list(after.get("notes")) if isinstance(note, str) and "ring" in note]
    if not gone or any(note.startswith(DROPPED) for note in notes):
        return ""
    said = f": {clean(notes[-1], limit=300)}" if notes else ""
    return f"the new agent does not go on with the history kept there ({', '.join(gone)}){said}"


def _reach(hello: Mapping[str, Any]) -> dict[str, float]:
    """By tier the time of its first record; what makes no sense is left out."""
    rings = [cast("Mapping[str, object]", ring) for ring in _list(hello.get("rings")) if isinstance(ring, dict)]
    return {clean(str(ring["tier"]), limit=8): _number(ring.get("first")) for ring in rings if "tier" in ring}


def _list(value: object) -> list[object]:
    return [*cast("Iterable[object]", value)] if isinstance(value, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
