"""The contexts that are shown, what their engines have said so far, and how a name finds its way to one of them."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from clawtui.engine import together
from clawtui.engine.boundary import Engine, Event
from clawtui.engine.boundary.forwards import Forwards
from clawtui.engine.boundary.hosts import FleetFrame, Summary
from clawtui.engine.boundary.prompts import Prompt, PromptClosed
from clawtui.engine.boundary.rollouts import Rollouts
from clawtui.engine.events import aged, fold
from clawtui.errors import ConfigError, UsageError


@dataclass(slots=True)
class Member:
    """One context that is shown."""

    name: str
    engine: Engine
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    pump: "asyncio.Task[None] | None" = None
    state: FleetFrame | None = None
    # everything that was said of its hosts, folded
    prompts: dict[str, Prompt] = field(default_factory=dict[str, Prompt])
    forwards: Forwards = field(default_factory=Forwards)
    rollouts: Rollouts = field(default_factory=Rollouts)


class Members:
    """One context as it is, or several in one list; `merged` says which."""

    def __init__(self, named: Mapping[str, Member], advice: str, *, merged: bool) -> None:
        self.named, self.merged, self._advice = named, merged, advice
        # in words, what to do where there is no context yet

    def __iter__(self) -> Iterator[Member]:
        return iter(self.named.values())

    # ------------------------------------------------------------ whose something is

    def first(self) -> Member:
        """The only one, or the one that speaks for all."""
        if not self.named:
            raise ConfigError("no context is on screen: :ctx NAME chooses one")
        return next(iter(self))

    def owner(self, name: str) -> tuple[Member, str]:
        """Whose a name is, and what it is there."""
        if not self.merged:
            return self.first(), name
        context, slash, rest = name.partition(together.SLASH)
        if not slash or context not in self.named:
            raise UsageError(f"{name or 'this'} names no host of one context: write CONTEXT/HOST, or :ctx NAME first")
        return self.named[context], rest

    # ------------------------------------------------------------ what the engines say

    def heard(self, member: Member, event: Event) -> Event:
        """Kept for those who come later; the event as all are told it."""
        match event:
            case FleetFrame():
                before, member.state = member.state, _folded(member.state, event)
                return self._frame(member, event, before) if self.merged else event
            case Forwards():
                member.forwards = event
                return self._forwards()
            case Rollouts():
                member.rollouts = event
                return together.rollouts(one.rollouts for one in self)
            case Prompt():
                member.prompts[event.id] = event
            case PromptClosed():
                member.prompts.pop(event.id, None)
            case _:
                pass
        return self._said(member, event)

    def present(self, topic: str) -> list[Event]:
        """What somebody who comes now has to be told first."""
        match topic:
            case "fleet":
                return [self.whole()] if not self.named or any(member.state for member in self) else []
            case "prompts":
                return [self._said(member, prompt) for member in self for prompt in member.prompts.values()]
            case "forwards":
                return [self._forwards()]
            case "rollouts":
                return [together.rollouts(member.rollouts for member in self)]
            case _:
                return []

    def whole(self) -> FleetFrame:
        """Everything, as of now."""
        now = time.time()
        frames = [(member, aged(member.state, now)) for member in self if member.state is not None]
        views = [
            together.row(member.name, view) if self.merged else view for member, frame in frames for view in frame.hosts
        ]
        return FleetFrame(now, self._summary(), tuple(views), (), full=True)

    def _said(self, member: Member, event: Event) -> Event:
        return together.qualified(member.name, event) if self.merged else event

    def _frame(self, member: Member, event: FleetFrame, before: FleetFrame | None) -> FleetFrame:
        """Of one context, under the bar of all."""
        gone = (
            {view.name for view in before.hosts} - {view.name for view in event.hosts} if event.full and before else ()
        )
        told = together.qualified(member.name, event)
        assert isinstance(told, FleetFrame)
        removed = (*told.removed, *(together.named(member.name, name) for name in gone))
        return FleetFrame(event.at, self._summary(), told.hosts, removed)

    def _forwards(self) -> Forwards:
        if not self.merged:
            return next((member.forwards for member in self), Forwards())
        told = [together.qualified(member.name, member.forwards) for member in self]
        return Forwards(tuple(one for event in told if isinstance(event, Forwards) for one in event.forwards))

    def _summary(self) -> Summary:
        known = {member.name: member.state.summary for member in self if member.state is not None}
        if self.merged:
            return together.together(known)
        return next(iter(known.values()), nothing(self._advice))


def nothing(headline: str) -> Summary:
    """A bar without a context; further lines are problems."""
    first, *rest = headline.splitlines() or [""]
    return Summary("", "dev", read_only=False, armed_until=None, counts={}, headline=first, problems=tuple(rest))


def _folded(before: FleetFrame | None, event: FleetFrame) -> FleetFrame:
    told = event if before is None else fold(before, event)
    assert isinstance(told, FleetFrame)
    return told
