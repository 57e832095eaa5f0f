"""Answers from the rings: a stretch of time, thinned so that every extreme survives, in chunks that let samples through."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from typing import Any

from clawtui_agent.hello import encode
from clawtui_agent.history import History
from clawtui_agent.segment import Segment
from clawtui_agent.slotmap import Name
from clawtui_agent.tiers import STEPS

CHUNK = 30_000  # bytes of values in one line
VALUE = 14  # bytes that one value takes at most, with its comma


class Wanted:
    """A request for a stretch of time, made sane."""

    def __init__(self, number: int | None, tier: str, first: int, last: int, points: int, names: list[Name]) -> None:
        self.number, self.tier, self.first, self.last, self.points, self.names = (
            number,
            tier,
            first,
            last,
            points,
            names,
        )


class Bucket:
    """One step of the answer."""

    __slots__ = ("count", "high", "low", "total")

    def __init__(self) -> None:
        self.low, self.high, self.total, self.count = math.inf, -math.inf, 0.0, 0

    def add(self, low: float, mean: float, high: float) -> None:
        """NaN adds nothing."""
        if mean == mean:
            self.low, self.high = min(self.low, low), max(self.high, high)
            self.total += mean
            self.count += 1


def answer(history: History, wanted: Wanted) -> Iterator[bytes | None]:
    """Lines, with None wherever a little work was done and others should have their turn."""
    segments = history.of(wanted.tier)
    base = STEPS[wanted.tier]
    first = wanted.first - wanted.first % base
    step = base
    if wanted.points:
        step = max(base, math.ceil((wanted.last - first + base) / wanted.points / base) * base)
    thin = step > base
    rows = max(1, CHUNK // (max(1, len(wanted.names)) * VALUE * (3 if thin or base > 1 else 1)))
    line: list[list[Bucket]] = []
    at = first
    for moment, values in _steps(history, segments, wanted, first):
        if values is None:
            yield None
            continue
        while moment >= at + step * len(line):
            if len(line) == rows:
                yield _line(wanted, at, step, line, thin or base > 1, more=True)
                at += step * rows
                line = []
            line.append([Bucket() for _ in wanted.names])
        for bucket, (low, mean, high) in zip(line[-1], values):  # noqa: B905 - the agent runs on Python 3.9
            bucket.add(low, mean, high)
    while at + step * len(line) <= wanted.last:  # a gap at the end is said as a gap
        if len(line) == rows:
            yield _line(wanted, at, step, line, thin or base > 1, more=True)
            at += step * rows
            line = []
        line.append([Bucket() for _ in wanted.names])
    yield _line(wanted, at, step, line, thin or base > 1, more=False)


Values = list[tuple[float, float, float]]


def _steps(
    history: History, segments: list[Segment], wanted: Wanted, first: int
) -> Iterator[tuple[int, Values | None]]:
    """Every record with the wanted values; `(time, None)` between two reads."""
    for number, segment in enumerate(segments):
        begin = max(first, int(segment.meta["created"]) - segment.geometry.step if number else 0)
        last = wanted.last
        if number + 1 < len(segments):
            last = min(last, int(segments[number + 1].meta["created"]) - 1)
        width, parts = int(segment.meta["width"]), int(segment.meta["parts"])
        stays = [history.stays(segment, name) for name in wanted.names]
        unpack = struct.Struct(f"<{width * parts}f").unpack
        begin = max(begin, last - segment.geometry.slots * segment.geometry.step)
        for reached, found in segment.records(begin, last):
            for at, body in found:
                row = unpack(body)
                yield at, [_pick(row, stay, at, width, parts) for stay in stays]
            yield reached, None


def _pick(
    row: tuple[float, ...], stays: list[tuple[int, int, int]], at: int, width: int, parts: int
) -> tuple[float, float, float]:
    for slot, since, until in stays:
        if since <= at and (not until or at <= until):
            if parts == 1:
                return row[slot], row[slot], row[slot]
            return row[slot], row[width + slot], row[2 * width + slot]
    return math.nan, math.nan, math.nan


def _line(wanted: Wanted, at: int, step: int, line: list[list[Bucket]], spread: bool, *, more: bool) -> bytes:
    columns = range(len(wanted.names))
    body: dict[str, Any] = {
        "id": wanted.number,
        "tier": wanted.tier,
        "step": step,
        "from": at,
        "columns": wanted.names,
        "low": [[_round(b[i].low, b[i].count) for b in line] for i in columns] if spread else [],
        "mean": [[_round(b[i].total / b[i].count, 1) if b[i].count else None for b in line] for i in columns],
        "high": [[_round(b[i].high, b[i].count) for b in line] for i in columns] if spread else [],
        "more": more,
    }
    return encode({"range": body})


def _round(value: float, count: int) -> float | None:
    return float(f"{value:.7g}") if count else None
