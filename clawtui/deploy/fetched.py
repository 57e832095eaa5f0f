"""An object brought here in ranges, some at once; what is here already is hashed and kept, all else is fetched again."""

import asyncio
import contextlib
import hashlib
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from clawtui.deploy.shelf_port import Shelf
from clawtui.deploy.shelved import AT_ONCE, Told
from clawtui.errors import ShelfError

ROOM = 16 * 1024 * 1024
# bytes that a disk must have left


async def fetch(shelf: Shelf, key: str, told: Told, to: Path, moved: Callable[[int], None] = lambda _: None) -> int:
    """How many bytes came over the line; the file has its name only when its digest is right. `moved`: bytes here so far."""
    if await asyncio.to_thread(_is, to, told):
        moved(told.size)
        return 0
    try:
        partial = await asyncio.to_thread(Partial.of, to, told)
        got = await _ranges(shelf, key, told, partial, moved)
        right = await asyncio.to_thread(partial.finish, told)
    except OSError as error:
        raise ShelfError(f"{to}: {told.size:,} bytes cannot be written: {error.strerror}") from error
    if not right:
        words = f"what came has another sha256 than {told.sha256[:12]}…; it was thrown away. Is it the right object?"
        raise ShelfError(f"{shelf.name}/{key}: {words}")
    return got


async def _ranges(shelf: Shelf, key: str, told: Told, partial: "Partial", moved: Callable[[int], None]) -> int:
    missing = [number for number in range(len(told.spans)) if number not in partial.have]
    here = told.size - sum(told.spans[number][1] for number in missing)
    got = 0
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> None:
        nonlocal got
        offset, size = told.spans[number]
        async with room:
            data = await shelf.read(key, offset, size)
            if not await asyncio.to_thread(partial.write, number, offset, data, told):
                words = f"bytes {offset:,}–{offset + size:,} are not what its manifest says; put it there again"
                raise ShelfError(f"{shelf.name}/{key}: {words}")
        got += size
        moved(here + got)

    moved(here)
    try:
        async with asyncio.TaskGroup() as group:
            for number in missing:
                group.create_task(one(number))
    except BaseExceptionGroup as several:
        raise several.exceptions[0] from None
    return got


@dataclass(frozen=True, slots=True)
class Partial:
    """A file that grows, and beside it what was hashed when each piece came, for objects whose manifest does not say."""

    file: Path
    log: Path
    target: Path
    have: set[int] = field(default_factory=set[int])

    @classmethod
    def of(cls, target: Path, told: Told) -> "Partial":
        """What is there of it, by its digests. Blocks."""
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = cls(target.with_name(f"{target.name}.part"), target.with_name(f"{target.name}.pieces"), target)
        found.file.touch(mode=0o600)
        wanted = told.size - found.file.stat().st_blocks * 512  # pieces that are not here yet take no room
        free = shutil.disk_usage(target.parent).free
        if wanted + ROOM > free:
            raise ShelfError(f"{target}: no room, {wanted:,} bytes are to come and {free:,} are free")
        digests = dict(enumerate(told.pieces)) or found.noted()
        with found.file.open("rb") as file:
            for number, (offset, size) in enumerate(told.spans):
                file.seek(offset)
                if hashlib.sha256(file.read(size)).hexdigest() == digests.get(number):
                    found.have.add(number)
        return found

    def write(self, number: int, offset: int, data: bytes, told: Told) -> bool:
        """False where it is not the piece that it should be. Blocks."""
        sha256 = hashlib.sha256(data).hexdigest()
        if told.pieces and told.pieces[number] != sha256:
            return False
        handle = os.open(self.file, os.O_WRONLY)
        try:
            while data:
                written = os.pwrite(handle, data, offset)
                data, offset = data[written:], offset + written
        finally:
            os.close(handle)
        with self.log.open("a") as log:
            log.write(f"{number} {sha256}\n")
        return True

    def noted(self) -> dict[int, str]:
        """A line that was cut short is no line."""
        digests: dict[int, str] = {}
        with contextlib.suppress(FileNotFoundError):
            for line in self.log.read_text().splitlines():
                number, _, sha256 = line.partition(" ")
                if number.isdigit():
                    digests[int(number)] = sha256
        return digests

    def finish(self, told: Told) -> bool:
        """Its name where the whole is right, else gone. Blocks."""
        right = _is(self.file, told)
        if right:
            self.file.replace(self.target)
        self.file.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)
        return right


def _is(path: Path, told: Told) -> bool:
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return size == told.size and hashlib.file_digest(file, "sha256").hexdigest() == told.sha256
    except FileNotFoundError:
        return False
