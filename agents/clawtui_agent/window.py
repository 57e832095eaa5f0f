"""The last minute of a metrics page: counters become rates, buckets become percentiles."""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from clawtui_agent.dialects import Dialect, traffic
from clawtui_agent.page import Page
from clawtui_agent.reading import Value

SPAN = 60.0  # seconds that percentiles look back
LONGEST = 20.0  # seconds between two pages that still make a rate; after a longer gap the base is set anew
FEWEST = 10  # requests; a percentile of fewer says nothing
LE_MS = (50, 100, 250, 500, 1000, 2500, 5000, 10000)
INFINITE = float("inf")
NOT_OFFERED = "not offered by this server"

Buckets = dict[float, float]  # edge in seconds → cumulative count


class Totals(NamedTuple):
    """Every counter of interest at one moment, by label set, so that a reset of one is seen."""

    clock: float
    requests: dict[str, float]
    failed: dict[str, float]
    tokens: dict[str, float]
    latency: dict[str, float]  # "labels|edge" → count
    whole: dict[str, float]


class Growth(NamedTuple):
    """What was added between two pages; a counter that went back was reset and adds nothing."""

    clock: float
    seconds: float
    known: bool  # there were requests to tell by whether the server offers a status
    requests: float
    failed: float | None
    tokens: float | None
    latency: Buckets
    whole: Buckets


class Window:
    """Sliding; built page by page."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._before: Totals | None = None
        self._growth: deque[Growth] = deque()
        self._inflight: float | None = None
        self._queue: float | None = None
        self.edges_ms: tuple[float, ...] = ()

    def take(self, page: Page, clock: float) -> None:
        """One more page."""
        totals = _totals(self._dialect, page, clock)
        self._inflight = _gauge(page, self._dialect.inflight)
        self._queue = _gauge(page, self._dialect.queue)
        self.edges_ms = tuple(edge * 1000.0 for edge in sorted(_edges(totals.latency)) if edge != INFINITE)
        if self._before is not None and 0.0 < clock - self._before.clock < LONGEST:
            self._growth.append(_growth(self._dialect, self._before, totals))
        self._before = totals

    def values(self, clock: float) -> list[Value]:
        """In the order of the collector's columns."""
        while self._growth and clock - self._growth[0].clock > SPAN:
            self._growth.popleft()
        if not self._growth:
            nothing: list[Value] = [None] * (6 + len(LE_MS) + 1 + 2)
            return [*nothing, self._inflight, self._queue]
        last = self._growth[-1]
        latency = _sum([growth.latency for growth in self._growth])
        whole = _sum([growth.whole for growth in self._growth])
        failed = None if last.failed is None else last.failed / last.seconds
        return [
            last.requests / last.seconds,
            failed if failed is not None or not last.known else NOT_OFFERED,
            _ratio(last),
            percentile(latency, 0.50),
            percentile(latency, 0.95),
            percentile(latency, 0.99),
            *(self._at(last, edge) for edge in LE_MS),
            last.latency.get(INFINITE, 0.0) / last.seconds,
            percentile(whole, 0.95) if self._dialect.whole else NOT_OFFERED,
            last.tokens / last.seconds if last.tokens is not None else NOT_OFFERED,
            self._inflight if self._inflight is not None else NOT_OFFERED,
            self._queue if self._queue is not None else NOT_OFFERED,
        ]

    def _at(self, growth: Growth, edge_ms: int) -> Value:
        """An edge that the source lacks is null: interpolating it would let a limit read green for ever."""
        if not any(abs(own - edge_ms) < 1e-6 for own in self.edges_ms):
            return "no such bucket edge"
        counts = [count for own, count in growth.latency.items() if abs(own * 1000.0 - edge_ms) < 1e-6]
        return (counts[0] if counts else 0.0) / growth.seconds

    @property
    def started(self) -> bool:
        """Two pages were seen, so there are rates."""
        return bool(self._growth)


def percentile(buckets: Buckets, share: float) -> float | None:
    """Linear within a bucket, as Prometheus does it; beyond the last finite edge that edge is the answer."""
    count = buckets.get(INFINITE, 0.0)
    if count < FEWEST:
        return None
    rank = share * count
    low = below = 0.0
    for edge in sorted(buckets):
        if buckets[edge] >= rank:
            if edge == INFINITE:
                return low
            inside = buckets[edge] - below
            return low + (edge - low) * ((rank - below) / inside if inside > 0 else 1.0)
        low, below = edge, buckets[edge]
    return low


def _ratio(growth: Growth) -> Value:
    if growth.failed is None:
        return NOT_OFFERED if growth.known else None
    return min(1.0, growth.failed / growth.requests) if growth.requests > 0 else None


def _totals(dialect: Dialect, page: Page, clock: float) -> Totals:
    requests: dict[str, float] = {}
    failed: dict[str, float] = {}
    name = next((name for name in dialect.requests if page.has(name)), "")
    for labels, value in page.samples(name) if name else ():
        if traffic(labels):
            key = _key(labels)
            requests[key] = requests.get(key, 0.0) + value
            if any(labels.get(label, "").startswith("5") for label in dialect.status):
                failed[key] = failed.get(key, 0.0) + value
    for name in dialect.failures:
        failed.update(_counters(page, name))
    tokens: dict[str, float] = {}
    for name in dialect.tokens:
        tokens.update(_counters(page, name))
    return Totals(
        clock,
        requests,
        failed,
        tokens,
        _histogram(page, dialect.histogram),
        _histogram(page, dialect.whole),
    )


def _histogram(page: Page, family: str) -> dict[str, float]:
    found: dict[str, float] = {}
    if family:
        for labels, value in page.samples(family + "_bucket"):
            edge = labels.pop("le", "")
            if edge and traffic(labels):
                found[f"{_key(labels)}|{edge}"] = value
    return found


def _counters(page: Page, name: str) -> dict[str, float]:
    return {f"{name}{_key(labels)}": value for labels, value in page.samples(name)}


def _key(labels: dict[str, str]) -> str:
    return ",".join(f"{name}={labels[name]}" for name in sorted(labels))


def _gauge(page: Page, names: tuple[str, ...]) -> float | None:
    values = [total for total in (page.total(name) for name in names) if total is not None]
    return values[0] if values else None


def _edges(histogram: dict[str, float]) -> set[float]:
    return {_edge(key) for key in histogram}


def _edge(key: str) -> float:
    try:
        return float(key.rpartition("|")[2])
    except ValueError:
        return INFINITE


def _growth(dialect: Dialect, before: Totals, after: Totals) -> Growth:
    has_status = any(f"{label}=" in key for key in after.requests for label in dialect.status)
    return Growth(
        after.clock,
        after.clock - before.clock,
        bool(after.requests),
        sum(_added(before.requests, after.requests).values()),
        sum(_added(before.failed, after.failed).values()) if has_status or dialect.failures else None,
        sum(_added(before.tokens, after.tokens).values()) if after.tokens else None,
        _by_edge(_added(before.latency, after.latency)),
        _by_edge(_added(before.whole, after.whole)),
    )


def _added(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """A label set that was not there before began at zero, unless this is the first page of a new process."""
    return {key: max(0.0, value - before.get(key, 0.0)) for key, value in after.items()}


def _by_edge(added: dict[str, float]) -> Buckets:
    buckets: Buckets = {}
    for key, value in added.items():
        edge = _edge(key)
        buckets[edge] = buckets.get(edge, 0.0) + value
    return buckets


def _sum(parts: list[Buckets]) -> Buckets:
    whole: Buckets = {}
    for part in parts:
        for edge, value in part.items():
            whole[edge] = whole.get(edge, 0.0) + value
    return whole
