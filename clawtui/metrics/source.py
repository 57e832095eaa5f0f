"""The port to whatever tells the numbers of one host: an agent, a loop in sh, a node-exporter page."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from clawtui.metrics.line import AgentEvent, Top
from clawtui.metrics.sample import Hello, Key, Range, Sample


@dataclass(frozen=True, slots=True)
class Offset:
    """How far the host's clock is ahead of ours, give or take half a round trip."""

    seconds: float
    error_s: float


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that did not parse, in words."""

    words: str


Message = Hello | Sample | AgentEvent | BadLine


class Answering(Protocol):
    """Who answers questions about one host."""

    async def top(self, at: float | None = None) -> Top:
        """The heaviest processes now, or at a moment by the host's clock."""
        ...

    async def range(self, tier: str, keys: tuple[Key, ...], start: float, end: float, points: int) -> Range:
        """History by the host's clock."""
        ...


class Source(Protocol):
    """One conversation with one host. Somebody has to iterate `messages()`: answers may arrive among the samples."""

    hello: Hello | None
    # once it has come; a source greets before its first sample

    @property
    def answering(self) -> Answering | str:
        """Who answers questions, or why nobody does."""
        ...

    def messages(self) -> AsyncIterator[Message]:
        """Everything that is not an answer; ends when the far side does, raises LinkLost or WireError when it must."""
        ...

    async def watch(self, *, on: bool) -> None:
        """Somebody looks at this host, or no longer: what is read seldom may be read more often."""
        ...

    async def ping(self) -> Offset:
        """The host's clock against ours; AgentError says why it cannot be measured."""
        ...

    async def close(self) -> None:
        """Hang up; the link stays."""
        ...
