"""Which contexts there are, and how a first one is made."""

from clawtui.engine.boundary.value import Value


class ContextsQuery(Value, frozen=True):
    """→ ContextList: which contexts there are."""


class ContextView(Value, frozen=True):
    """One context that can be shown."""

    name: str
    kind: str = ""
    read_only: bool = True
    hosts: int = 0
    source: str = ""
    problem: str = ""
    """Why it cannot be shown; empty when it can."""


class FleetOffer(Value, frozen=True):
    """A fleet file of the current folder that counts once it was accepted."""

    file: str
    context: str
    words: str
    """Kind and number of hosts."""
    runs: tuple[str, ...]
    """Commands that it would have run on this machine."""
    digest: str


class ContextList(Value, frozen=True):
    """All of them, and those on screen now."""

    contexts: tuple[ContextView, ...] = ()
    chosen: tuple[str, ...] = ()
    offer: FleetOffer | None = None


class AcceptFleet(Value, frozen=True):
    """Let an offered fleet file count, exactly as it was shown."""

    file: str
    digest: str


class UseContext(Value, frozen=True):
    """Show another context from now on, or "all" of them in one list."""

    name: str


class CandidatesQuery(Value, frozen=True):
    """→ Candidates: what ssh knows of hosts, for a first context; nothing is connected to."""


class Candidate(Value, frozen=True):
    """A host that could be picked."""

    name: str
    address: str = ""
    source: str = ""
    """Where it is written: file and line."""


class Candidates(Value, frozen=True):
    """Hosts to make a first context of."""

    hosts: tuple[Candidate, ...] = ()
    hashed: int = 0
    """Further known_hosts entries whose names cannot be read."""
    problems: tuple[str, ...] = ()


class WriteContext(Value, frozen=True):
    """Write a first context from picked candidates, as `hosts --pick --write` does; it is not shown by that."""

    name: str
    hosts: tuple[str, ...]
