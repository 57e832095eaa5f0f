"""An engine a context behind one boundary: one is shown, or all in one list; `:ctx` changes that while the screens stand."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Self

from msgspec.structs import replace

from clawtui.engine import together
from clawtui.engine.boundary import Answer, Engine, Event, Intent, Query
from clawtui.engine.boundary.actions import ActionsQuery, Note
from clawtui.engine.boundary.charts import LimitsQuery, MedianQuery, RangeQuery
from clawtui.engine.boundary.contexts import CandidatesQuery, ContextList, ContextsQuery, UseContext, WriteContext
from clawtui.engine.boundary.doctor import DoctorQuery
from clawtui.engine.boundary.forwards import EndForward, ForwardPort, Forwards, PortsQuery
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery, HostQuery, Look, Summary
from clawtui.engine.boundary.plans import Apply, Arm, Outcome, Plan, PlanQuery
from clawtui.engine.boundary.processes import ProcessesQuery
from clawtui.engine.boundary.prompts import AnswerPrompt, Notice, Prompt, PromptClosed
from clawtui.engine.boundary.shell import ShellQuery
from clawtui.engine.boundary.value import Severity
from clawtui.engine.boundary.views import ViewsQuery
from clawtui.engine.catalogue import Catalogue
from clawtui.engine.events import aged, fold, keeping, topic_of
from clawtui.errors import ClawtuiError, ConfigError, Refused, UsageError
from clawtui.feed import Feed, Reader
from clawtui.fleet.host import Fleet

OF_HOST = HostQuery | RangeQuery | MedianQuery | ProcessesQuery | DoctorQuery | ShellQuery | PortsQuery
TOPICS = ("fleet", "actions", "prompts", "notices", "outcomes", "forwards")


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


class Contexts:
    """Implements Engine over those of several contexts."""

    def __init__(self, catalogue: Catalogue, fleets: Mapping[str, Fleet], *, advice: str = "") -> None:
        self._catalogue, self._advice = catalogue, advice
        # in words, what to do where there is no context yet
        self._members = {name: Member(name, catalogue.engine(fleet)) for name, fleet in fleets.items()}
        self._merged = len(fleets) > 1
        self._entered = False
        self._switching = asyncio.Lock()
        self._looking: asyncio.Task[None] | None = None
        self.feed: Feed[Event] = Feed(keeping, fold, self._present)

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        """The engines start."""
        self._entered = True
        await self._enter(self._members.values())
        return self

    async def __aexit__(self, *exc: object) -> None:
        """All of them end."""
        self._entered = False
        await self._leave()
        self.feed.close()

    async def _enter(self, members: Iterable[Member]) -> None:
        for member in members:
            self._follow(member)
            if isinstance(member.engine, AbstractAsyncContextManager):
                await member.stack.enter_async_context(member.engine)

    async def _leave(self) -> None:
        members, self._members = list(self._members.values()), {}
        tasks = [task for task in (*(member.pump for member in members), self._looking) if task is not None]
        self._looking = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(member.stack.aclose() for member in members))

    # ------------------------------------------------------------ what the engines say

    def subscribe(self, *topics: str) -> Reader[Event]:
        """As the port says; what is known without asking anybody is heard at once."""
        for member in self._members.values():
            self._follow(member)
        return self.feed.subscribe(*topics)

    def _follow(self, member: Member) -> None:
        if member.pump is None:
            member.pump = asyncio.create_task(self._read(member, *TOPICS), name=f"context {member.name}")

    async def _read(self, member: Member, *topics: str) -> None:
        try:
            async for event in member.engine.subscribe(*topics):
                self._heard(member, event)
        except ClawtuiError as problem:
            self.feed.publish("notices", Notice(Severity.CRITICAL, f"{member.name}: {problem}"))

    def _heard(self, member: Member, event: Event) -> None:
        """Kept for those who come later, then told to all."""
        match event:
            case FleetFrame():
                before, member.state = member.state, _folded(member.state, event)
                if self._merged:
                    event = self._frame(member, event, before)
            case Prompt():
                member.prompts[event.id] = event
            case PromptClosed():
                member.prompts.pop(event.id, None)
            case Forwards():
                member.forwards = event
                event = self._forwards()
            case _:
                pass
        if self._merged and not isinstance(event, FleetFrame | Forwards):
            event = together.qualified(member.name, event)
        self.feed.publish(topic_of(event), event)

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
        if not self._merged:
            return next((member.forwards for member in self._members.values()), Forwards())
        told = [together.qualified(member.name, member.forwards) for member in self._members.values()]
        return Forwards(tuple(one for event in told if isinstance(event, Forwards) for one in event.forwards))

    def _summary(self) -> Summary:
        known = {member.name: member.state.summary for member in self._members.values() if member.state is not None}
        if self._merged:
            return together.together(known)
        return next(iter(known.values()), _nothing(self._advice))

    def _present(self, topic: str) -> list[Event]:
        match topic:
            case "fleet":
                return [self._whole()] if not self._members or any(m.state for m in self._members.values()) else []
            case "prompts":
                return [
                    self._said(member, prompt)
                    for member in self._members.values()
                    for prompt in member.prompts.values()
                ]
            case "forwards":
                return [self._forwards()]
            case _:
                return []

    def _said(self, member: Member, event: Event) -> Event:
        return together.qualified(member.name, event) if self._merged else event

    def _whole(self) -> FleetFrame:
        """Everything, as of now."""
        now = time.time()
        frames = [(member, aged(member.state, now)) for member in self._members.values() if member.state is not None]
        views = [
            together.row(member.name, view) if self._merged else view
            for member, frame in frames
            for view in frame.hosts
        ]
        return FleetFrame(now, self._summary(), tuple(views), (), full=True)

    # ------------------------------------------------------------ ask

    async def ask(self, query: Query) -> Answer:
        """By the context that the question is about."""
        match query:
            case FleetQuery():
                return self._whole()
            case ContextsQuery():
                return await asyncio.to_thread(self._contexts)
            case CandidatesQuery():
                return await asyncio.to_thread(self._catalogue.candidates)
            case PlanQuery() if self._merged:
                return await self._plan(query)
            case ActionsQuery() | LimitsQuery() | ViewsQuery():
                member = self._first()
                answer = await member.engine.ask(query)
                return together.answered(member.name, answer) if self._merged else answer
            case _:
                return await self._of_host(query)

    def _contexts(self) -> ContextList:
        views = tuple(self._catalogue.look(name) for name in self._catalogue.names())
        return ContextList(views, tuple(self._members))

    def _first(self) -> Member:
        if not self._members:
            raise ConfigError("no context is on screen: :ctx NAME chooses one")
        return next(iter(self._members.values()))

    async def _of_host(self, query: Query) -> Answer:
        if not self._merged:
            return await self._first().engine.ask(query)
        if not isinstance(query, OF_HOST):
            raise UsageError(f"{type(query).__name__} is about one context: :ctx NAME first")
        member, name = self._owner(query.host)
        return together.answered(member.name, await member.engine.ask(replace(query, host=name)))

    def _owner(self, name: str) -> tuple[Member, str]:
        """Whose a name is, and what it is there."""
        if not self._merged:
            return self._first(), name
        context, slash, rest = name.partition(together.SLASH)
        if not slash or context not in self._members:
            raise UsageError(f"{name or 'this'} names no host of one context: write CONTEXT/HOST, or :ctx NAME first")
        return self._members[context], rest

    async def _plan(self, query: PlanQuery) -> Plan:
        """By the context that the words name, else by the only one in which they mean a host."""
        context, words = together.addressed(query.words, self._members)
        if context:
            return await self._planned(self._members[context], words)
        plans: list[Plan] = []
        problem: ClawtuiError | None = None
        for member in self._members.values():
            try:
                plans.append(await self._planned(member, words))
            except UsageError as error:
                problem = problem or error
        if problem is not None and not plans:
            raise problem
        if len(plans) > 1:
            counts = [f"{plan.id.partition(together.SLASH)[0]} {len(plan.hosts)}" for plan in plans]
            one = counts[0].partition(" ")[0]
            raise Refused(
                f"acting is for one context at a time, and these words mean hosts of {', '.join(counts)}; "
                f"write {one}/… for the hosts of {one}, or :ctx {one} first"
            )
        return plans[0]

    async def _planned(self, member: Member, words: tuple[str, ...]) -> Plan:
        plan = together.answered(member.name, await member.engine.ask(PlanQuery(words)))
        assert isinstance(plan, Plan)
        return plan

    # ------------------------------------------------------------ do

    async def do(self, intent: Intent) -> Outcome:
        """By the context that the intent is about."""
        try:
            match intent:
                case UseContext():
                    return await self.use(intent.name)
                case WriteContext():
                    path = await asyncio.to_thread(self._catalogue.write, intent.name, intent.hosts)
                    return Outcome(done=True, words=f"{path}: {len(intent.hosts)} host{'s' * (len(intent.hosts) != 1)}")
                case Look():
                    return await self._look(intent.host)
                case Arm() if self._merged:
                    return Outcome(
                        done=False, words="arming is for one context: :ctx NAME first", code=Refused.exit_code
                    )
                case _:
                    return await self._pass_on(intent)
        except ClawtuiError as problem:
            return Outcome(done=False, words=str(problem), code=problem.exit_code)

    async def _pass_on(self, intent: Intent) -> Outcome:
        if not self._merged:
            return await self._first().engine.do(intent)
        match intent:
            case Apply():
                member, plan = self._owner(intent.plan)
                return together.happened(member.name, await member.engine.do(Apply(plan, intent.confirm)))
            case AnswerPrompt():
                member, question = self._owner(intent.id)
                return await member.engine.do(AnswerPrompt(question, intent.text))
            case EndForward():
                member, number = self._owner(intent.id)
                return await member.engine.do(EndForward(number))
            case Note() if intent.hosts:
                member, _ = self._owner(intent.hosts[0])
                hosts = tuple(self._owner(host)[1] for host in intent.hosts)
                return await member.engine.do(Note(intent.verb, hosts, intent.cli, intent.note))
            case ForwardPort():
                member, name = self._owner(intent.host)
                return await member.engine.do(replace(intent, host=name))
            case _:
                return await self._first().engine.do(intent)

    async def _look(self, host: str) -> Outcome:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        if not host:
            for member in self._members.values():
                await member.engine.do(Look(""))
            return Outcome(done=True, words="")
        member, name = self._owner(host)
        self._looking = asyncio.create_task(self._read(member, f"host:{name}"), name=f"look {host}")
        return await member.engine.do(Look(name))

    async def use(self, name: str) -> Outcome:
        """These contexts from now on; one that cannot be read leaves everything as it is."""
        async with self._switching:
            wanted = await asyncio.to_thread(self._catalogue.names) if name == together.ALL else (name,)
            fleets, problems = await asyncio.to_thread(self._fleets, wanted)
            if not fleets:
                return Outcome(done=False, words="; ".join(problems) or "there is no context yet", code=78)
            await self._leave()
            self._members = {known: Member(known, self._catalogue.engine(fleet)) for known, fleet in fleets.items()}
            self._merged = len(self._members) > 1
            self.feed.publish("forwards", Forwards())
            self.feed.publish("fleet", FleetFrame(time.time(), _nothing("connecting"), (), (), full=True))
            if self._entered:
                await self._enter(self._members.values())
            words = f"{len(fleets)} contexts: {', '.join(fleets)}" if self._merged else f"context {name}"
            return Outcome(done=True, words="; ".join([words, *problems]))

    def _fleets(self, names: Iterable[str]) -> tuple[dict[str, Fleet], list[str]]:
        fleets: dict[str, Fleet] = {}
        problems: list[str] = []
        for name in names:
            try:
                fleets[name] = self._catalogue.read(name)
            except ConfigError as problem:
                problems.append(str(problem))
        return fleets, problems


def _folded(before: FleetFrame | None, event: FleetFrame) -> FleetFrame:
    told = event if before is None else fold(before, event)
    assert isinstance(told, FleetFrame)
    return told


def _nothing(headline: str) -> Summary:
    first, *rest = headline.splitlines() or [""]
    return Summary("", "dev", read_only=False, armed_until=None, counts={}, headline=first, problems=tuple(rest))
