"""The engine in this process: the one place where its parts are put together. One task group, bounded, cancelled as a whole."""

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Self

from clawtui.alerts.rule import Rule
from clawtui.engine.answers import Answers
from clawtui.engine.arming import Arming
from clawtui.engine.boundary import Answer, Event, Intent, Query
from clawtui.engine.boundary.actions import Note
from clawtui.engine.boundary.contexts import AcceptFleet, UseContext, WriteContext
from clawtui.engine.boundary.forwards import EndForward, ForwardPort
from clawtui.engine.boundary.hosts import Look, SampleFrame
from clawtui.engine.boundary.plans import Apply, Arm, Outcome, Plan, PlanQuery
from clawtui.engine.boundary.prompts import AnswerPrompt
from clawtui.engine.boundary.rollouts import HoldRollout, Rollouts
from clawtui.engine.boundary.views import RemoveView, SaveView
from clawtui.engine.events import fold, keeping
from clawtui.engine.follower import Follower, Ground
from clawtui.engine.forwards import Forwarded
from clawtui.engine.frames import Frames, bar
from clawtui.engine.headline import Clock, deployed
from clawtui.engine.journal import Journal
from clawtui.engine.plans import Frame, Plans
from clawtui.engine.questions import Questions
from clawtui.engine.saved_views import ViewStore
from clawtui.engine.standing import Contact, Standing
from clawtui.engine.telling import Telling
from clawtui.engine.view import Staleness
from clawtui.errors import ClawtuiError
from clawtui.feed import Feed, Reader
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet
from clawtui.fleet.prompts import Prompts
from clawtui.places import Places
from clawtui.settings import Settings


class LocalEngine:
    """Implements Engine; constructing it touches nothing, entering it starts following."""

    def __init__(
        self,
        fleet: Fleet,
        settings: Settings,
        rules: tuple[Rule, ...],
        places: Places,
        *,
        prompts: Prompts | None = None,
        follow: bool = True,
        armed: bool = False,
        at_fault: str = "",
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.fleet, self.settings, self.rules, self.places = fleet, settings, rules, places
        self._follow, self.arming = follow, Arming(time.time, always=armed)
        self._looked = ""
        self._rollouts, self._rolling = Rollouts(), asyncio.Event()
        self.feed: Feed[Event] = Feed(keeping, fold, self._present)
        self.questions = Questions(self.feed.publish, self._asking)
        self.links = Connections(fleet, settings.ssh, places, prompts or self.questions, environ=environ)
        staleness = Staleness(settings.metrics.stale_periods, settings.metrics.stale_least_s)
        ground = Ground(self.links, rules, settings.ssh, staleness, self._changed, self._sampled, places)
        self.followers = {host.name: Follower(host, ground) for host in fleet.hosts}
        standings = {name: follower.standing for name, follower in self.followers.items()}
        clock = Clock(settings.ui.timezone)
        self.frames = Frames(
            standings, bar(fleet, at_fault), staleness, clock, self._badges, self.links.certificate_ends
        )
        self._telling = Telling(self.frames, self.arming, self.feed)
        self.journal = Journal(places.actions, settings.actions.keep_bytes, fleet.name, self.feed.publish)
        self.forwards = Forwarded(self.links, self.feed.publish, self.journal.note, time.time)
        self.plans: Plans | None = None
        self.answers = Answers(fleet, rules, places, self.links, self.followers, self.frames, self.journal)
        self._task: asyncio.Task[None] | None = None
        self._digest = ""

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        """Start; the followers live in a task of their own, so that any task may leave the engine again."""
        started = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._live(started), name="engine")
        await started
        return self

    async def __aexit__(self, *exc: object) -> None:
        """Stop following, hang up everywhere, let readers end."""
        assert self._task is not None
        self._task.cancel()
        results = await asyncio.gather(self._task, return_exceptions=True)
        self.feed.close()
        for result in results:
            if isinstance(result, Exception):
                raise result

    async def _live(self, started: "asyncio.Future[None]") -> None:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self.links)
            stack.push_async_callback(self.forwards.close)
            tasks = await stack.enter_async_context(asyncio.TaskGroup())
            tasks.create_task(self.forwards.tell_on(), name="forwards")
            if self._follow:
                for name, follower in self.followers.items():
                    tasks.create_task(follower.run(), name=f"follow {name}")
                tasks.create_task(self._telling.tell_on(), name="frames")
                tasks.create_task(self._follow_rollouts(), name="rollouts")
            started.set_result(None)
            self._digest = await asyncio.to_thread(_own_digest)
            await asyncio.Event().wait()

    async def _follow_rollouts(self) -> None:
        """From the first reader on: what coordinates them is heavy to load."""
        await self._rolling.wait()
        from clawtui.engine.deploying.following import Followed

        await Followed(self.places, self.fleet.name, self._rolled).follow(lambda: self.feed.heard("rollouts"))

    # ------------------------------------------------------------ what followers and questions call

    def _rolled(self, rollouts: Rollouts) -> None:
        self._rollouts, self.frames.deployed = rollouts, deployed(rollouts)
        self.feed.publish("rollouts", rollouts)

    def _changed(self, host: str) -> None:
        self._telling.changed(host)

    def _sampled(self, standing: Standing) -> None:
        if standing.host.name != self._looked or standing.hello is None or standing.sample is None:
            return
        columns = zip(standing.hello.columns, standing.sample.values, strict=True)
        at = standing.sample.at - (standing.offset or 0.0)
        frame = SampleFrame(standing.host.name, at, {str(column.key): value for column, value in columns})
        self.feed.publish(f"host:{frame.host}", frame)

    def _asking(self, host: str, what: str) -> None:
        if (follower := self.followers.get(host)) is not None:
            contact = Contact.ASKING if what else Contact.LOADING
            follower.standing.turn(contact, time.time(), f"waits for you: {what}" if what else "connecting")
            self._changed(host)

    def _badges(self, standing: Standing) -> tuple[str, ...]:
        theirs = standing.hello.digest if standing.hello else ""
        behind = theirs and self._digest and theirs != self._digest
        badges = standing.chosen.badges if standing.contact is not Contact.NO_AGENT else ()
        return (*badges, *(("behind",) if behind else ()))

    def _present(self, topic: str) -> list[Event]:
        match topic:
            case "fleet":
                return [self._telling.full()]
            case "prompts":
                return list(self.questions.open.values())
            case "forwards":
                return [self.forwards.view]
            case "rollouts":
                self._rolling.set()
                return [self._rollouts]
            case _:
                return []

    # ------------------------------------------------------------ the boundary

    def subscribe(self, *topics: str) -> Reader[Event]:
        """As the port says."""
        return self.feed.subscribe(*topics)

    async def ask(self, query: Query) -> Answer:
        """Answer a question; ClawtuiError when it can't be answered."""
        if isinstance(query, PlanQuery):
            return await self._plan(query)
        return await self.answers.answer(query, self.arming.until)

    async def do(self, intent: Intent) -> Outcome:
        """Carry out an intent."""
        match intent:
            case Arm():
                return self._arm(intent.minutes)
            case AnswerPrompt():
                return self.questions.answer(intent)
            case Look():
                return await self._look(intent.host)
            case Note():
                unwritten = self.journal.note(intent)
                return Outcome(done=not unwritten, words=unwritten, code=70 if unwritten else 0)
            case ForwardPort():
                return await self._forward(intent)
            case EndForward():
                return await self.forwards.end(intent.id)
            case UseContext():
                words = f"context {self.fleet.name or 'none'} is the only one here; it came from {self.fleet.origin}"
                return Outcome(done=intent.name == self.fleet.name, words=words, code=78)
            case WriteContext() | AcceptFleet():
                verb = "config accept" if isinstance(intent, AcceptFleet) else "hosts --pick … --write NAME"
                return Outcome(done=False, words=f"a context is on screen already: clawtui {verb}", code=77)
            case SaveView() | RemoveView() | HoldRollout():
                return await self._on_disk(intent)
            case Apply():
                if self.plans is None:
                    return Outcome(done=False, words="no plan was shown yet", code=77)
                return await self.plans.apply(intent)

    async def _on_disk(self, intent: SaveView | RemoveView | HoldRollout) -> Outcome:
        """What concerns this user's own files and processes, and no host."""
        if isinstance(intent, HoldRollout):
            from clawtui.engine.deploying.holding import hold

            return await hold(self.places, self.journal, intent)
        return await ViewStore(self.places.views).keep(intent)

    async def _forward(self, intent: ForwardPort) -> Outcome:
        if (host := self.fleet.host(intent.host)) is None:
            return Outcome(done=False, words=f"no host {intent.host} in context {self.fleet.name}", code=64)
        return await self.forwards.begin(host, intent)

    async def _plan(self, query: PlanQuery) -> Plan:
        if self.plans is None:
            from clawtui.engine.acts import ACTS, AT_ONCE, HERE
            from clawtui.engine.deploying.yard import Yard
            from clawtui.fleet.keyring import Keyring

            keyring, yard = Keyring(self.links, self.places), Yard(self.fleet, self.places, self.links)
            here = {verb: act(keyring) for verb, act in HERE.items()}
            at_once = {verb: act(yard) for verb, act in AT_ONCE.items()}
            self.plans = Plans(
                Frame(
                    fleet=self.fleet,
                    links=self.links,
                    acts={**ACTS, **here, **at_once},
                    armed=self.arming.now,
                    progress=lambda progress: self.feed.publish("outcomes", progress),
                    log=self.journal.act,
                    touched=self._touched,
                    wall=time.time,
                    becoming=self.links.becoming,
                )
            )
        return await self.plans.make(query.words)

    def _arm(self, minutes: float) -> Outcome:
        if not self.fleet.policy.read_only:
            return Outcome(done=True, words="this context is not read-only: nothing to arm")
        outcome = self.arming.arm(minutes)
        if outcome.done:
            self.journal.note(Note("arm" if minutes else "disarm", (), f"arm {minutes:g} min"))
            self._telling.tell()
        return outcome

    async def _look(self, host: str) -> Outcome:
        for name, on in ((self._looked, False), (host, True)):
            if name and (follower := self.followers.get(name)) is not None and follower.watched is not on:
                try:
                    await follower.watch(on=on)
                except ClawtuiError:  # its connection is going; the follower says so and watches again after hello
                    follower.watched = on
        if (seen := self.followers.get(host)) is not None and seen.standing.contact in (Contact.DOWN, Contact.NO_AGENT):
            seen.nudge()  # somebody looks: no reason to wait any longer
        self._looked = host
        return Outcome(done=True, words="")

    def _touched(self, host: str) -> None:
        if (follower := self.followers.get(host)) is not None:
            follower.nudge()


def _own_digest() -> str:
    """Of the agent that this installation would put on a host."""
    from clawtui.fleet.agent.bundle import agent_sources, digest

    return digest(agent_sources())
