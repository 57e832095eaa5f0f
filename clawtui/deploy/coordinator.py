"""Carries a plan over lines to hosts: writes down what happens, asks `decide` what is next, and begins it. One task a host."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from clawtui.deploy.carrier import Carrier, Shop
from clawtui.deploy.decision import Decision, decide
from clawtui.deploy.gate import ASK_S, Reading
from clawtui.deploy.ledger import Ledger
from clawtui.deploy.plan import RolloutPlan
from clawtui.deploy.rollout import Ending, Event, Job, RolloutState, What, fold, folded

ORDERS = ("pause", "next", "resume", "abort", "undo")

Readings = Callable[[RolloutState, dict[str, Carrier]], Awaitable[tuple[Reading, ...]]]


@dataclass(frozen=True, slots=True)
class Around:
    """What a coordinator needs beside hosts."""

    hook: Callable[[str], Awaitable[tuple[Ending, str]]]
    # "before" or "after"
    readings: Readings
    changed: Callable[[RolloutState, Decision, tuple[Reading, ...]], None]
    # told after every event and every look


@dataclass(slots=True)
class Coordinator:
    """One rollout from where its journal stands to where it is over, or paused with nothing left to wait for."""

    plan: RolloutPlan
    ledger: Ledger
    shop: Callable[[Callable[[Event], None]], Shop]
    around: Around
    state: RolloutState = field(init=False)
    _carriers: dict[str, Carrier] = field(init=False)
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _readings: tuple[Reading, ...] = ()
    _decision: Decision = field(default_factory=Decision)
    _wall: Callable[[], float] = field(init=False)
    _by: str = field(init=False)

    def __post_init__(self) -> None:
        self.state = folded(self.plan, self.ledger.events())
        shop = self.shop(self._tell)
        self._wall, self._by = shop.wall, shop.owner
        self._carriers = {host.name: Carrier(self.plan, host, shop) for host in self.plan.hosts}

    async def run(self) -> RolloutState:
        """Until it is over."""
        before = self.ledger.events()
        taken_over = bool(before)
        gone = f"nobody was there for {self._wall() - before[-1].at:.0f} s" if before else ""
        self._tell(Event(self._wall(), What.TAKEN, by=self._by, words=gone))
        try:
            async with asyncio.TaskGroup() as tasks:
                while not self.state.over:
                    await self._turn(tasks, again=taken_over)
            return self.state
        finally:
            await asyncio.gather(*(carrier.close() for carrier in self._carriers.values()))

    def order(self, word: str, by: str, why: str = "") -> None:
        """From a person: pause, next, resume, abort or undo."""
        self._tell(Event(self._wall(), What.ORDER, order=word, by=by, words=why))

    async def _turn(self, tasks: asyncio.TaskGroup, *, again: bool) -> None:
        self._moved.clear()
        if self._baking():
            self._readings = await self.around.readings(self.state, self._carriers)
        self._decision = made = decide(self.plan, self.state, self._readings, self._wall())
        self.around.changed(self.state, made, self._readings)
        for event in made.events:
            self._tell(event)
        if made.hook:
            ending, words = await self.around.hook(made.hook)
            self._tell(Event(self._wall(), What.HOOK, order=made.hook, ending=ending, words=words))
        for name, job in made.starts:
            before = again or self.state.hosts[name].cuts > 0
            self._tell(Event(self._wall(), What.BEGAN, name, job))
            tasks.create_task(self._job(name, job, again=before), name=f"{job} {name}")
        if not (made.events or made.hook or made.starts):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ASK_S if self._baking() else None):
                    await self._moved.wait()

    async def _job(self, name: str, job: Job, *, again: bool) -> None:
        self._tell(await self._carriers[name].do(job, again=again))

    def _baking(self) -> bool:
        return any(wave not in self.state.passed for wave in self.state.baking) and not self.state.over

    def _tell(self, event: Event) -> None:
        """On disk first, then it is so."""
        self.ledger.write(event)
        self.state = fold(self.plan, self.state, event)
        self._moved.set()
        self.around.changed(self.state, self._decision, self._readings)
