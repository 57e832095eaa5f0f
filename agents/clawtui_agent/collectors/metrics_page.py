"""The metrics page of a service: requests, errors, response time, tokens, in the names that real servers use."""

from __future__ import annotations

from clawtui_agent.config import Service
from clawtui_agent.dialects import Dialect, detect
from clawtui_agent.page import Page
from clawtui_agent.reading import Column, Now, Value
from clawtui_agent.scrape import Scrape
from clawtui_agent.window import NAMES, Window
from clawtui_agent.world import ServiceFacts, World

EACH = 5  # seconds between two looks; the server pays milliseconds for every page that it renders


class MetricsPage:
    """One page: asked for each 5 s, each second while somebody looks at this host, and never waited for."""

    every = 1

    def __init__(self, world: World, service: Service) -> None:
        self._scope = f"service:{service.name}"
        self.columns = self._columns(float(EACH))
        self._world = world
        self._name = service.name
        self._scrape = Scrape(world.loop, service.metrics, self._arrived)
        self._window: Window | None = None
        self._dialect: Dialect | None = None
        self._asked = -1e9
        self._read_at = -1e9
        world.facts[service.name] = ServiceFacts()

    def read(self, now: Now) -> list[Value]:
        """What the last page said; asks for the next one when it is time."""
        fresh = self._window is not None and not self._window.started  # one page gives no rates: ask soon again
        quick = (fresh or self._world.watched()) and not self._scrape.trouble  # one in trouble is not pressed
        if now.clock - self._asked >= (1.0 if quick else EACH) - 0.1:
            self._asked = now.clock
            self._scrape.ask(now.clock)
        self._scrape.expire(now.clock)
        unknown = self._scrape.pages > 0 and self._dialect is None
        words = self._scrape.trouble or ("nothing on it that is known here" if unknown else "")
        if words:
            self._fact(ServiceFacts(missing=f"metrics page: {words}"))
            return [f"metrics page: {words}"] * len(NAMES)
        if self._window is None or now.clock - self._read_at > 2 * EACH:
            return [None] * len(NAMES)
        return self._window.values(now.clock)

    def close(self) -> None:
        """The kept connection ends with the service that it belongs to."""
        self._scrape.close()

    def _arrived(self, body: bytes, clock: float) -> None:
        page = Page(body)
        dialect = detect(page)
        if dialect is None:
            self._dialect = self._window = None
            return
        if self._window is None or dialect is not self._dialect:
            self._dialect, self._window = dialect, Window(dialect)
            self.columns = self._columns(max(EACH, dialect.refresh))
        self._window.take(page, clock)
        self._read_at = clock
        self._fact(ServiceFacts(dialect.latency_is, self._window.edges_ms, ""))

    def _columns(self, period: float) -> tuple[Column, ...]:
        return tuple(Column(self._scope, name, unit, period) for name, unit in NAMES)

    def _fact(self, fact: ServiceFacts) -> None:
        if self._world.facts.get(self._name) != fact:
            self._world.facts[self._name] = fact


def collectors(world: World) -> list[MetricsPage]:
    """One for each service with a metrics URL."""
    return [MetricsPage(world, service) for service in world.config.services if service.metrics]
