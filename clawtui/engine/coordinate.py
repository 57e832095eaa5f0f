"""The coordinator's process: an engine over the plan's hosts, a socket to attach to, and the rollout until it is over."""

import asyncio
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from clawtui.deploy.bake import Bake
from clawtui.deploy.blobs import Porter
from clawtui.deploy.carrier import Shop
from clawtui.deploy.control import Control, Order, socket_of
from clawtui.deploy.coordinator import ORDERS, Around, Coordinator
from clawtui.deploy.decision import Decision
from clawtui.deploy.gate import Reading, Traffic
from clawtui.deploy.hook import run
from clawtui.deploy.ledger import Ledger
from clawtui.deploy.plan import RolloutPlan, written
from clawtui.deploy.rollout import Ending, Event, RolloutState
from clawtui.deploy.runner_zip import RunnerZip, packed
from clawtui.deploy.secrets import fetched
from clawtui.deploy.spec_file import read_spec
from clawtui.engine.boundary import encode
from clawtui.engine.boundary.actions import Note
from clawtui.engine.boundary.prompts import AnswerPrompt, Prompt, PromptClosed
from clawtui.engine.deploying.measured import Watch
from clawtui.engine.deploying.view import view
from clawtui.engine.local import LocalEngine
from clawtui.fleet.become import Rights
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.link import Link
from clawtui.fleet.way import hops
from clawtui.history.actions import operator

EngineOf = Callable[[Fleet], AbstractAsyncContextManager[LocalEngine]]


@dataclass(slots=True)
class Process:
    """One rollout in one process."""

    ledger: Ledger
    plan: RolloutPlan
    engine: LocalEngine
    environ: dict[str, str]
    # the connections look at it when they are made: an attached operator may lend an agent
    runner: RunnerZip
    secrets: Mapping[str, str]
    porter: Porter
    control: Control | None = None
    coordinator: Coordinator | None = None

    async def live(self) -> RolloutState:
        """Until it is over; what is left to say is said by the socket and the ledger."""
        with self.ledger.open():
            watch = Watch(self.engine.followers, self.plan.service)

            def measured(wave: int, hosts: tuple[str, ...]) -> Mapping[str, Traffic]:
                watch.look(wave, hosts)
                found = {host: watch.traffic(host) for host in hosts}
                return {host: traffic for host, traffic in found.items() if traffic is not None}

            around = Around(self._hook, Bake(self.plan, measured).readings, self._changed)
            self.control = Control(socket_of(self.engine.places, self.plan.id), self._ordered)
            self.coordinator = Coordinator(self.plan, self.ledger, self._shop, around)
            async with self.control.listening():
                relay = asyncio.create_task(self._prompts(), name="prompts")
                try:
                    state = await self.coordinator.run()
                    self._noted("deploy", f"{state.over}: {state.words}")
                    return state
                finally:
                    relay.cancel()
                    await asyncio.gather(relay, return_exceptions=True)

    def _shop(self, tell: Callable[[Event], None]) -> Shop:
        return Shop(
            reach=self._reach,
            runner=self.runner,
            secrets=self.secrets,
            bring=self.porter.bring,
            drain=self._drain,
            tell=tell,
            wall=time.time,
            owner=operator(self.environ),
            origin=socket.gethostname(),
        )

    async def _reach(self, name: str) -> tuple[Link, Rights]:
        host = self.engine.fleet.host(name)
        assert host is not None  # the fleet was cut to the plan's hosts
        link = await self.engine.links.link(host)
        return link, await self.engine.links.becoming.rights(link)

    async def _hook(self, which: str) -> tuple[Ending, str]:
        path = self.plan.hooks.before if which == "before" else self.plan.hooks.after
        return await run((path,), written(self.plan), self.plan.hooks.timeout_s)

    async def _drain(self, word: str, host: str) -> str:
        ending, words = await run((self.plan.hooks.drain, word, host), written(self.plan), self.plan.hooks.timeout_s)
        return "" if ending is Ending.OK else words

    def _changed(self, state: RolloutState, decision: Decision, readings: tuple[Reading, ...]) -> None:
        if self.control is not None:
            seen = view(self.plan, state, time.time(), timer=decision.timer, readings=readings)
            self.control.tell("view", b'{"view":' + encode(seen) + b"}")

    async def _ordered(self, order: Order, who: str) -> str:
        """Why it is refused; empty where it is done."""
        do, coordinator = str(order.get("do")), self.coordinator
        if coordinator is None:
            return "the rollout has not begun yet"
        if do == "answer":
            answer = AnswerPrompt(str(order.get("id")), str(order.get("text")))
            outcome = self.engine.questions.answer(answer)
            return "" if outcome.done else outcome.words
        if do == "lend":
            return await self._lent(str(order.get("agent")), who)
        if do not in ORDERS:
            return f"{do!r} is no order; there are: {', '.join(ORDERS)}"
        note = str(order.get("by") or "")
        if do == "pause":  # all others come from acts, which are written down already
            self._noted("deploy pause", str(order.get("why") or ""))
        coordinator.order(do, f"{who} ({note})" if note and note != who else who, str(order.get("why") or ""))
        return ""

    def _noted(self, verb: str, words: str) -> None:
        """A line among the acts of this machine."""
        hosts = tuple(host.name for host in self.plan.hosts)
        self.engine.journal.note(Note(verb, hosts, f"clawtui deploy status {self.plan.id}", words))

    async def _lent(self, agent: str, who: str) -> str:
        """Somebody's SSH agent, for as long as they are attached and their session lives."""
        self.environ["SSH_AUTH_SOCK"] = agent
        for host in self.engine.fleet.hosts:
            await self.engine.links.drop(host)
        assert self.coordinator is not None
        self.coordinator.order("resume", who, "credentials were lent")
        return ""

    async def _prompts(self) -> None:
        """Questions of links go to whoever is attached, now or later."""
        assert self.control is not None
        async for event in self.engine.subscribe("prompts"):
            line = b'{"prompt":' + encode(event) + b"}"
            if isinstance(event, Prompt):
                self.control.tell(event.id, line)
            elif isinstance(event, PromptClosed):
                self.control.forget(event.id, line)


async def coordinate(engine_of_fleet: EngineOf, fleet: Fleet, ledger: Ledger, environ: dict[str, str]) -> RolloutState:
    """Carry out what a ledger says, over the hosts of its plan and no others."""
    plan = await asyncio.to_thread(ledger.plan)
    cut = replace(fleet, hosts=_of(plan, fleet))
    runner = await asyncio.to_thread(packed)
    async with engine_of_fleet(cut) as engine:
        secrets = await _secrets(plan, environ)
        porter = Porter(plan.blobs, plan.place, runner.path, engine.places.cache)
        return await Process(ledger, plan, engine, environ, runner, secrets, porter).live()


async def _secrets(plan: RolloutPlan, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Their values, from where the spec says; only those that were planned."""
    keyed = any(step.kind == "certificate" and step.secrets for host in plan.hosts for step in host.steps)
    if not plan.secrets and not keyed:
        return {}
    spec = await asyncio.to_thread(read_spec, Path(plan.spec))
    wanted = [secret for secret in spec.secrets if secret.name in plan.secrets]
    found = (await fetched(wanted, environ, spec.file.parent)).reveal()
    if keyed and spec.proxy and spec.proxy.key:
        found["certificate:key"] = await asyncio.to_thread(spec.proxy.key.read_text)
    return found


def _of(plan: RolloutPlan, fleet: Fleet) -> tuple[Host, ...]:
    """The plan's hosts and the bastions before them."""
    wanted = {host.name for host in plan.hosts}
    before = {hop.name for host in fleet.hosts if host.name in wanted for hop in hops(fleet, host)}
    return tuple(host for host in fleet.hosts if host.name in wanted | before)
