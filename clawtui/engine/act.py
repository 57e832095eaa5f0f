"""The port of an acting verb: a plan that is shown, then carried out host by host.

The engine owns the frame: arming, confirmation, bounded fan-out, Progress events, the line in actions.jsonl.
An act only says what would happen and does it on one host.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from clawtui.engine.boundary.plans import HostOutcome
from clawtui.engine.words import NO_WAY_BACK
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.link import Link
from clawtui.fleet.prompts import Nobody


@dataclass(frozen=True, slots=True)
class Draft:
    """What an act intends: everything the plan dialog shows, and what `carry_out` needs."""

    verb: str
    title: str
    # without context: "RUN uptime on 12 hosts"
    hosts: tuple[Host, ...]
    lines: tuple[str, ...] = ()
    reverts: str = NO_WAY_BACK
    refused: str = ""
    at_once: int = 64
    # hosts worked on at the same time
    commands: tuple[str, ...] = ()
    # what is going to run on the hosts, for actions.jsonl; secrets replaced already
    details: dict[str, str] = field(default_factory=dict[str, str])
    # the act's own notes to itself: the command, the time-out
    waves: tuple[tuple[Host, ...], ...] = ()
    # all hosts, some at a time; a wave that fails beyond the limit stops the rest. All at once where empty
    limit: str = "0"
    # how many hosts of a wave may fail: "2" or "25%"; empty where the waves are an order only and nothing stops the rest
    becoming: Becoming = field(default_factory=lambda: Becoming(Nobody()))
    # the engine's own when it is carried out: how root is reached on a host, and passwords asked for once
    guarded: bool = True
    # False: no arming and no confirmation needed (a note, a look)
    armed: bool = True
    # False: it only goes back, which needs a confirmation and no arming
    sealed: bool = False
    # a file's digest fixes the hosts: the context's name alone confirms it
    work: object = None
    # what the act alone understands and carries out, exactly as it was shown
    reconnect: bool = False
    # the login's groups change on the hosts: the kept connection is dropped after `carry_out`, so the next one sees them


class Act(Protocol):
    """One acting verb; a module's only public object, listed in ACTS of clawtui/engine/acts/__init__.py."""

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """What these words (after the verb) would do; raises UsageError naming the word that is wrong."""
        ...

    async def carry_out(self, draft: Draft, link: Link) -> HostOutcome:
        """Do it on one host; failures are an outcome, LinkErrors may pass through (the engine words them)."""
        ...


@runtime_checkable
class ActHere(Protocol):
    """An acting verb that works on what the operator's own files say of hosts; whether it connects is its own affair."""

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """As above."""
        ...

    async def carry_out_here(self, draft: Draft, host: Host) -> HostOutcome:
        """Do it for one host; a host that could not be reached is an outcome too."""
        ...


@runtime_checkable
class ActAtOnce(Protocol):
    """An acting verb that is one piece of work for all its hosts, such as a rollout that goes on after we have left."""

    async def draft(self, words: Sequence[str], fleet: Fleet) -> Draft:
        """As above; it may look at hosts."""
        ...

    async def carry_out_all(self, draft: Draft) -> tuple[str, tuple[HostOutcome, ...]]:
        """Do it, or set it going: words for the outcome, and what is known of each host by then."""
        ...
