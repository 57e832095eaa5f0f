"""The demo without a screen: an engine watches it for a while, and what it saw is told."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass, replace

from clawtui.demo.faults import Fault
from clawtui.demo.fleet import DemoFleet
from clawtui.demo.injector import SEEN_AS, Cause
from clawtui.demo.sightings import Incident, Sightings, incidents
from clawtui.engine.boundary import Engine
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery, HostView
from clawtui.engine.local import LocalEngine

FEWEST = 4
# hosts that must have been seen at work
RIPE_S = 16.0
# a cause older than this and still unseen means that something does not work


@dataclass(frozen=True, slots=True)
class Watched:
    """All that one headless run brought."""

    frame: FleetFrame
    # the last state of the whole fleet
    incidents: tuple[Incident, ...]
    working: frozenset[str]
    # hosts that showed CPU, memory and response time
    first_s: float | None
    # from the beginning to the first live number
    unseen: tuple[Cause, ...]
    # causes that should have been noticed

    @property
    def worked(self) -> bool:
        """Did the demo show what it is for?"""
        return len(self.working) >= FEWEST and not self.unseen


async def watch(demo: DemoFleet, engine: LocalEngine, seconds: float) -> Watched:
    """Start the demo, look at it through the engine for so long, and end it."""
    loop = asyncio.get_running_loop()
    began, look = loop.time(), _Look(loop.time)
    async with demo, engine:
        reading = asyncio.create_task(look.read(engine))
        try:
            await asyncio.sleep(seconds)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
        frame = await engine.ask(FleetQuery())
    assert isinstance(frame, FleetFrame)
    told = tuple(explained(i, frame.at, Cores.now()) for i in incidents(demo.injector.causes, look.sightings.found))
    late = tuple(Cause(i.host, i.what, i.caused_at) for i in told if i.caused_at and not (i.seen_at or i.why))
    first = None if look.first is None else look.first - began
    return Watched(frame, told, frozenset(look.working), first, late)


class _Look:
    """Reads the topic that the fleet screen reads."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.sightings = Sightings()
        self.working: set[str] = set()
        self.first: float | None = None
        self._clock = clock

    async def read(self, engine: Engine) -> None:
        """Until cancelled."""
        async for event in engine.subscribe("fleet"):
            if isinstance(event, FleetFrame):
                self.sightings.take(event)
                self._note(event.hosts)

    def _note(self, hosts: tuple[HostView, ...]) -> None:
        for view in hosts:
            if view.metrics.get("cpu.busy") is not None and self.first is None:
                self.first = self._clock()
            if at_work(view):
                self.working.add(view.name)


@dataclass(frozen=True, slots=True)
class Cores:
    """What this machine has, and how many want to run at once."""

    count: int
    load: float

    @classmethod
    def now(cls) -> "Cores":
        """Of the last minute."""
        return cls(os.cpu_count() or 1, os.getloadavg()[0])


def explained(incident: Incident, now: float, cores: Cores) -> Incident:
    """An incident that was not seen, with the reason where there is one; without, something does not work."""
    if incident.caused_at is None or incident.seen_at is not None:
        return incident
    if incident.what == SEEN_AS[Fault.BURN] and cores.load > 1.5 * cores.count:
        why = f"{cores.load:.1f} processes share this machine's {cores.count} cores, so no host gets one to use up"
        return replace(incident, why=why)
    if now - incident.caused_at <= RIPE_S:
        return replace(incident, why=f"the demo ended {max(0.0, now - incident.caused_at):.0f} s after it")
    return incident


def at_work(view: HostView) -> bool:
    """CPU and memory of the host, and response time of a service, all live."""
    host = all(view.metrics.get(name) is not None for name in ("cpu.busy", "memory.available"))
    return host and any(service.metrics.get("latency.p95") is not None for service in view.services)
