"""All rings of one host: a day of seconds, a month of minutes, and who was heaviest; within a fixed room on disk."""

from __future__ import annotations

import contextlib
import fcntl
import grp
import json
import math
import os
import struct
import time
from typing import Any

from clawtui_agent.config import Config
from clawtui_agent.segment import PAGE, Damaged, Geometry, Segment
from clawtui_agent.slotmap import Name, SlotMap, width_for

INDEX = "rings.json"
NAN = float("nan")
LARGEST = 3.4e38  # of a 32-bit float
SECONDS, MINUTES, TOP = "1s", "1m", "top"
TOP_STEP = 10
LEAST_SLOTS = 60


class NoRings(Exception):
    """There can be no history here, and why."""


class History:
    """Written by one agent; read by anybody, also when that agent is dead."""

    def __init__(self, config: Config, top_body: int) -> None:
        self._config = config
        self._top_body = top_body
        self._folder = config.state
        self._lock = -1
        self.segments: list[Segment] = []  # oldest first; the last one of a tier is written to
        self.notes: list[str] = []
        self._slots = SlotMap(0)
        self._order: list[int] = []
        self._names: list[Name] = []
        self._pack = struct.Struct("<0f")
        self._minute = Minute()

    def open(self, names: list[Name], at: int) -> None:
        """Find the rings of the time before, or make new ones; raises NoRings."""
        try:
            os.makedirs(self._folder, 0o750, exist_ok=True)
            self._lock = os.open(f"{self._folder}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._load()
        except BlockingIOError:
            raise NoRings(f"{self._folder}: another agent writes there") from None
        except OSError as error:
            raise NoRings(f"{self._folder}: {error.strerror}") from error
        self.columns(names, at)

    def close(self) -> None:
        """The minute that has begun is kept as far as it got."""
        with contextlib.suppress(OSError, NoRings):
            self._flush_minute()
        for segment in self.segments:
            segment.close()
        self.segments = []
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def columns(self, names: list[Name], at: int) -> None:
        """These are the columns from now on; raises NoRings when there is no room for their rings."""
        if not names or (names == self._names and self.segments):
            return
        changed: bool | None = None
        if self._now(SECONDS) is not None and self._now(MINUTES) is not None:
            changed = self._slots.settle(names, at)
        if changed is None:
            self._begin(names, at)
        elif changed:
            self._describe()
        self._names = names
        self._order = self._slots.order(names)

    def write(self, at: int, values: list[float | None]) -> None:
        """One second; raises OSError when the disk is broken (not when it is full: the room was taken before)."""
        segment = self._now(SECONDS)
        if segment is None:
            return
        row = [NAN] * self._slots.width
        for slot, value in zip(self._order, values):  # noqa: B905 - the agent runs on Python 3.9
            if value is not None and -LARGEST < value < LARGEST:
                row[slot] = value
        segment.write(at, self._pack.pack(*row))
        if at // 60 != self._minute.at // 60:
            self._flush_minute()
            self._minute = Minute(at - at % 60, self._slots.width)
        self._minute.add(row)

    def write_top(self, at: int, body: bytes) -> None:
        """The heaviest processes of ten seconds."""
        segment = self._now(TOP)
        if segment is not None:
            segment.write(at - at % TOP_STEP, body)

    def read_top(self, at: float) -> tuple[int, bytes] | None:
        """The record at a moment, or the nearest within half a minute before."""
        for back in range(4):
            moment = int(at) - int(at) % TOP_STEP - back * TOP_STEP
            for segment in reversed(self.of(TOP)):
                body = segment.read(moment)
                if body is not None:
                    return moment, body
        return None

    def of(self, tier: str) -> list[Segment]:
        """The segments of a tier, oldest first."""
        return [segment for segment in self.segments if segment.geometry.tier == tier]

    def stays(self, segment: Segment, name: Name) -> list[tuple[int, int, int]]:
        """Slots of a column within a segment, each with the time it was there."""
        if segment is self._now(segment.geometry.tier):
            return self._slots.stays(name)
        return SlotMap.read(int(segment.meta["width"]), segment.meta["map"]).stays(name)

    def tiers(self, now: float) -> list[dict[str, Any]]:
        """For the hello line."""
        return [self._tier(tier, now) for tier in (SECONDS, MINUTES) if self.of(tier)]

    def _tier(self, tier: str, now: float) -> dict[str, Any]:
        segments = self.of(tier)
        oldest, newest = segments[0], segments[-1].geometry
        lap = oldest.geometry.slots * oldest.geometry.step
        first = max(int(oldest.meta["created"]), int(now) - lap)
        return {"tier": tier, "step": newest.step, "slots": newest.slots, "first": float(first)}

    def _now(self, tier: str) -> Segment | None:
        return next((s for s in reversed(self.segments) if s.geometry.tier == tier), None)

    # ------------------------------------------------------------ files

    def _load(self) -> None:
        """Segments that the index names; one that is damaged is set aside and said."""
        try:
            with open(f"{self._folder}/{INDEX}", "rb") as file:
                names = [str(name) for name in json.load(file)["segments"]]
        except FileNotFoundError:
            names = []
        except (ValueError, KeyError, TypeError):
            names = sorted(name for name in os.listdir(self._folder) if name.endswith(".ring"))
            self.notes.append(f"{INDEX} was damaged; taken from the folder")
        for name in names:
            try:
                self.segments.append(Segment.open(f"{self._folder}/{name}", write=True))
            except (Damaged, OSError) as error:
                self.notes.append(f"ring set aside: {error}")
        seconds, minutes = self._now(SECONDS), self._now(MINUTES)
        if seconds is None or minutes is None or not self._fits(seconds) or not self._fits(minutes):
            return
        newer = max(seconds.meta, minutes.meta, key=lambda meta: int(meta["revision"]))
        self._use(int(newer["width"]), SlotMap.read(int(newer["width"]), newer["map"]))

    def _fits(self, segment: Segment) -> bool:
        """Made for the present configuration; asked again with every start."""
        rings = self._config.rings
        asked = {SECONDS: rings.second_slots, MINUTES: rings.minute_slots}[segment.geometry.tier]
        return int(segment.meta["asked"]) == asked

    def _use(self, width: int, slots: SlotMap) -> None:
        self._slots = slots
        self._pack = struct.Struct(f"<{width}f")
        self._minute = Minute(0, width)

    def _begin(self, names: list[Name], at: int) -> None:
        """New segments, wide enough; the oldest make room for them."""
        with contextlib.suppress(OSError):
            self._flush_minute()
        width = width_for(len(names))
        self._use(width, SlotMap(width))
        self._slots.settle(names, at)
        wanted = self._geometries(width)
        if self._now(TOP) is not None:
            wanted = [geometry for geometry in wanted if geometry.tier != TOP]
        self._make_room(sum(geometry.size for geometry in wanted))
        number = 1 + max((_number(segment.path) for segment in self.segments), default=0)
        made: list[Segment] = []
        for geometry in wanted:
            path = f"{self._folder}/{geometry.tier}-{number:04d}.ring"
            try:
                made.append(Segment.create(path, geometry, self._meta(geometry, at)))
            except OSError as error:
                _undo(made)
                need = sum(geometry.size for geometry in wanted) / 1e6
                raise NoRings(f"{self._folder}: {error.strerror}; {need:.1f} MB are needed") from error
            self._give(path)
        self.segments += made
        self._write_index()

    def _geometries(self, width: int) -> list[Geometry]:
        rings = self._config.rings
        header = 2 * PAGE * max(1, width // 64)
        wide = [
            Geometry(SECONDS, 1, rings.second_slots, 4 * width, header),
            Geometry(MINUTES, 60, rings.minute_slots, 12 * width, header),
            Geometry(TOP, TOP_STEP, rings.top_slots, self._top_body, PAGE),
        ]
        need, fixed = sum(geometry.size for geometry in wide), sum(geometry.start for geometry in wide)
        if need > rings.max_bytes:
            share = max(0.0, (rings.max_bytes - fixed) / (need - fixed))
            wide = [geometry._replace(slots=int(geometry.slots * share)) for geometry in wide]
            if min(geometry.slots for geometry in wide[:2]) < LEAST_SLOTS or not wide[2].slots:
                raise NoRings(f"rings.max_bytes {rings.max_bytes} is too little for {width} columns")
            self.notes.append(f"rings shortened to {share:.0%}: {width} columns do not fit into rings.max_bytes")
        return wide

    def _make_room(self, size: int) -> None:
        """The oldest segments go first."""
        while self.segments and size + sum(s.geometry.size for s in self.segments) > self._config.rings.max_bytes:
            oldest = self.segments.pop(0)
            oldest.close()
            os.unlink(oldest.path)
            self.notes.append(f"ring full: oldest segment dropped ({os.path.basename(oldest.path)})")

    def _meta(self, geometry: Geometry, at: int) -> dict[str, Any]:
        rings = self._config.rings
        asked = {SECONDS: rings.second_slots, MINUTES: rings.minute_slots, TOP: rings.top_slots}[geometry.tier]
        meta: dict[str, Any] = {"created": at, "asked": asked, "host": os.uname().nodename, "revision": 1}
        if geometry.tier != TOP:
            meta.update(width=self._slots.width, parts=1 if geometry.tier == SECONDS else 3, map=self._slots.rows())
        return meta

    def _describe(self) -> None:
        """Both tiers get the new map before the first record that needs it."""
        revision = 1 + max(int(s.meta["revision"]) for s in (self._now(SECONDS), self._now(MINUTES)) if s is not None)
        for segment in (self._now(SECONDS), self._now(MINUTES)):
            while segment is not None:
                try:
                    segment.write_meta({**segment.meta, "revision": revision, "map": self._slots.rows()})
                    break
                except ValueError:
                    if not self._slots.forget():
                        raise NoRings(f"{segment.path}: names of columns are too long") from None

    def _write_index(self) -> None:
        """Readers over SFTP can't list a folder cheaply; they read this."""
        names = [os.path.basename(segment.path) for segment in self.segments]
        path = f"{self._folder}/{INDEX}"
        fd = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        with os.fdopen(fd, "wb") as file:
            file.write(json.dumps({"version": 1, "segments": names, "written": int(time.time())}).encode())
        os.rename(path + ".new", path)
        self._give(path)

    def _give(self, path: str) -> None:
        if self._config.group:
            with contextlib.suppress(KeyError, OSError):
                os.chown(path, -1, grp.getgrnam(self._config.group).gr_gid)

    def _flush_minute(self) -> None:
        segment = self._now(MINUTES)
        if segment is not None and self._minute.at:
            segment.write(self._minute.at, struct.pack(f"<{3 * self._slots.width}f", *self._minute.row()))
            self._minute = Minute(0, self._slots.width)


class Minute:
    """Least, mean and most of every slot within one minute."""

    def __init__(self, at: int = 0, width: int = 0) -> None:
        self.at = at
        self._low = [NAN] * width
        self._sum = [0.0] * width
        self._high = [NAN] * width
        self._count = [0] * width

    def add(self, row: list[float]) -> None:
        """One second."""
        for slot, value in enumerate(row):
            if not math.isnan(value):
                self._count[slot] += 1
                self._sum[slot] += value
                if not self._low[slot] <= value:
                    self._low[slot] = value
                if not self._high[slot] >= value:
                    self._high[slot] = value

    def row(self) -> list[float]:
        """All lows, then all means, then all highs."""
        mean = [self._sum[slot] / count if count else NAN for slot, count in enumerate(self._count)]
        return [*self._low, *mean, *self._high]


def _undo(made: list[Segment]) -> None:
    """Half a set of rings is none, and must not fill the disk."""
    for segment in made:
        segment.close()
        os.unlink(segment.path)


def _number(path: str) -> int:
    digits = os.path.basename(path).rpartition("-")[2].partition(".")[0]
    return int(digits) if digits.isdigit() else 0
