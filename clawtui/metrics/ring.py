"""Reads the rings of a host whose agent is dead: a flight recorder that needs nobody's help.

The layout is that of the agent's files, version 1: two header copies (`CLWR`, generation, length, CRC-32, JSON), then `slots`
records of time, CRC-32 and 32-bit floats. A record counts only where its time is the wanted one and its CRC is right, so a
torn write, a gap and an older lap all read as "nothing recorded". Engine and agent share no code.
"""

import json
import math
import struct
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from zlib import crc32

from clawtui.errors import FileFailed
from clawtui.fleet.link import Link
from clawtui.metrics.sample import Key, Range

INDEX = "rings.json"
VERSION = 1
PAGE = 4096
HEADERS = 64 * PAGE
# bytes that hold both copies of any header we know
AT_ONCE = 4 * 1024 * 1024
DEADLINE_S = 60.0
NOTE = "read from the ring by SFTP: the agent is dead"
_PREFIX = struct.Struct("<4sIII")
_HEAD = struct.Struct("<II")


@dataclass(frozen=True, slots=True)
class Stay:
    """A column stood in a slot from one time to another; `until` 0 means until the end."""

    slot: int
    since: int
    until: int
    next: int = 0
    # when another column moved into the slot; 0 when none has

    def holds(self, at: int, step: int) -> bool:
        """Is the record of that time its own? Any part of it counts, but what two columns share is the newer one's."""
        left = (self.until and at > self.until) or (self.next and at > self.next - step)
        return at > self.since - step and not left


@dataclass(frozen=True, slots=True)
class RingFile:
    """One segment, as its header describes it."""

    path: str
    tier: str
    step: int
    slots: int
    body_size: int
    start: int
    created: int
    width: int
    parts: int
    # 1: a value a slot; 3: all lows, all means, all highs
    stays: dict[Key, tuple[Stay, ...]] = field(default_factory=dict[Key, tuple[Stay, ...]])

    @property
    def record(self) -> int:
        """Bytes of one record."""
        return _HEAD.size + self.body_size


Triple = tuple[float, float, float]


async def read_ring(link: Link, state_dir: str, keys: Sequence[Key], start: float, end: float, points: int) -> Range:
    """History of some metrics straight from the files; every extreme survives the thinning.

    Seconds, minutes or hours: the tier that fits. Raises LinkErrors, and FileFailed when there are no rings.
    """
    newer: list[str] = []
    files = [await _describe(link, f"{state_dir}/{name}", newer) for name in await _index(link, state_dir)]
    found = [file for file in files if file is not None]
    if not found:
        why = newer[0] if newer else f"{state_dir}: no whole ring file; the agent has kept no history there"
        raise FileFailed(link.host.name, why)
    tier = _tier(found, start, end, points)
    read = await _of_tier(link, [file for file in found if file.tier == tier], keys, start, end, points)
    step = min(file.step for file in found if file.tier == tier)
    finer = sorted({(file.step, file.tier) for file in found if file.step < step and points > 0}, reverse=True)
    for _, tier in finer:  # a host's first minute and its first hour are in the finer tiers only
        if any(value is not None for lane in read.mean for value in lane):
            break
        read = await _of_tier(link, [file for file in found if file.tier == tier], keys, start, end, points)
    return read


async def _of_tier(
    link: Link, files: Sequence[RingFile], keys: Sequence[Key], start: float, end: float, points: int
) -> Range:
    chosen = sorted(files, key=lambda file: file.created)
    tier, base = chosen[-1].tier, chosen[-1].step
    first, last = int(start) - int(start) % base, int(end)
    step = base if points <= 0 else max(base, math.ceil((last - first + base) / points / base) * base)
    buckets = [[Bucket() for _ in range((last - first) // step + 1)] for _ in keys]
    for number, file in enumerate(chosen):
        until = min(last, chosen[number + 1].created - 1) if number + 1 < len(chosen) else last
        begin = max(first, file.created - file.step, until - (file.slots - 1) * file.step)
        async for at, row in _records(link, file, begin, until):
            for lane, key in zip(buckets, keys, strict=True):
                lane[(at - first) // step].add(_pick(file, key, at, row))
    return _range(tuple(keys), tier, first, step, buckets)


async def _index(link: Link, state_dir: str) -> list[str]:
    """Names of the segments, oldest first."""
    raw = await link.get(f"{state_dir}/{INDEX}", timeout_s=DEADLINE_S)
    try:
        index = cast("dict[str, Any]", json.loads(raw))
        names, version = index["segments"], int(index.get("version", VERSION))
        named = [str(name) for name in names if "/" not in str(name)]
    except (ValueError, KeyError, TypeError) as error:
        raise FileFailed(link.host.name, f"{state_dir}/{INDEX}: not an index of rings: {error}") from error
    if version > VERSION:
        raise FileFailed(link.host.name, _newer(f"{state_dir}/{INDEX}", version))
    return named


def _newer(path: str, version: int) -> str:
    return f"{path}: version {version} is of a newer agent, this clawtui reads {VERSION}: upgrade clawtui here"


async def _describe(link: Link, path: str, newer: list[str]) -> RingFile | None:
    """The younger of the two headers that is whole; None for a file that is missing or damaged, or `newer` than we."""
    try:
        raw = await link.get(path, size=HEADERS, timeout_s=DEADLINE_S)
    except FileFailed:
        return None
    best: tuple[int, dict[str, Any]] | None = None
    for place in range(0, len(raw) - _PREFIX.size, PAGE):
        magic, generation, length, crc = _PREFIX.unpack_from(raw, place)
        text = raw[place + _PREFIX.size : place + _PREFIX.size + length]
        if magic == b"CLWR" and len(text) == length and crc32(text) == crc and (best is None or generation > best[0]):
            best = generation, json.loads(text)
    try:
        version = int(best[1]["version"]) if best else VERSION
        if version > VERSION:
            newer.append(_newer(path, version))
            return None
        return _file(path, best[1]) if best else None
    except (KeyError, TypeError, ValueError):
        return None


def _file(path: str, header: dict[str, Any]) -> RingFile | None:
    meta = header["meta"]
    if header["version"] < max(1, VERSION - 1) or "map" not in meta:
        return None  # too old, or the process ring
    file = RingFile(
        path,
        str(header["tier"]),
        int(header["step"]),
        int(header["slots"]),
        int(header["body_size"]),
        2 * int(header["header_size"]),
        int(meta["created"]),
        int(meta["width"]),
        int(meta["parts"]),
        _stays(meta["map"]),
    )
    sound = file.step > 0 and file.slots > 0 and file.width > 0 and file.body_size == 4 * file.width * file.parts
    return file if sound and all(stay.slot < file.width for s in file.stays.values() for stay in s) else None


def _stays(rows: list[tuple[int, str, str, int, int]]) -> dict[Key, tuple[Stay, ...]]:
    """Where each column stood, and who came after it."""
    stays: dict[Key, tuple[Stay, ...]] = {}
    for slot, scope, name, since, until in rows:
        key, after = Key(str(scope), str(name)), [row[3] for row in rows if row[0] == slot and row[3] > since]
        stays[key] = (*stays.get(key, ()), Stay(int(slot), int(since), int(until), min(after, default=0)))
    return stays


def _tier(files: list[RingFile], start: float, end: float, points: int) -> str:
    """Of those that reach back far enough the coarsest that is not coarser than asked for, else the finest."""
    tiers = {file.tier: file for file in sorted(files, key=lambda file: -file.created)}  # of each the oldest file
    known = sorted(tiers.values(), key=lambda file: file.step)
    if not known:
        return ""
    reach = {file.tier: max(file.created, end - file.slots * file.step) for file in known}
    begin = max(start, min(reach.values()))
    reaching = [file for file in known if reach[file.tier] <= begin + file.step]
    coarse = [file for file in reaching if points > 0 and file.step <= (end - start) / points]
    return (coarse[-1] if coarse else reaching[0]).tier


async def _records(link: Link, file: RingFile, first: int, last: int) -> AsyncIterator[tuple[int, tuple[float, ...]]]:
    """Whole records of a stretch of time, in as few reads as the ring's end and our memory allow."""
    at = first - first % file.step
    unpack = struct.Struct(f"<{file.width * file.parts}f").unpack
    while at <= last:
        slot = (at // file.step) % file.slots
        count = min(file.slots - slot, (last - at) // file.step + 1, max(1, AT_ONCE // file.record))
        raw = await link.get(
            file.path, offset=file.start + slot * file.record, size=count * file.record, timeout_s=DEADLINE_S
        )
        for number in range(count):
            body = _body(raw[number * file.record : (number + 1) * file.record], at)
            if len(body) == file.body_size:
                yield at, unpack(body)
            at += file.step


def _body(raw: bytes, at: int) -> bytes:
    """Empty when this is not the record of that time, or not a whole one."""
    if len(raw) < _HEAD.size:
        return b""
    time, crc = _HEAD.unpack_from(raw)
    return raw[_HEAD.size :] if time == at and crc32(raw[_HEAD.size :], crc32(raw[:4])) == crc else b""


def _pick(file: RingFile, key: Key, at: int, row: tuple[float, ...]) -> Triple:
    for stay in file.stays.get(key, ()):
        if stay.holds(at, file.step):
            low = row[stay.slot]
            if file.parts == 1:
                return low, low, low
            return low, row[file.width + stay.slot], row[2 * file.width + stay.slot]
    return math.nan, math.nan, math.nan


@dataclass(slots=True)
class Bucket:
    """One step of the answer: least, sum and most of what fell into it."""

    low: float = math.inf
    total: float = 0.0
    high: float = -math.inf
    count: int = 0

    def add(self, value: Triple) -> None:
        """NaN is nothing."""
        low, mean, high = value
        if not math.isnan(mean):
            self.low, self.high = min(self.low, low), max(self.high, high)
            self.total += mean
            self.count += 1


def _range(keys: tuple[Key, ...], tier: str, first: int, step: int, lanes: list[list[Bucket]]) -> Range:
    return Range(
        keys,
        float(step),
        tier,
        tuple(float(first + number * step) for number in range(len(lanes[0]) if lanes else 0)),
        tuple(tuple(b.low if b.count else None for b in lane) for lane in lanes),
        tuple(tuple(b.total / b.count if b.count else None for b in lane) for lane in lanes),
        tuple(tuple(b.high if b.count else None for b in lane) for lane in lanes),
        NOTE,
    )
