"""An engine a context behind one boundary: one is shown, or all in one list; `:ctx` changes that while the screens stand."""

import asyncio
import time
from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Self

from msgspec.structs import replace

from clawtui.engine import together
from clawtui.engine.boundary import Answer, Event, Intent, Query
from clawtui.engine.boundary.actions import ActionsQuery, Note
from clawtui.engine.boundary.charts import LimitsQuery, MedianQuery, RangeQuery
from clawtui.engine.boundary.contexts import (
    AcceptFleet,
    CandidatesQuery,
    ContextList,
    ContextsQuery,
    UseContext,
    WriteContext,
)
from clawtui.engine.boundary.doctor import DoctorQuery
from clawtui.engine.boundary.forwards import EndForward, ForwardPort, Forwards, PortsQuery
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery, HostQuery, Look
from clawtui.engine.boundary.plans import Apply, Arm, Outcome, Plan, PlanQuery
from clawtui.engine.boundary.processes import ProcessesQuery
from clawtui.engine.boundary.prompts import AnswerPrompt, Notice
from clawtui.engine.boundary.rollouts import Rollouts, RolloutsQuery
from clawtui.engine.boundary.shell import ShellQuery
from clawtui.engine.boundary.value import Severity
from clawtui.engine.boundary.views import ViewsQuery
from clawtui.engine.catalogue import Catalogue
from clawtui.engine.events import fold, keeping, topic_of
from clawtui.engine.members import Member, Members, nothing
from clawtui.errors import ClawtuiError, ConfigError, Refused, UsageError
from clawtui.feed import Feed, Reader
from clawtui.fleet.host import Fleet

OF_HOST = HostQuery | RangeQuery | MedianQuery | ProcessesQuery | DoctorQuery | ShellQuery | PortsQuery
TOPICS = ("fleet", "actions", "prompts", "notices", "outcomes", "forwards", "rollouts")


class Contexts:
    """Implements Engine over those of several contexts."""

    def __init__(self, catalogue: Catalogue, fleets: Mapping[str, Fleet], *, advice: str = "") -> None:
        self._catalogue, self._advice = catalogue, advice
        self._shown = self._members(fleets)
        self._entered = False
        self._switching = asyncio.Lock()
        self._looking: asyncio.Task[None] | None = None
        self.feed: Feed[Event] = Feed(keeping, fold, self._present)

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        """The engines start."""
        self._entered = True
        await self._enter()
        return self

    async def __aexit__(self, *exc: object) -> None:
        """All of them end."""
        self._entered = False
        await self._leave()
        self.feed.close()

    def _members(self, fleets: Mapping[str, Fleet]) -> Members:
        named = {name: Member(name, self._catalogue.engine(fleet)) for name, fleet in fleets.items()}
        return Members(named, self._advice, merged=len(named) > 1)

    async def _enter(self) -> None:
        for member in self._shown:
            self._follow(member)
            if isinstance(member.engine, AbstractAsyncContextManager):
                await member.stack.enter_async_context(member.engine)

    async def _leave(self) -> None:
        members, self._shown = list(self._shown), Members({}, self._advice, merged=self._shown.merged)
        tasks = [task for task in (*(member.pump for member in members), self._looking) if task is not None]
        self._looking = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(member.stack.aclose() for member in members))

    # ------------------------------------------------------------ what the engines say

    def subscribe(self, *topics: str) -> Reader[Event]:
        """As the port says; what is known without asking anybody is heard at once."""
        for member in self._shown:
            self._follow(member)
        return self.feed.subscribe(*topics)

    def _follow(self, member: Member) -> None:
        if member.pump is None:
            member.pump = asyncio.create_task(self._read(member, *TOPICS), name=f"context {member.name}")

    async def _read(self, member: Member, *topics: str) -> None:
        try:
            async for event in member.engine.subscribe(*topics):
                told = self._shown.heard(member, event)
                self.feed.publish(topic_of(told), told)
        except ClawtuiError as problem:
            self.feed.publish("notices", Notice(Severity.CRITICAL, f"{member.name}: {problem}"))

    def _present(self, topic: str) -> list[Event]:
        return self._shown.present(topic)

    # ------------------------------------------------------------ ask

    async def ask(self, query: Query) -> Answer:
        """By the context that the question is about."""
        match query:
            case FleetQuery():
                return self._shown.whole()
            case ContextsQuery():
                return await asyncio.to_thread(self._contexts)
            case CandidatesQuery():
                return await asyncio.to_thread(self._catalogue.candidates)
            case RolloutsQuery():
                return await self._rollouts(query)
            case PlanQuery() if self._shown.merged:
                return await self._plan(query)
            case ActionsQuery() | LimitsQuery() | ViewsQuery():
                member = self._shown.first()
                answer = await member.engine.ask(query)
                return together.answered(member.name, answer) if self._shown.merged else answer
            case _:
                return await self._of_host(query)

    def _contexts(self) -> ContextList:
        views = tuple(self._catalogue.look(name) for name in self._catalogue.names())
        return ContextList(views, tuple(self._shown.named), self._catalogue.offer())

    async def _rollouts(self, query: RolloutsQuery) -> Rollouts:
        """Of all that are shown; an id is known to each of them."""
        answers = [await member.engine.ask(query) for member in ([self._shown.first()] if query.id else self._shown)]
        return together.rollouts([answer for answer in answers if isinstance(answer, Rollouts)])

    async def _of_host(self, query: Query) -> Answer:
        if not self._shown.merged:
            return await self._shown.first().engine.ask(query)
        if not isinstance(query, OF_HOST):
            raise UsageError(f"{type(query).__name__} is about one context: :ctx NAME first")
        member, name = self._shown.owner(query.host)
        return together.answered(member.name, await member.engine.ask(replace(query, host=name)))

    async def _plan(self, query: PlanQuery) -> Plan:
        """By the context that the words name, else by the only one in which they mean a host."""
        context, words = together.addressed(query.words, self._shown.named)
        if context:
            return await self._planned(self._shown.named[context], words)
        plans: list[Plan] = []
        problem: ClawtuiError | None = None
        for member in self._shown:
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
                case AcceptFleet():
                    await asyncio.to_thread(self._catalogue.accept, intent.file, intent.digest)
                    return Outcome(done=True, words=f"{intent.file} counts in its folder")
                case Look():
                    return await self._look(intent.host)
                case Arm() if self._shown.merged:
                    return Outcome(
                        done=False, words="arming is for one context: :ctx NAME first", code=Refused.exit_code
                    )
                case _:
                    return await self._pass_on(intent)
        except ClawtuiError as problem:
            return Outcome(done=False, words=str(problem), code=problem.exit_code)

    async def _pass_on(self, intent: Intent) -> Outcome:
        if not self._shown.merged:
            return await self._shown.first().engine.do(intent)
        match intent:
            case Apply():
                member, plan = self._shown.owner(intent.plan)
                return together.happened(member.name, await member.engine.do(Apply(plan, intent.confirm)))
            case AnswerPrompt():
                member, question = self._shown.owner(intent.id)
                return await member.engine.do(AnswerPrompt(question, intent.text))
            case EndForward():
                member, number = self._shown.owner(intent.id)
                return await member.engine.do(EndForward(number))
            case Note() if intent.hosts:
                member, _ = self._shown.owner(intent.hosts[0])
                hosts = tuple(self._shown.owner(host)[1] for host in intent.hosts)
                return await member.engine.do(Note(intent.verb, hosts, intent.cli, intent.note))
            case ForwardPort():
                member, name = self._shown.owner(intent.host)
                return await member.engine.do(replace(intent, host=name))
            case _:
                return await self._shown.first().engine.do(intent)

    async def _look(self, host: str) -> Outcome:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        if not host:
            for member in self._shown:
                await member.engine.do(Look(""))
            return Outcome(done=True, words="")
        member, name = self._shown.owner(host)
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
            self._shown = self._members(fleets)
            self.feed.publish("forwards", Forwards())
            self.feed.publish("rollouts", Rollouts())
            self.feed.publish("fleet", FleetFrame(time.time(), nothing("connecting"), (), (), full=True))
            if self._entered:
                await self._enter()
            words = f"{len(fleets)} contexts: {', '.join(fleets)}" if self._shown.merged else f"context {name}"
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
