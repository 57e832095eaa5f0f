"""The files of all rings of one host: which there are, what room they take, which go when there is no more."""

from __future__ import annotations

import contextlib
import fcntl
import grp
import json
import os
import time
from typing import Any

from clawtui_agent.config import Config
from clawtui_agent.segment import PAGE, Damaged, Geometry, Segment
from clawtui_agent.slotmap import SlotMap
from clawtui_agent.tiers import HOURS, MINUTES, PARTS, SECONDS, STEPS, TOP
from clawtui_agent.widen import widen

INDEX = "rings.json"
VERSION = 1  # of the index
LEAST_SLOTS = 60
LEAST_HOURS = 24
NAMES_APART = 1024  # bytes of a header that are not its map
ASIDE_S = 30 * 86_400  # how long a file that can't be read is kept
FIRST_TO_GO = {SECONDS: 0, MINUTES: 1, HOURS: 2}  # seconds of an older width are out of date within a day


class NoRings(Exception):
    """There can be no history here, and why."""


class RingFolder:
    """Files that one agent writes; of a tier the last one is written to. One generation has one width and one number."""

    def __init__(self, config: Config, top_body: int) -> None:
        self._config = config
        self._top_body = top_body
        self.path = config.state
        self._lock = -1
        self._aside: list[str] = []  # files that can't be read: whoever can may yet come back
        self.segments: list[Segment] = []  # oldest first
        self.notes: list[str] = []

    def open(self) -> None:
        """Take the folder and what lies in it; raises NoRings."""
        try:
            os.makedirs(self.path, 0o750, exist_ok=True)
            self._lock = os.open(f"{self.path}/lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._load()
        except BlockingIOError:
            raise NoRings(f"{self.path}: another agent writes there") from None
        except OSError as error:
            raise NoRings(f"{self.path}: {error.strerror}") from error

    def close(self) -> None:
        """Let go."""
        for segment in self.segments:
            segment.close()
        self.segments = []
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def of(self, tier: str) -> list[Segment]:
        """The segments of a tier, oldest first."""
        return [segment for segment in self.segments if segment.geometry.tier == tier]

    def now(self, tier: str) -> Segment | None:
        """The one that is written to."""
        return next((s for s in reversed(self.segments) if s.geometry.tier == tier), None)

    def hours_of(self, minutes: Segment) -> Segment | None:
        """The hours that are folded from these minutes: same generation, same slots."""
        number = _number(minutes.path)
        return next((s for s in self.of(HOURS) if _number(s.path) == number), None)

    def asked(self, tier: str) -> int:
        """How many records the configuration wants of a tier."""
        rings = self._config.rings
        return {
            SECONDS: rings.second_slots,
            MINUTES: rings.minute_slots,
            HOURS: rings.hour_slots,
            TOP: rings.top_slots,
        }[tier]

    def map_now(self) -> SlotMap | None:
        """Of the segments that are written to, where all tiers have the same."""
        seconds, minutes = self.now(SECONDS), self.now(MINUTES)
        if seconds is None or minutes is None or seconds.meta["width"] != minutes.meta["width"]:
            return None
        newest = max((seconds, minutes), key=lambda segment: int(segment.meta["revision"])).meta
        return SlotMap.read(int(newest["width"]), newest["map"])

    def begin(self, slots: SlotMap, at: int, *, wider: bool) -> None:
        """New segments, wide enough. Raises NoRings.

        Those of before stay beside them; where there is no room for both, what they hold goes into the new ones, which can
        take it where only their width is another (`wider`). Else the oldest go.
        """
        wanted = self._geometries(slots.width)
        if self.now(TOP) is not None:
            wanted = [geometry for geometry in wanted if geometry.tier != TOP]
        slots.fit(wanted[0].header_size - NAMES_APART)
        size = sum(geometry.size for geometry in wanted)
        if wider and size + self._taken() > self._config.rings.max_bytes:
            try:
                self._replace(self._made(wanted, at, slots), at)
            except (NoRings, OSError) as error:  # the disk has no room for both, not even for a moment
                self.notes.append(f"history was not carried over: {error}")
            else:
                return
        self._make_room(size, at)
        self.segments += self._made(wanted, at, slots)
        self._write_index()

    def _made(self, wanted: list[Geometry], at: int, slots: SlotMap) -> list[Segment]:
        number = 1 + max((_number(name) for name in os.listdir(self.path)), default=0)
        made: list[Segment] = []
        for geometry in wanted:
            path = f"{self.path}/{geometry.tier}-{number:04d}.ring"
            try:
                made.append(Segment.create(path, geometry, self._meta(geometry, at, slots)))
            except OSError as error:
                _undo(made)
                need = sum(geometry.size for geometry in wanted) / 1e6
                raise NoRings(f"{self.path}: {error.strerror}; {need:.1f} MB are needed") from error
            self._give(path)
        return made

    def _replace(self, made: list[Segment], at: int) -> None:
        """The index changes at once, from all of the old to all of the new: who dies in between has lost nothing."""
        old: list[Segment] = []
        try:
            for segment in made:
                before = self.now(segment.geometry.tier)
                if before is not None and segment.geometry.tier != TOP:
                    widen(before, segment, at)
                    segment.write_meta({**segment.meta, "created": before.meta["created"]})
                    segment.write_meta(segment.meta)
                    old.append(before)
        except OSError:
            _undo(made)
            raise
        self.segments = [segment for segment in self.segments if segment not in old] + made
        self._make_room(0, at)  # for what is older still
        self._write_index()
        for segment in old:
            segment.close()
            os.unlink(segment.path)

    def add_hours(self, now: int) -> None:
        """Rings of the time before hours were kept are given them; where there is no room the rest stays as it is."""
        newest = self.now(MINUTES)
        for minutes in self.of(MINUTES):
            if self.hours_of(minutes) is None:
                created = int(minutes.meta["created"])
                following = [int(s.meta["created"]) for s in self.of(MINUTES) if int(s.meta["created"]) > created]
                past = (min([*following, now]) - created) // 3600 + 2
                slots = self.asked(HOURS) if minutes is newest else min(past, self.asked(HOURS))
                self._add_hours(minutes, slots)

    def _add_hours(self, minutes: Segment, slots: int) -> None:
        old = minutes.geometry
        free = self._config.rings.max_bytes - self._taken()
        geometry = Geometry(HOURS, STEPS[HOURS], slots, old.body_size, old.header_size)
        slots = min(slots, (free - geometry.start) // geometry.record)
        if slots < min(LEAST_HOURS, geometry.slots):
            self.notes.append(
                f"no hours are kept: rings.max_bytes {self._config.rings.max_bytes} leaves no room for them"
            )
            return
        path = minutes.path.replace(f"{MINUTES}-", f"{HOURS}-")
        try:
            made = Segment.create(path, geometry._replace(slots=slots), {**minutes.meta, "asked": self.asked(HOURS)})
        except OSError as error:
            self.notes.append(f"no hours are kept: {path}: {error.strerror}")
            return
        self._give(path)
        self.segments.insert(self.segments.index(minutes) + 1, made)
        self._write_index()

    def describe(self, slots: SlotMap) -> None:
        """All tiers get the new map before the first record that needs it; raises NoRings."""
        minutes = self.now(MINUTES)
        written = [
            s for s in (self.now(SECONDS), minutes, self.hours_of(minutes) if minutes else None) if s is not None
        ]
        revision = 1 + max(int(segment.meta["revision"]) for segment in written)
        for segment in written:
            while True:
                try:
                    segment.write_meta({**segment.meta, "revision": revision, "map": slots.rows()})
                    break
                except ValueError:
                    if not slots.forget():
                        raise NoRings(f"{segment.path}: names of columns are too long") from None

    def _load(self) -> None:
        """Segments that the index names; one that can't be read is set aside and said."""
        try:
            with open(f"{self.path}/{INDEX}", "rb") as file:
                index = json.load(file)
                version = int(index["version"])
                names = [str(name) for name in (*index.get("aside", ()), *index["segments"])]
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            version, names = VERSION, sorted(name for name in os.listdir(self.path) if name.endswith(".ring"))
            if names:
                self.notes.append(f"{INDEX} was damaged; taken from the folder")
        if version > VERSION:
            words = f"version {version} is of a newer agent, this one reads {VERSION}: upgrade the agent of this host"
            raise NoRings(f"{self.path}/{INDEX}: {words}")
        for name in names:
            try:
                self.segments.append(Segment.open(f"{self.path}/{name}", write=True))
            except FileNotFoundError as error:
                self.notes.append(f"ring set aside: {error}")
            except (Damaged, OSError) as error:
                self._set_aside(name, error)
        self._sweep(names)

    def _set_aside(self, name: str, error: Exception) -> None:
        """Kept for a month, because the agent that wrote it may be brought back; the room that it takes is not ours."""
        path = f"{self.path}/{name}"
        if time.time() - os.stat(path).st_mtime > ASIDE_S:
            os.unlink(path)
            self.notes.append(f"ring removed: nobody could read it for a month: {error}")
        else:
            self._aside.append(name)
            self.notes.append(f"ring set aside: {error}")

    def _sweep(self, names: list[str]) -> None:
        """A ring that no index names was left by an agent that was taken back, or that died while it made it."""
        for name in os.listdir(self.path):
            if name.endswith(".ring") and name not in names:
                os.unlink(f"{self.path}/{name}")

    def _geometries(self, width: int) -> list[Geometry]:
        most = self._config.rings.max_bytes - self._aside_bytes()
        header = 2 * PAGE * max(1, width // 64)
        wide = [
            Geometry(tier, STEPS[tier], self.asked(tier), 4 * PARTS[tier] * width, header)
            for tier in (SECONDS, MINUTES, HOURS)
        ]
        wide.append(Geometry(TOP, STEPS[TOP], self.asked(TOP), self._top_body, PAGE))
        need, fixed = sum(geometry.size for geometry in wide), sum(geometry.start for geometry in wide)
        if need > most:
            share = max(0.0, (most - fixed) / (need - fixed))
            wide = [geometry._replace(slots=int(geometry.slots * share)) for geometry in wide]
            if min(geometry.slots for geometry in wide[:2]) < LEAST_SLOTS or not min(g.slots for g in wide):
                raise NoRings(f"rings.max_bytes leaves {max(0, most)} bytes, too little for {width} columns")
            beside = " beside those set aside" if self._aside else ""
            self.notes.append(
                f"rings shortened to {share:.0%}: {width} columns do not fit into rings.max_bytes{beside}"
            )
        return wide

    def _taken(self) -> int:
        """Bytes of all files, also of those that can't be read."""
        return sum(segment.geometry.size for segment in self.segments) + self._aside_bytes()

    def _aside_bytes(self) -> int:
        total = 0
        for name in self._aside:
            with contextlib.suppress(OSError):
                total += os.stat(f"{self.path}/{name}").st_size
        return total

    def _make_room(self, size: int, at: int) -> None:
        """The oldest segments go first, of those the finest tier before the others; hours are only cut, where that does."""
        going = sorted((s for s in self.segments if s.geometry.tier != TOP), key=lambda s: FIRST_TO_GO[s.geometry.tier])
        most = self._config.rings.max_bytes
        while going and size + self._taken() > most:
            oldest = going.pop(0)
            name = os.path.basename(oldest.path)
            place = self.segments.index(oldest)
            self.segments.remove(oldest)
            left = (most - size - self._taken() - oldest.geometry.start) // oldest.geometry.record
            if oldest.geometry.tier == HOURS and left >= LEAST_HOURS:
                self.segments.insert(place, oldest.cut(left, at))
                self.notes.append(f"ring full: oldest segment cut to {left // 24} days ({name})")
                continue
            oldest.close()
            os.unlink(oldest.path)
            self.notes.append(f"ring full: oldest segment dropped ({name})")

    def _meta(self, geometry: Geometry, at: int, slots: SlotMap) -> dict[str, Any]:
        meta: dict[str, Any] = {
            "created": at,
            "asked": self.asked(geometry.tier),
            "host": os.uname().nodename,
            "revision": 1,
        }
        if geometry.tier != TOP:
            meta.update(width=slots.width, parts=PARTS[geometry.tier], map=slots.rows())
        return meta

    def _write_index(self) -> None:
        """Readers over SFTP can't list a folder cheaply; they read this."""
        names = [os.path.basename(segment.path) for segment in self.segments]
        index = {"version": VERSION, "segments": names, "aside": self._aside, "written": int(time.time())}
        path = f"{self.path}/{INDEX}"
        fd = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        with os.fdopen(fd, "wb") as file:
            file.write(json.dumps(index).encode())
        os.rename(path + ".new", path)
        self._give(path)

    def _give(self, path: str) -> None:
        if self._config.group:
            with contextlib.suppress(KeyError, OSError):
                os.chown(path, -1, grp.getgrnam(self._config.group).gr_gid)


def _undo(made: list[Segment]) -> None:
    """Half a set of rings is none, and must not fill the disk."""
    for segment in made:
        segment.close()
        os.unlink(segment.path)


def _number(path: str) -> int:
    digits = os.path.basename(path).rpartition("-")[2].partition(".")[0]
    return int(digits) if digits.isdigit() else 0
