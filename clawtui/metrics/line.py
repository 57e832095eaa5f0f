"""What one line of an agent can say, once `wire.py` has parsed it."""

from dataclasses import dataclass

from clawtui.metrics.sample import Hello, Key, Process


@dataclass(frozen=True, slots=True)
class Heard:
    """A hello with its rev: which samples it describes."""

    rev: int
    hello: Hello


@dataclass(frozen=True, slots=True)
class Numbers:
    """A sample line that has not met its hello yet."""

    rev: int
    at: float
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class AgentEvent:
    """Something that the agent tells beside its numbers."""

    at: float
    what: str
    scope: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True)
class Pong:
    """Answer to a ping."""

    id: int
    clock: float


@dataclass(frozen=True, slots=True)
class Chunk:
    """One part of a range answer; the last has `more` False."""

    id: int
    tier: str
    step: float
    start: float
    keys: tuple[Key, ...]
    low: tuple[tuple[float | None, ...], ...]
    mean: tuple[tuple[float | None, ...], ...]
    high: tuple[tuple[float | None, ...], ...]
    more: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Top:
    """The heaviest processes at a moment."""

    id: int
    at: float
    processes: tuple[Process, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reloaded:
    """The agent has read its configuration again."""

    id: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """A request that the agent can't answer; `id` is None when it could not even be read."""

    id: int | None
    words: str


Line = Heard | Numbers | AgentEvent | Pong | Chunk | Top | Reloaded | Complaint | None
