"""Counters of one metrics page, and what was added between two of them."""

from __future__ import annotations

from typing import NamedTuple

from clawtui_agent.dialects import Dialect, placed, traffic
from clawtui_agent.page import Page

INFINITE = float("inf")

Buckets = dict[float, float]  # edge in seconds → cumulative count


class Totals(NamedTuple):
    """Every counter of interest at one moment, by label set, so that a reset of one is seen."""

    clock: float
    requests: dict[str, float]
    failed: dict[str, float]
    tells_failed: bool  # whether the server offers a status or counts failures
    tokens: dict[str, float]
    latency: dict[str, float]  # "labels|edge" → count
    noise: dict[str, float]  # the same, of our own scrapes
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


def totals(dialect: Dialect, page: Page, clock: float) -> Totals:
    """Read a page once."""
    requests, failed = _requests(dialect, page)
    status = any(f"{label}=" in key for key in requests for label in dialect.status)
    for name in dialect.more:
        requests.update(_counters(page, name))
    for name in dialect.failures:
        failed.update(_counters(page, name))
    counted = dialect.failures_late or any(page.declares(name) or page.has(name) for name in dialect.failures)
    return Totals(
        clock,
        requests,
        failed,
        status or (bool(dialect.failures) and counted),
        {key: value for name in dialect.tokens for key, value in _counters(page, name).items()},
        _histogram(page, dialect.histogram, wanted=True),
        _histogram(page, dialect.noise, wanted=False),
        _histogram(page, dialect.whole, wanted=True),
    )


def growth(dialect: Dialect, before: Totals, after: Totals) -> Growth:
    """From one page to the next."""
    latency = _by_edge(_added(before.latency, after.latency), dialect.unit)
    noise = _by_edge(_added(before.noise, after.noise), dialect.unit)
    return Growth(
        after.clock,
        after.clock - before.clock,
        bool(after.requests),
        sum(_added(before.requests, after.requests).values()),
        sum(_added(before.failed, after.failed).values()) if after.tells_failed else None,
        sum(_added(before.tokens, after.tokens).values()) if after.tokens else None,
        _without(latency, noise) if dialect.noise else latency,
        _by_edge(_added(before.whole, after.whole), dialect.unit),
    )


def gauge(dialect: Dialect, page: Page, names: tuple[str, ...]) -> float | None:
    """Sum over the labels of the first that is present, without the request that fetched the page."""
    for name in names:
        samples = [(labels, value) for labels, value in page.samples(name) if traffic(labels)]
        if samples or page.has(name):
            ours = dialect.counts_us and not any(placed(labels) for labels, _ in samples) and bool(samples)
            return max(0.0, sum(value for _, value in samples) - (1.0 if ours else 0.0))
    return None


def quantiles(dialect: Dialect, page: Page) -> dict[float, float]:
    """Quantiles of a summary in seconds; of several models the slowest one's, since quantiles can't be merged."""
    found: dict[float, float] = {}
    for labels, value in page.samples(dialect.summary):
        try:
            quantile = float(labels.get("quantile", ""))
        except ValueError:
            continue
        found[quantile] = max(found.get(quantile, 0.0), value * dialect.unit)
    return found


def edges(found: Totals, unit: float) -> tuple[float, ...]:
    """Finite bucket edges in milliseconds."""
    return tuple(
        round(edge * 1000.0, 6) for edge in sorted({_edge(key, unit) for key in found.latency}) if edge != INFINITE
    )


def _requests(dialect: Dialect, page: Page) -> tuple[dict[str, float], dict[str, float]]:
    requests: dict[str, float] = {}
    failed: dict[str, float] = {}
    name = next((name for name in dialect.requests if page.has(name)), "")
    for labels, value in page.samples(name) if name else ():
        if traffic(labels):
            key = name + _key(labels)
            requests[key] = requests.get(key, 0.0) + value
            if any(labels.get(label, "").startswith("5") for label in dialect.status):
                failed[key] = failed.get(key, 0.0) + value
    return requests, failed


def _histogram(page: Page, family: str, *, wanted: bool) -> dict[str, float]:
    """Its buckets, of what somebody wanted answered or of what nobody did."""
    found: dict[str, float] = {}
    if family:
        for labels, value in page.samples(family + "_bucket"):
            edge = labels.pop("le", "")
            if edge and traffic(labels) is wanted:
                found[f"{_key(labels)}|{edge}"] = value
    return found


def _counters(page: Page, name: str) -> dict[str, float]:
    return {f"{name}{_key(labels)}": value for labels, value in page.samples(name)}


def _key(labels: dict[str, str]) -> str:
    return ",".join(f"{name}={labels[name]}" for name in sorted(labels))


def _edge(key: str, unit: float) -> float:
    try:
        return float(key.rpartition("|")[2]) * unit
    except ValueError:
        return INFINITE


def _added(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """A label set that was not there before began at zero, unless this is the first page of a new process."""
    return {key: max(0.0, value - before.get(key, 0.0)) for key, value in after.items()}


def _by_edge(added: dict[str, float], unit: float) -> Buckets:
    buckets: Buckets = {}
    for key, value in added.items():
        edge = _edge(key, unit)
        buckets[edge] = buckets.get(edge, 0.0) + value
    return buckets


def _without(buckets: Buckets, noise: Buckets) -> Buckets:
    """Less what we added ourselves; below the first edge that is known of it, it is taken to have been quick."""
    known = sorted(noise)
    return {
        edge: max(
            0.0, count - (noise[next((own for own in reversed(known) if own <= edge), known[0])] if known else 0.0)
        )
        for edge, count in buckets.items()
    }
