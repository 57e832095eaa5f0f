"""The last minute of a metrics page: counters become rates, buckets become percentiles."""

from __future__ import annotations

from collections import deque

from clawtui_agent.counters import INFINITE, Buckets, Growth, Totals, edges, gauge, growth, quantiles, totals
from clawtui_agent.dialects import Dialect
from clawtui_agent.page import Page
from clawtui_agent.reading import Value

SPAN = 60.0  # seconds that percentiles look back
LONGEST = 20.0  # seconds between two pages that still make a rate; after a longer gap the base is set anew
FEWEST = 10  # requests; a percentile of fewer says nothing
LE_MS = (50, 100, 250, 500, 1000, 2500, 5000, 10000)
SHARES = (0.50, 0.95, 0.99)
NAMES = (
    ("requests.rate", "1/s"),
    ("errors.rate", "1/s"),
    ("errors.ratio", "ratio"),
    ("latency.p50", "s"),
    ("latency.p95", "s"),
    ("latency.p99", "s"),
    *((f"latency.le.{edge}", "1/s") for edge in (*LE_MS, "inf")),
    ("e2e.p95", "s"),
    ("tokens.rate", "1/s"),
    ("inflight", "count"),
    ("queue", "count"),
)
NOT_OFFERED = "not offered by this server"
QUANTILES_ONLY = "this server gives quantiles, no buckets"


class Window:
    """Sliding; built page by page."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._before: Totals | None = None
        self._growth: deque[Growth] = deque()
        self._quantiles: dict[float, float] = {}
        self._inflight: float | None = None
        self._queue: float | None = None
        self.edges_ms: tuple[float, ...] = ()

    def take(self, page: Page, clock: float) -> None:
        """One more page."""
        dialect = self._dialect
        found = totals(dialect, page, clock)
        self._inflight = gauge(dialect, page, dialect.inflight)
        self._queue = gauge(dialect, page, dialect.queue)
        self._quantiles = quantiles(dialect, page) if dialect.summary else {}
        self.edges_ms = edges(found, dialect.unit)
        before = self._before
        if before is not None and self._same(before, found):
            return
        if before is not None and 0.0 < clock - before.clock < max(LONGEST, 3 * dialect.refresh):
            self._growth.append(growth(dialect, before, found))
        self._before = found

    def _same(self, before: Totals, found: Totals) -> bool:
        """A page that is written in steps: until the next step it says nothing new, unless nothing happened for two."""
        unchanged = found.requests == before.requests and found.latency == before.latency
        return unchanged and found.clock - before.clock < 2 * self._dialect.refresh - 0.5

    def values(self, clock: float) -> list[Value]:
        """In the order of the collector's columns."""
        while self._growth and clock - self._growth[0].clock > SPAN:
            self._growth.popleft()
        if not self._growth:
            nothing: list[Value] = [None] * (6 + len(LE_MS) + 1 + 2)
            return [*nothing, self._inflight, self._queue]
        last = self._growth[-1]
        failed = None if last.failed is None else last.failed / last.seconds
        return [
            last.requests / last.seconds,
            failed if failed is not None or not last.known else NOT_OFFERED,
            _ratio(last),
            *self._latency(last),
            self._whole(),
            last.tokens / last.seconds if last.tokens is not None else NOT_OFFERED,
            self._inflight if self._inflight is not None else NOT_OFFERED,
            self._queue if self._queue is not None else NOT_OFFERED,
        ]

    def _latency(self, last: Growth) -> list[Value]:
        """Percentiles, then the cumulative rates at our edges."""
        if self._dialect.no_latency:
            return [self._dialect.no_latency] * (len(SHARES) + len(LE_MS) + 1)
        if self._dialect.summary:
            return [*self._said(), *([QUANTILES_ONLY] * (len(LE_MS) + 1))]
        latency = _sum([growth.latency for growth in self._growth])
        return [
            *(percentile(latency, share) for share in SHARES),
            *(self._at(last, edge) for edge in LE_MS),
            last.latency.get(INFINITE, 0.0) / last.seconds,
        ]

    def _said(self) -> list[Value]:
        """The server's own quantiles; of an idle server they are old, so under ten requests a minute there are none."""
        if sum(growth.requests for growth in self._growth) < FEWEST:
            return [None] * len(SHARES)
        return [self._quantiles.get(share, NOT_OFFERED) for share in SHARES]

    def _whole(self) -> Value:
        if not self._dialect.whole:
            return NOT_OFFERED
        return percentile(_sum([growth.whole for growth in self._growth]), 0.95)

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


def _sum(parts: list[Buckets]) -> Buckets:
    whole: Buckets = {}
    for part in parts:
        for edge, value in part.items():
            whole[edge] = whole.get(edge, 0.0) + value
    return whole
