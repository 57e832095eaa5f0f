"""What goes on beside the samples of one connection: the clock, the recent past, and a probe when samples stop."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from clawtui.engine.standing import Standing
from clawtui.engine.view import Staleness
from clawtui.errors import AgentError, Deadline
from clawtui.fleet.link import Ending, Link
from clawtui.metrics.names import OVERVIEW
from clawtui.metrics.series import STEP_S, STEPS
from clawtui.metrics.source import Source

HELLO_S = 10.0
PING_EACH_S = 60.0
PROBE_S = 3.0
PROBE_AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Conversation:
    """One source over one connection."""

    standing: Standing
    source: Source
    link: Link
    staleness: Staleness
    dirty: Callable[[str], None]
    wall: Callable[[], float] = time.time
    mono: Callable[[], float] = time.monotonic

    @property
    def _name(self) -> str:
        return self.standing.host.name

    async def measure(self, greeted: asyncio.Event) -> None:
        """The clock's offset after hello and each minute; the recent past once per connection."""
        noun = self.standing.chosen.noun
        try:
            async with asyncio.timeout(HELLO_S):
                await greeted.wait()
        except TimeoutError:
            who = "its agent" if noun == "agent" else noun
            raise AgentError(self._name, f"{who} lets us in and says nothing for {HELLO_S:.0f} s") from None
        while True:
            try:
                offset = await self.source.ping()
                self.standing.offset, self.standing.offset_error = offset.seconds, offset.error_s
                self.standing.complaint = (
                    ""  # it has answered well: what was wrong a minute ago need not stay on the row
                )
                if not self.standing.backfilled:
                    await self._backfill()
            except (Deadline, AgentError) as failure:
                self.standing.complaint = str(failure)
            await asyncio.sleep(PING_EACH_S)

    async def _backfill(self) -> None:
        """The last half hour from the host's ring, so that a spark does not begin with the operator's coffee."""
        keys = tuple(key for key in self.standing.series if key.name in OVERVIEW)
        tiers = {ring.tier for ring in self.source.hello.rings} if self.source.hello else set[str]()
        answering = self.source.answering
        if isinstance(answering, str) or "1s" not in tiers or not keys:
            return
        offset = self.standing.offset or 0.0
        end = self.wall() + offset
        past = await answering.range("1s", keys, end - STEP_S * STEPS, end, STEPS * 2)
        times = [at - offset for at in past.times]
        for key, values in zip(past.keys, past.mean, strict=True):
            if (series := self.standing.series.get(key)) is not None:
                series.fill(zip(times, values, strict=True))
        self.standing.backfilled = True
        self.dirty(self._name)

    async def probe(self) -> None:
        """When samples stop: is it the source or the line? Said on the row, never guessed."""
        limit, began = self.staleness.limit(self.standing.chosen.period_s), self.mono()
        while True:
            arrived = self.standing.arrived
            age = self.mono() - max(began, arrived or 0.0)
            if age < limit:
                await asyncio.sleep(limit - age + 0.05)
                continue
            answered = await self._answers()
            if self.standing.arrived == arrived:
                noun = self.standing.chosen.noun
                words = f"{noun} silent, ssh ok" if answered else f"{noun} silent, ssh does not answer either"
                self.standing.silence = words
                self.dirty(self._name)
            await asyncio.sleep(PROBE_AGAIN_S)

    async def _answers(self) -> bool:
        """Does a login shell still do anything there?"""
        try:
            reply = await self.link.run("true", timeout_s=PROBE_S)
        except Deadline:
            return False
        return reply.ending in (Ending.OK, Ending.FAILED)
