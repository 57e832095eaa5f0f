"""One ring file: a fixed number of records, each at the place that its time gives it.

Layout, all little-endian:

* two copies of the header, each `header_size` bytes long: `CLWR`, generation, length, CRC-32 (u32 each), then JSON.
  The copy that is not the newest is the one that is rewritten, so one of them is always whole.
* `slots` records of `8 + body_size` bytes: time, CRC-32 of time and body (u32 each), then the body.
  The record of time `t` stands at slot `(t // step) % slots`. A record counts only where its time is the wanted one and
  its CRC is right: a gap, a lap ago and a torn write all read as "nothing recorded".

Records are written with `pwrite`, the header of the record last; memory-mapping would count every page as ours.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple
from zlib import crc32

MAGIC = b"CLWR"
VERSION = 1
PAGE = 4096
_PREFIX = struct.Struct("<4sIII")
_HEAD = struct.Struct("<II")
_TIME = struct.Struct("<I")
HEAD = _HEAD.size
AT_ONCE = 65_536  # bytes read at a time


class Geometry(NamedTuple):
    """What can't change in the life of a file."""

    tier: str
    step: int
    slots: int
    body_size: int
    header_size: int

    @property
    def record(self) -> int:
        """Bytes of one record."""
        return HEAD + self.body_size

    @property
    def start(self) -> int:
        """Where the first record stands."""
        return 2 * self.header_size

    @property
    def lap(self) -> int:
        """Seconds after which the first record is overwritten."""
        return self.slots * self.step

    @property
    def size(self) -> int:
        """Bytes of the whole file."""
        return self.start + self.slots * self.record


class Damaged(Exception):
    """The file is no ring, of a version that this agent does not read, or both headers are broken."""


class Segment:
    """An open ring file."""

    def __init__(self, path: str, fd: int, geometry: Geometry, generation: int, meta: dict[str, Any]) -> None:
        self.path = path
        self.geometry = geometry
        self.meta = meta  # what else the header says: created, columns, map
        self._fd = fd
        self._generation = generation

    @classmethod
    def create(cls, path: str, geometry: Geometry, meta: dict[str, Any]) -> Segment:
        """All its room is taken from the disk now, so that no later write can fail for want of it; raises OSError."""
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o640)
        try:
            os.posix_fallocate(fd, 0, geometry.size)
            segment = cls(path, fd, geometry, 0, meta)
            segment.write_meta(meta)
            segment.write_meta(meta)
        except OSError:
            os.close(fd)
            os.unlink(path)
            raise
        return segment

    @classmethod
    def open(cls, path: str, *, write: bool) -> Segment:
        """Raises OSError or Damaged."""
        fd = os.open(path, (os.O_RDWR if write else os.O_RDONLY) | os.O_CLOEXEC)
        try:
            generation, header = _newest(os.pread(fd, 64 * PAGE, 0))
            geometry = _geometry(header, os.fstat(fd).st_size)
        except (Damaged, KeyError, OSError, ValueError) as error:
            os.close(fd)
            raise Damaged(f"{path}: {error}") from error
        return cls(path, fd, geometry, generation, header["meta"])

    def close(self) -> None:
        """Nothing is buffered here. An answer that still reads gets an error, never another file's bytes."""
        fd, self._fd = self._fd, -1
        os.close(fd)

    def cut(self, slots: int, at: int) -> Segment:
        """The same with less room: of its records those of the last `slots` steps up to `at`. Closes this one."""
        part = self.path + ".part"
        short = Segment.create(part, self.geometry._replace(slots=slots), self.meta)
        first = at - (slots - 1) * self.geometry.step
        for _, found in self.records(first, at):
            for moment, body in found:
                short.write(moment, body)
        os.rename(part, self.path)
        short.path = self.path
        self.close()
        return short

    def write_meta(self, meta: dict[str, Any]) -> None:
        """Replace the older of the two headers."""
        self.meta = meta
        self._generation += 1
        text = json.dumps(
            {"ring": "clawtui", "version": VERSION, **self.geometry._asdict(), "meta": meta}, separators=(",", ":")
        ).encode()
        room = self.geometry.header_size - _PREFIX.size
        if len(text) > room:
            raise ValueError(f"{self.path}: a header of {len(text)} bytes does not fit into {room}")
        prefix = _PREFIX.pack(MAGIC, self._generation, len(text), crc32(text))
        os.pwrite(self._fd, prefix + text, (self._generation % 2) * self.geometry.header_size)

    def write(self, at: int, body: bytes) -> None:
        """First the body under an empty head, then the head: a reader never takes the one for the other's."""
        place = self._place(at)
        time = _TIME.pack(at)
        os.pwrite(self._fd, bytes(HEAD) + body, place)
        os.pwrite(self._fd, time + _TIME.pack(crc32(body, crc32(time))), place)

    def put(self, at: int, body: bytes) -> None:
        """The same at once, for a file that nobody reads yet."""
        time = _TIME.pack(at)
        os.pwrite(self._fd, time + _TIME.pack(crc32(body, crc32(time))) + body, self._place(at))

    def read(self, at: int) -> bytes | None:
        """The body written for this time, None when there is none."""
        raw = os.pread(self._fd, self.geometry.record, self._place(at))
        return _body(raw, at)

    def records(self, first: int, last: int) -> Iterator[tuple[int, list[tuple[int, bytes]]]]:
        """Blocks of what is recorded from `first` to `last`: the time reached, and the (time, body) found up to there."""
        geometry = self.geometry
        step, size = geometry.step, geometry.record
        most = max(1, AT_ONCE // size)
        at = first - first % step
        while at <= last:
            slot = (at // step) % geometry.slots
            count = min(most, geometry.slots - slot, (last - at) // step + 1)
            raw = os.pread(self._fd, count * size, geometry.start + slot * size)
            found: list[tuple[int, bytes]] = []
            for number in range(count):
                body = _body(raw[number * size : (number + 1) * size], at)
                if body is not None:
                    found.append((at, body))
                at += step
            yield at, found

    def _place(self, at: int) -> int:
        return self.geometry.start + (at // self.geometry.step) % self.geometry.slots * self.geometry.record


def _body(raw: bytes, at: int) -> bytes | None:
    if len(raw) < HEAD:
        return None
    time, crc = _HEAD.unpack_from(raw)
    if time != at or crc32(raw[HEAD:], crc32(raw[:4])) != crc:
        return None
    return raw[HEAD:]


def _geometry(header: dict[str, Any], size: int) -> Geometry:
    version = header.get("version")
    if not isinstance(version, int) or not max(1, VERSION - 1) <= version <= VERSION:
        newer = isinstance(version, int) and version > VERSION
        older = "this agent is older than the one that wrote it: upgrade the agent of this host"
        raise Damaged(
            f"ring version {version!r}, this agent reads {VERSION}; {older if newer else 'too old, or no version'}"
        )
    geometry = Geometry(*(header[name] for name in Geometry._fields))
    if size < geometry.size:
        raise Damaged("shorter than its header says")
    return geometry


def _newest(raw: bytes) -> tuple[int, dict[str, Any]]:
    """The younger of the two headers that is whole."""
    best: tuple[int, dict[str, Any]] | None = None
    for place in range(0, len(raw), PAGE):
        if raw[place : place + 4] != MAGIC:
            continue
        _, generation, length, crc = _PREFIX.unpack_from(raw, place)
        text = raw[place + _PREFIX.size : place + _PREFIX.size + length]
        if len(text) == length and crc32(text) == crc and (best is None or generation > best[0]):
            best = generation, json.loads(text)
    if best is None:
        raise Damaged("no whole header")
    return best
