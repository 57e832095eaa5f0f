"""Follows one host for as long as the engine lives: connect, find the agent, take samples, and come back after every loss."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from clawtui.alerts.rule import Rule
from clawtui.clean import clean
from clawtui.engine.conversation import Conversation
from clawtui.engine.failures import CAN_WAIT, Meaning, first_of, of_link, of_source
from clawtui.engine.reach import reach
from clawtui.engine.standing import Contact, Standing
from clawtui.engine.view import Staleness
from clawtui.errors import AgentError, LinkError, WireError
from clawtui.fleet.backoff import Backoff
from clawtui.fleet.host import Host
from clawtui.fleet.link import Link
from clawtui.fleet.options import SshOptions
from clawtui.metrics.sample import Hello, Sample
from clawtui.metrics.source import BadLine, Source
from clawtui.places import Places

AGENT_AGAIN_S = 1.0
NO_AGENT_AGAIN_S = 5.0


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
    places: Places = field(default_factory=Places.of)
    wall: Callable[[], float] = time.time
    mono: Callable[[], float] = time.monotonic


class Follower:
    """One host."""

    def __init__(self, host: Host, ground: Ground) -> None:
        self.host, self.ground = host, ground
        self.standing = Standing(host, ground.wall(), words="waits for its turn to connect")
        self.source: Source | None = None
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
        if self.source is not None and self.source.hello is not None:
            await self.source.watch(on=on)

    async def run(self) -> None:
        """Never ends by itself and never raises: whatever happens becomes the host's standing."""
        while True:
            self._again.clear()
            try:
                wait_s = await self._once()
            except Exception as fault:
                logging.getLogger("clawtui").exception("%s: follower failed", self.host.name)
                words = f"clawtui's own fault: {type(fault).__name__}: {clean(str(fault), limit=200)}"
                self._turn(Meaning(Contact.FAULT, words))
                wait_s = self.ground.options.retry_most_s
            try:
                async with asyncio.timeout(wait_s):
                    await self._again.wait()
            except TimeoutError:
                pass

    async def _once(self) -> float | None:
        """One connection from its first attempt to its end; answers how long to wait before the next."""
        standing = self.standing
        try:
            links, asked = self.ground.links, self._nudged
            self._nudged = False
            link = await (links.link(self.host) if asked else links.rejoin(self.host))
            standing.tries = 0
            standing.fingerprint = links.facts(self.host).get("fingerprint", "")
            self._backoff.reset()
            await self._follow(link)
        except (AgentError, WireError) as failure:
            self._turn(of_source(failure, standing))
        except LinkError as failure:
            return self._failed(failure)
        else:  # the agent hung up: it is being restarted, or it died; the next look will tell
            return AGENT_AGAIN_S
        return NO_AGENT_AGAIN_S

    async def _follow(self, link: Link) -> None:
        reached = await reach(link, self.ground.places)
        source = self.source = reached.source
        self.standing.chosen, self.standing.backfilled = reached.chosen, False
        try:
            await self._converse(source, link)
        except ExceptionGroup as group:
            raise first_of(group) from group
        finally:
            self.source = None
            await source.close()
        if source.hello is None:
            raise AgentError(self.host.name, _speechless(self.standing))

    async def _converse(self, source: Source, link: Link) -> None:
        ground, greeted = self.ground, asyncio.Event()
        beside = Conversation(self.standing, source, link, ground.staleness, ground.dirty, ground.wall, ground.mono)
        async with asyncio.TaskGroup() as tasks:
            side = [
                tasks.create_task(beside.measure(greeted), name=f"clock {self.host.name}"),
                tasks.create_task(beside.probe(), name=f"probe {self.host.name}"),
            ]
            async for message in source.messages():
                if isinstance(message, Sample):
                    self._sample(message)
                elif isinstance(message, Hello):
                    await self._greeted(source, message)
                    greeted.set()
                elif isinstance(message, BadLine):
                    self.standing.complaint = message.words
            for task in side:
                task.cancel()

    async def _greeted(self, source: Source, hello: Hello) -> None:
        self.standing.greet(hello, self.ground.rules)
        self._turn(Meaning(Contact.LIVE, ""))
        if self.watched:
            await source.watch(on=True)

    def _sample(self, sample: Sample) -> None:
        self.standing.take(sample, self.ground.mono(), self.ground.wall())
        self.ground.dirty(self.host.name)
        self.ground.sampled(self.standing)

    def _failed(self, failure: LinkError) -> float | None:
        """Say what a LinkError means for the row, and how long to wait."""
        meaning, wait_s = of_link(failure, self.standing), self._backoff.after(failure)
        self.standing.tries += meaning.contact is Contact.DOWN and not meaning.behind
        self._turn(meaning)
        if failure.behind:  # the bastion is tried again by its own time-table, not once for every host
            again_s = failure.again.after_s if failure.again else 0.0
            return self.ground.options.retry_most_s if again_s is None else again_s
        if meaning.contact is Contact.LOST:
            return 0.0
        return self.ground.options.retry_most_s if isinstance(failure, CAN_WAIT) else wait_s

    def _turn(self, meaning: Meaning) -> None:
        words = clean(meaning.words, limit=400)
        self.standing.turn(meaning.contact, self.ground.wall(), words, meaning.remedy, meaning.behind)
        self.ground.dirty(self.host.name)


def _speechless(standing: Standing) -> str:
    """What answered was no source."""
    said = f" ({standing.complaint})" if standing.complaint else ""
    return f"{standing.chosen.speechless}{said}"
