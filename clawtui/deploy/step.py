"""One step of a rollout on one host: what the far runner checks, applies and takes back."""

from dataclasses import dataclass, field
from enum import StrEnum

Params = dict[str, object]
# anything that JSON can say


class Phase(StrEnum):
    """When a step happens; in this order on every host."""

    STAGE = "stage"
    # on all hosts at once: nothing that serves is touched
    SWITCH = "switch"
    # wave by wave: from the old instance to the new one, until it is verified
    KEEP = "keep"
    # once the wave's gate has passed
    FINISH = "finish"
    # once every host has kept it


@dataclass(frozen=True, slots=True)
class Step:
    """A typed step; `kind` is one of the runner's."""

    id: str
    # "03-venv": its place in the host's order, and its name in journals
    kind: str
    phase: Phase
    words: str
    # for people: "virtual environment 4f2a… (31 packages)"
    params: Params = field(default_factory=dict[str, object])
    secrets: tuple[str, ...] = ()
    # names whose values go beside the params, by standard input only
    deadline_s: float = 60.0
    irreversible: bool = False
    # undo leaves it as it is, and says so
    blob: str = ""
    # sha256 of what has to be on the host first, should the check say that it is not
