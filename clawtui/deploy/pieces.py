"""One file read once for many hosts: whoever is near the others gets what they got, whoever is far behind reads by itself."""

import asyncio
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from pathlib import Path

PIECE = 1024 * 1024
KEPT = 32
# pieces in memory, whatever the number of hosts


class Pieces:
    """A file's bytes in pieces; the next one is read while one is sent."""

    def __init__(self, path: Path, size: int) -> None:
        self._path, self._size = path, size
        self._read: OrderedDict[int, asyncio.Task[bytes]] = OrderedDict()
        self._readers = 0

    async def after(
        self, offset: int, first: bytes = b"", taken: Callable[[int], None] = lambda _: None
    ) -> AsyncIterator[bytes]:
        """Everything from `offset`; `first` goes before it. `taken`: the host has all before this byte."""
        self._readers += 1
        try:
            async for data in self._all(offset, first, taken):
                yield data
        finally:
            self._readers -= 1
            if not self._readers:
                self._read.clear()

    async def _all(self, offset: int, first: bytes, taken: Callable[[int], None]) -> AsyncIterator[bytes]:
        if first:
            yield first
        while offset < self._size:
            number, inside = divmod(offset, PIECE)
            data = await self._piece(number)
            self._begin(number + 1)
            if len(data) <= inside:
                return  # it has become shorter: the host says what it misses
            yield memoryview(data)[inside:].tobytes() if inside else data
            offset = number * PIECE + len(data)
            taken(min(offset, self._size))

    async def _piece(self, number: int) -> bytes:
        self._begin(number)
        return await asyncio.shield(self._read[number])

    def _begin(self, number: int) -> None:
        if number * PIECE >= self._size:
            return
        if number not in self._read:
            self._read[number] = task = asyncio.create_task(asyncio.to_thread(self._pread, number), name="piece")
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may ever ask for it
        self._read.move_to_end(number)
        while len(self._read) > KEPT:
            self._read.popitem(last=False)

    def _pread(self, number: int) -> bytes:
        handle = os.open(self._path, os.O_RDONLY)
        try:
            return os.pread(handle, min(PIECE, self._size - number * PIECE), number * PIECE)
        finally:
            os.close(handle)
