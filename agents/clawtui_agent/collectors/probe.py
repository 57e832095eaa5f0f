"""The active probe: one request of our own each few seconds, where no metrics page tells how a service answers."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

from clawtui_agent.address import of_tcp, of_url
from clawtui_agent.config import Probe, Service
from clawtui_agent.reading import Column, Now, Value
from clawtui_agent.scrape import Asking, Scrape
from clawtui_agent.window import LE_MS, NAMES, SHARES, SPAN
from clawtui_agent.world import ServiceFacts, World

PROBED = "probed: nobody counts the requests of this service"
NO_METRICS = "probed: there is no metrics page"


class ServiceProbe:
    """One service; what it measures is marked as probe and never mixed with what others asked of the service."""

    every = 1

    def __init__(self, world: World, service: Service, probe: Probe) -> None:
        scope = f"service:{service.name}"
        self._world = world
        self._name = service.name
        self._scope = scope
        self._each = probe.every
        self._timeout = probe.timeout
        self._tells_up = not service.has_processes
        self._tells_latency = not service.metrics
        self.columns = (
            *((Column(scope, "up", "bool", probe.every),) if self._tells_up else ()),
            *(Column(scope, name, unit, probe.every) for name, unit in (NAMES if self._tells_latency else ())),
        )
        where = of_url(probe.url) if probe.url else of_tcp(probe.tcp)
        asking = Asking(probe.method, probe.body, probe.expect, probe.timeout, whole=False)
        self._scrape = Scrape(world.loop, where or probe.url, self._answered, asking)
        self._due = -1e9
        self._asked = 0.0
        self._open = False  # a probe is under way
        self._gone = False  # a probe that was due when the service went is not made
        self._seen: deque[tuple[float, float | None]] = deque()  # when, and how long it took; None is a failure
        self._up: bool | None = None
        if self._tells_latency:
            world.facts[self._name] = ServiceFacts("probe")

    def read(self, now: Now) -> list[Value]:
        """What the probes of the last minute found; asks again when it is time."""
        self._scrape.expire(now.clock)
        self._settle()
        if now.clock >= self._due and not self._open:
            self._due = now.clock + self._each - 0.1
            self._world.loop.work(
                self._begin()
            )  # after the tick: nothing that is still to be read may count as latency
        while len(self._seen) > 1 and now.clock - self._seen[0][0] > max(SPAN, 2 * self._each):
            self._seen.popleft()
        up: list[Value] = [None if self._up is None else float(self._up)] if self._tells_up else []
        return [*up, *(self._values() if self._tells_latency else ())]

    def close(self) -> None:
        """Nothing stays open, and no failure of a probe that is gone is remembered."""
        self._gone = True
        self._scrape.close()
        self._world.unanswered.pop(self._name, None)

    def _begin(self) -> Iterator[bool]:
        if self._gone:
            return
        self._open, self._asked = True, time.monotonic()
        self._scrape.ask(self._asked)
        self._settle()
        yield False

    def _answered(self, _body: bytes, clock: float) -> None:
        took = clock - self._asked
        self._judge(took if took <= self._timeout else None, "" if took <= self._timeout else "no answer in time")

    def _settle(self) -> None:
        """A probe that ended without an answer."""
        if self._open and not self._scrape.busy:
            self._judge(None, self._scrape.trouble)

    def _judge(self, took: float | None, words: str) -> None:
        self._open = False
        self._seen.append((time.monotonic(), took))
        up, words = took is not None, f"probe: {words}" if words else ""
        if up:
            self._world.unanswered.pop(self._name, None)
        else:
            self._world.unanswered[self._name] = words
        if self._tells_latency:
            self._world.facts[self._name] = ServiceFacts("probe", (), words)
        if self._tells_up and self._up is not None and up != self._up:
            self._world.tell("service-up" if up else "service-down", self._scope, words or "answers again")
        self._up = up

    def _values(self) -> list[Value]:
        """In the order of NAMES. Percentiles are of our own probes, of however few: each was made to measure."""
        took = sorted(seconds for _, seconds in self._seen if seconds is not None)
        failed = len(self._seen) - len(took)
        return [
            PROBED,
            PROBED,
            failed / len(self._seen) if self._seen else None,
            *(took[min(len(took) - 1, int(share * len(took)))] if took else None for share in SHARES),
            *([PROBED] * (len(LE_MS) + 1)),
            *([NO_METRICS] * 4),
        ]


def collectors(world: World) -> list[ServiceProbe]:
    """One for each service with a probe."""
    return [ServiceProbe(world, s, s.probe) for s in world.config.services if s.probe is not None]
