"""Follows one host for as long as the engine lives: connect, find the agent, take samples, and come back after every loss."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, cast

from clawtui.alerts.rule import Rule
from clawtui.clean import clean
from clawtui.engine.reach import reach
from clawtui.engine.standing import Contact, Standing
from clawtui.engine.view import Staleness
from clawtui.errors import (
    AgentError,
    AuthFailed,
    ClawtuiError,
    Deadline,
    FileFailed,
    HostKeyChanged,
    HostKeyUnknown,
    LinkError,
    LinkLost,
    OptionRefused,
    WireError,
)
from clawtui.fleet.backoff import Backoff
from clawtui.fleet.host import Host
from clawtui.fleet.link import Ending, Link
from clawtui.fleet.options import SshOptions
from clawtui.metrics.names import OVERVIEW
from clawtui.metrics.sample import Hello, Sample
from clawtui.metrics.series import STEP_S, STEPS
from clawtui.metrics.sources.agent import AgentClient, BadLine

AGENT_AGAIN_S = 1.0
NO_AGENT_AGAIN_S = 5.0
HELLO_S = 10.0
PING_EACH_S = 60.0
PROBE_S = 3.0
PROBE_AGAIN_S = 5.0
CAN_WAIT = (HostKeyChanged, HostKeyUnknown)
# tried again by themselves, slowly: somebody may have settled it with `clawtui trust` elsewhere


class Links(Protocol):
    """Where kept connections come from."""

    async def link(self, host: Host) -> Link:
        """The kept connection, made if needed."""
        ...

    async def rejoin(self, host: Host) -> Link:
        """The same, without trying a bastion that has denied us: nobody asked for it."""
        ...

    def facts(self, host: Host) -> dict[str, str]:
        """Words about it."""
        ...


@dataclass(frozen=True, slots=True)
class Ground:
    """What all followers share."""

    links: Links
    rules: tuple[Rule, ...]
    options: SshOptions
    staleness: Staleness
    dirty: Callable[[str], None]
    # this host's row has changed
    sampled: Callable[[Standing], None]
    # a sample came in
    wall: Callable[[], float] = time.time
    mono: Callable[[], float] = time.monotonic


class Follower:
    """One host."""

    def __init__(self, host: Host, ground: Ground) -> None:
        self.host, self.ground = host, ground
        self.standing = Standing(host, ground.wall(), words="waits for its turn to connect")
        self.client: AgentClient | None = None
        self.watched = False
        self._again = asyncio.Event()
        self._nudged = False
        self._backoff = Backoff(ground.options.retry_first_s, ground.options.retry_most_s)

    def nudge(self) -> None:
        """Try again now: something has changed that may help."""
        self._backoff.reset()
        self._nudged = True
        self._again.set()

    async def watch(self, *, on: bool) -> None:
        """The operator looks at this host, or no longer."""
        self.watched = on
        if self.client is not None and self.client.hello is not None:
            await self.client.watch(on=on)

    async def run(self) -> None:
        """Never ends by itself and never raises: whatever happens becomes the host's standing."""
        while True:
            self._again.clear()
            try:
                wait_s = await self._once()
            except Exception as fault:
                logging.getLogger("clawtui").exception("%s: follower failed", self.host.name)
                self._turn(
                    Contact.FAULT, f"clawtui's own fault: {type(fault).__name__}: {clean(str(fault), limit=200)}"
                )
                wait_s = self.ground.options.retry_most_s
            try:
                async with asyncio.timeout(wait_s):
                    await self._again.wait()
            except TimeoutError:
                pass

    async def _once(self) -> float | None:
        """One connection from its first attempt to its end; answers how long to wait before the next."""
        name = self.host.name
        try:
            links, asked = self.ground.links, self._nudged
            self._nudged = False
            link = await (links.link(self.host) if asked else links.rejoin(self.host))
            self.standing.tries = 0
            self.standing.fingerprint = self.ground.links.facts(self.host).get("fingerprint", "")
            self._backoff.reset()
            await self._follow(link)
        except AgentError as failure:
            remedy = "" if "upgrade" in failure.reason else f"clawtui agent install {name}"
            gone = "its agent is gone: " if self.standing.arrived is not None else ""
            self._turn(Contact.NO_AGENT, f"{gone}{failure.reason}", remedy)
        except WireError as failure:
            words = f"its agent cannot be understood: {str(failure).removeprefix(f'{name}: ')}"
            self._turn(Contact.NO_AGENT, words, f"clawtui agent upgrade {name}")
        except LinkError as failure:
            return self._failed(failure)
        else:  # the agent hung up: it is being restarted, or it died; the next look will tell
            return AGENT_AGAIN_S
        return NO_AGENT_AGAIN_S

    async def _follow(self, link: Link) -> None:
        client = AgentClient(self.host.name, await reach(link), clock=self.ground.wall)
        self.client, self.standing.backfilled = client, False
        greeted = asyncio.Event()
        try:
            async with asyncio.TaskGroup() as tasks:
                side = [
                    tasks.create_task(self._measure(client, greeted), name=f"clock {self.host.name}"),
                    tasks.create_task(self._probe(link), name=f"probe {self.host.name}"),
                ]
                async for message in client.messages():
                    if isinstance(message, Sample):
                        self._sample(message)
                    elif isinstance(message, Hello):
                        await self._greeted(client, message)
                        greeted.set()
                    elif isinstance(message, BadLine):
                        self.standing.complaint = message.words
                for task in side:
                    task.cancel()
        except ExceptionGroup as group:
            raise _first(group) from group
        finally:
            self.client = None
            await client.close()
        if client.hello is None:
            raise AgentError(
                self.host.name, f"what answers in the agent's place ended without a hello{_said(self.standing)}"
            )

    async def _greeted(self, client: AgentClient, hello: Hello) -> None:
        self.standing.greet(hello, self.ground.rules)
        self._turn(Contact.LIVE)
        await client.live()
        if self.watched:
            await client.watch(on=True)

    def _sample(self, sample: Sample) -> None:
        self.standing.take(sample, self.ground.mono(), self.ground.wall())
        self.ground.dirty(self.host.name)
        self.ground.sampled(self.standing)

    async def _measure(self, client: AgentClient, greeted: asyncio.Event) -> None:
        """The clock's offset after hello and each minute; the recent past once per connection."""
        try:
            async with asyncio.timeout(HELLO_S):
                await greeted.wait()
        except TimeoutError:
            raise AgentError(self.host.name, f"its agent lets us in and says nothing for {HELLO_S:.0f} s") from None
        while True:
            try:
                offset = await client.ping()
                self.standing.offset, self.standing.offset_error = offset.seconds, offset.error_s
                self.standing.complaint = (
                    ""  # it has answered well: what was wrong a minute ago need not stay on the row
                )
                if not self.standing.backfilled:
                    await self._backfill(client)
            except (Deadline, AgentError) as failure:
                self.standing.complaint = str(failure)
            await asyncio.sleep(PING_EACH_S)

    async def _backfill(self, client: AgentClient) -> None:
        """The last half hour from the host's ring, so that a spark does not begin with the operator's coffee."""
        keys = tuple(key for key in self.standing.series if key.name in OVERVIEW)
        tiers = {ring.tier for ring in client.hello.rings} if client.hello else set[str]()
        if "1s" not in tiers or not keys:
            return
        offset = self.standing.offset or 0.0
        end = self.ground.wall() + offset
        past = await client.range("1s", keys, end - STEP_S * STEPS, end, STEPS * 2)
        times = [at - offset for at in past.times]
        for key, values in zip(past.keys, past.mean, strict=True):
            if (series := self.standing.series.get(key)) is not None:
                series.fill(zip(times, values, strict=True))
        self.standing.backfilled = True
        self.ground.dirty(self.host.name)

    async def _probe(self, link: Link) -> None:
        """When samples stop: is it the agent or the line? Said on the row, never guessed."""
        limit, began = self.ground.staleness.limit(1.0), self.ground.mono()
        while True:
            arrived = self.standing.arrived
            age = self.ground.mono() - max(began, arrived or 0.0)
            if age < limit:
                await asyncio.sleep(limit - age + 0.05)
                continue
            answered = await self._answers(link)
            if self.standing.arrived == arrived:
                words = "agent silent, ssh ok" if answered else "agent silent, ssh does not answer either"
                self.standing.silence = words
                self.ground.dirty(self.host.name)
            await asyncio.sleep(PROBE_AGAIN_S)

    async def _answers(self, link: Link) -> bool:
        """Does a login shell still do anything there?"""
        try:
            reply = await link.run("true", timeout_s=PROBE_S)
        except Deadline:
            return False
        return reply.ending in (Ending.OK, Ending.FAILED)

    def _failed(self, failure: LinkError) -> float | None:
        """What a LinkError means for the row, and how long to wait."""
        standing, wait_s = self.standing, self._backoff.after(failure)
        if failure.behind:
            return self._behind(failure)
        match failure:
            case HostKeyChanged():
                name = self.host.name
                trust = f"clawtui trust --replace {name} --fingerprint SHA256:… --reason …"
                remedy = f"ask its owner; if it was built anew, with the fingerprint that its console shows: {trust}"
                self._turn(Contact.REFUSED, failure.reason, remedy)
            case HostKeyUnknown():
                self._turn(Contact.UNTRUSTED, failure.reason, f"clawtui trust {self.host.name}")
            case AuthFailed() | OptionRefused():
                self._turn(Contact.REFUSED, failure.reason, f"clawtui doctor {self.host.name}")
            case LinkLost() if standing.contact in (Contact.LIVE, Contact.NO_AGENT):
                self._turn(Contact.LOST, f"connection lost: {failure.reason}")
                return 0.0
            case FileFailed():
                self._turn(Contact.NO_AGENT, failure.reason, f"clawtui doctor {self.host.name}")
            case _:
                standing.tries += 1
                tries = f", {standing.tries} tries" if standing.tries > 1 else ""
                self._turn(Contact.DOWN, f"{failure.reason}{tries}", f"clawtui doctor {self.host.name}")
        return self.ground.options.retry_most_s if isinstance(failure, CAN_WAIT) else wait_s

    def _behind(self, failure: LinkError) -> float:
        """A bastion is at fault: it is told as such, and tried again by its own time-table, not once for every host."""
        name = failure.behind
        words = f"behind {failure.reason.removeprefix('bastion ')}"
        if not failure.reason.startswith("bastion "):  # the line went with the bastion's while it was being made
            words = f"behind {name}, whose connection was lost"
        match failure:
            case HostKeyUnknown():
                self._turn(Contact.UNTRUSTED, words, f"clawtui trust {self.host.name}", name)
            case AuthFailed() | OptionRefused() | HostKeyChanged():
                self._turn(Contact.REFUSED, words, f"clawtui doctor {self.host.name}", name)
            case _:
                self._turn(Contact.DOWN, words, f"clawtui doctor {self.host.name}", name)
        again_s = failure.again.after_s if failure.again else 0.0
        return self.ground.options.retry_most_s if again_s is None else again_s

    def _turn(self, contact: Contact, words: str = "", remedy: str = "", behind: str = "") -> None:
        self.standing.turn(contact, self.ground.wall(), clean(words, limit=400), remedy, behind)
        self.ground.dirty(self.host.name)


def _said(standing: Standing) -> str:
    return f" ({standing.complaint})" if standing.complaint else ""


def _first(group: ExceptionGroup[Exception]) -> Exception:
    """The failure that ended a connection: a lost line rather than what it broke on its way."""
    leaves = list(_leaves(group))
    ours = [leaf for leaf in leaves if isinstance(leaf, ClawtuiError)]
    return next((leaf for leaf in ours if isinstance(leaf, LinkLost)), (ours or leaves)[0])


def _leaves(group: ExceptionGroup[Exception]) -> Iterable[Exception]:
    for inner in group.exceptions:
        if isinstance(inner, ExceptionGroup):
            yield from _leaves(cast("ExceptionGroup[Exception]", inner))
        else:
            yield inner
