"""The past of one host: a day of seconds, a month of minutes, a year of hours, and who was heaviest."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from typing import Any

from clawtui_agent import fold
from clawtui_agent.config import Config
from clawtui_agent.ringfolder import RingFolder
from clawtui_agent.segment import Segment
from clawtui_agent.slotmap import Name, SlotMap, width_for
from clawtui_agent.tiers import HOURS, MINUTES, SECONDS, STEPS, TOP

NAN = float("nan")
LARGEST = 3.4e38  # of a 32-bit float
AGAIN = 5  # minutes after which the hour that runs is folded anew
AT_ONCE = 4  # hours that are caught up with before others have their turn: a few milliseconds


class History:
    """Written by one agent; read by anybody, also when that agent is dead."""

    def __init__(self, config: Config, top_body: int) -> None:
        self._folder = RingFolder(config, top_body)
        self._slots = SlotMap(0)
        self._order: list[int] = []
        self._names: list[Name] = []
        self._pack = struct.Struct("<0f")
        self._minute = fold.Minute()

    @property
    def notes(self) -> list[str]:
        """What whoever reads this past should know."""
        return self._folder.notes

    def open(self, names: list[Name], at: int) -> None:
        """Find the rings of the time before, or make new ones; raises NoRings."""
        self._folder.open()
        self._take_over(at)
        self.columns(names, at)

    def close(self) -> None:
        """The minute that has begun is kept as far as it got."""
        with contextlib.suppress(OSError):
            self._flush_minute()
        self._folder.close()

    def columns(self, names: list[Name], at: int) -> None:
        """These are the columns from now on; raises NoRings when there is no room for their rings."""
        if not names or (names == self._names and self._folder.segments):
            return
        changed = self._slots.settle(names, at)
        if changed is None:
            self._begin(names, at)
        elif changed:
            self._folder.describe(self._slots)
        if changed is not False:
            for slot, since in enumerate(self._slots.since(at + 1)):
                if since == at:
                    self._minute.forget(slot)
        self._names = names
        self._order = self._slots.order(names)

    def write(self, at: int, values: list[float | None]) -> None:
        """One second; raises OSError when the disk is broken (not when it is full: the room was taken before)."""
        segment = self._folder.now(SECONDS)
        if segment is None:
            return
        row = [NAN] * self._slots.width
        for slot, value in zip(self._order, values):  # noqa: B905 - the agent runs on Python 3.9
            if value is not None and -LARGEST < value < LARGEST:
                row[slot] = value
        segment.write(at, self._pack.pack(*row))
        if at // 60 != self._minute.at // 60:
            self._flush_minute(at)
            self._minute = fold.Minute(at - at % 60, self._slots.width)
        self._minute.add(row)

    def write_top(self, at: int, body: bytes) -> None:
        """The heaviest processes of ten seconds."""
        segment = self._folder.now(TOP)
        if segment is not None:
            segment.write(at - at % STEPS[TOP], body)

    def read_top(self, at: float) -> tuple[int, bytes] | None:
        """The record at a moment, or the nearest within half a minute before."""
        for back in range(4):
            moment = int(at) - int(at) % STEPS[TOP] - back * STEPS[TOP]
            for segment in reversed(self.of(TOP)):
                body = segment.read(moment)
                if body is not None:
                    return moment, body
        return None

    def catch_up(self, now: int) -> Iterator[bool]:
        """Hours that the minutes know and the hours do not: after a crash, and once where only minutes were kept.

        A job for the loop, which goes on with it now and then. Ends where the rings are closed meanwhile.
        """
        done = 0
        with contextlib.suppress(OSError):
            for minutes, hours, hour in self._unfolded(now):
                self._fold(minutes, hours, hour)
                done += 1
                if done % AT_ONCE == 0:
                    yield False

    def of(self, tier: str) -> list[Segment]:
        """The segments of a tier, oldest first."""
        return self._folder.of(tier)

    def stays(self, segment: Segment, name: Name) -> list[tuple[int, int, int]]:
        """Slots of a column within a segment, each with the times of the first and the last record that are its own."""
        step = segment.geometry.step
        return self._map(segment).stays(name, step)

    def tiers(self, now: float) -> list[dict[str, Any]]:
        """For the hello line."""
        return [self._tier(tier, now) for tier in (SECONDS, MINUTES, HOURS) if self.of(tier)]

    def _tier(self, tier: str, now: float) -> dict[str, Any]:
        segments = self.of(tier)
        oldest, newest = segments[0], segments[-1].geometry
        first = max(int(oldest.meta["created"]), int(now) - oldest.geometry.lap)
        return {"tier": tier, "step": newest.step, "slots": newest.slots, "first": float(first)}

    def _take_over(self, at: int) -> None:
        """Go on in the files of the time before, where they were made for the present configuration."""
        folder = self._folder
        seconds, minutes = folder.now(SECONDS), folder.now(MINUTES)
        if seconds is None or minutes is None:
            return
        folder.add_hours(at)
        written = [s for s in (seconds, minutes, folder.hours_of(minutes)) if s is not None]
        if any(int(segment.meta["asked"]) != folder.asked(segment.geometry.tier) for segment in written):
            return
        newest = max((seconds, minutes), key=lambda segment: int(segment.meta["revision"])).meta
        self._use(SlotMap.read(int(newest["width"]), newest["map"]))
        if any(segment.meta["map"] != newest["map"] for segment in written):
            folder.describe(self._slots)  # somebody died between two headers, or knew of no hours

    def _use(self, slots: SlotMap) -> None:
        self._slots = slots
        self._pack = struct.Struct(f"<{slots.width}f")
        self._minute = fold.Minute(0, slots.width)

    def _begin(self, names: list[Name], at: int) -> None:
        minute, width = self._minute, width_for(len(names))
        with contextlib.suppress(OSError):
            self._flush_minute()
        before = self._folder.map_now()
        wider = before is not None and before.width <= width
        self._use(SlotMap.read(width, before.rows()) if before is not None and wider else SlotMap(width))
        if wider:  # what of this minute is known goes on: its record will be written over
            self._minute = minute.widened(width)
        self._slots.settle(names, at)
        self._folder.begin(self._slots, at, wider=wider)

    def _map(self, segment: Segment) -> SlotMap:
        if segment is self._folder.now(segment.geometry.tier) and int(segment.meta["width"]) == self._slots.width:
            return self._slots
        return SlotMap.read(int(segment.meta["width"]), segment.meta["map"])

    def _flush_minute(self, now: int = 0) -> None:
        """Also folds the hour anew, when it is over, now and then before, and at the end."""
        minutes, at = self._folder.now(MINUTES), self._minute.at
        if minutes is None or not at:
            return
        minutes.write(at, struct.pack(f"<{3 * self._slots.width}f", *self._minute.row()))
        self._minute = fold.Minute(0, self._slots.width)
        hours = self._folder.hours_of(minutes)
        if hours is not None and (now // 3600 != at // 3600 or at // 60 % AGAIN == AGAIN - 1):
            self._fold(minutes, hours, at - at % 3600)

    def _fold(self, minutes: Segment, hours: Segment, hour: int) -> None:
        unpack = struct.Struct(f"<{minutes.geometry.body_size // 4}f").unpack
        rows = [(at, unpack(body)) for _, found in minutes.records(hour, hour + 3599) for at, body in found]
        if rows:
            row = fold.hour(rows, self._map(minutes).since(hour + 3600))
            hours.write(hour, struct.pack(f"<{len(row)}f", *row))

    def _unfolded(self, now: int) -> Iterator[tuple[Segment, Segment, int]]:
        """The newest hour that is known may have been cut short, so it is looked at again."""
        following = [int(segment.meta["created"]) for segment in self.of(MINUTES)][1:]
        for minutes, end in zip(self.of(MINUTES), [*following, now]):  # noqa: B905 - the agent runs on Python 3.9
            hours = self._folder.hours_of(minutes)
            if hours is None:
                continue
            first = max(int(minutes.meta["created"]), now - minutes.geometry.lap)
            first -= first % 3600
            known = {at for _, found in hours.records(first, end) for at, _ in found}
            newest = max(known, default=first)
            for hour in range(first, end + 1, 3600):
                if hour not in known or (hour == newest and hour > first):
                    yield minutes, hours, hour
