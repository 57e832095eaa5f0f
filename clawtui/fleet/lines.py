"""Bytes of a channel made into lines, with a longest line and a pause for a far side that is too fast."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol

from clawtui.clean import clean
from clawtui.errors import LinkLost, WireError

HELD_LINES = 4096
STDERR_KEPT = 4096


class Lines:
    """Bytes in, lines out; the far side is paused while nobody reads, and a line has a longest length."""

    def __init__(self, line_limit: int) -> None:
        self.limit = line_limit
        self.ready = deque[bytes]()
        self.overlong = False
        self.ended = False
        self.error: Exception | None = None
        self.changed = asyncio.Event()
        self.rest = bytearray()
        self._stderr = b""

    def feed(self, data: bytes) -> bool:
        """Take bytes; False asks the caller to pause the far side."""
        if self.overlong:
            return False
        *whole, tail = data.split(b"\n")
        for part in whole:
            if not self._grow(part):
                return False
            self.ready.append(bytes(self.rest))
            self.rest.clear()
        if not self._grow(tail):
            return False
        self.changed.set()
        return len(self.ready) < HELD_LINES

    def _grow(self, part: bytes) -> bool:
        if len(self.rest) + len(part) > self.limit:
            self.overlong = True
            self.rest.clear()
            self.changed.set()
            return False
        self.rest += part
        return True

    def end(self, error: Exception | None) -> None:
        """Nothing more will come."""
        self.error = self.error or error
        self.ended = True
        self.changed.set()

    def complain(self, data: bytes) -> bool:
        """Standard error is not part of the conversation; its end is kept for the words of a failure."""
        self._stderr = (self._stderr + data)[-STDERR_KEPT:]
        return True

    @property
    def complaint(self) -> str:
        """The end of what came on standard error, harmless, one line."""
        return clean(self._stderr.decode("utf-8", "replace").strip(), limit=300)


class FarEnd(Protocol):
    """What a link knows of the other end of one channel."""

    def resume(self) -> None:
        """The reader has caught up."""
        ...

    async def fell(self) -> str | None:
        """Why the connection went, where the channel ended because of that; None where it ended by itself."""
        ...

    async def close(self) -> None:
        """End the channel; the connection stays."""
        ...


async def read(lines: Lines, host: str, what: str, far: FarEnd) -> AsyncIterator[bytes]:
    """Lines until the far side ends; LinkLost when the connection goes, WireError for a line beyond the limit."""
    while True:
        while lines.ready:
            line = lines.ready.popleft()
            if len(lines.ready) == HELD_LINES // 2:
                far.resume()
            yield line
        if lines.overlong:
            await far.close()
            raise WireError(f"{host}: {what}: a line longer than {lines.limit} bytes; channel closed")
        if lines.ended:
            break
        lines.changed.clear()
        if not lines.ready:
            far.resume()
            await lines.changed.wait()
    if (why := await far.fell()) is not None:
        raise LinkLost(host, f"connection lost while reading {what}: {why}")
    if lines.rest:
        yield bytes(lines.rest)
        lines.rest.clear()


def ended(lines: Lines, host: str, what: str) -> LinkLost:
    """What is said to who writes to a channel that is no more."""
    said = f": {lines.complaint}" if lines.complaint else ""
    return LinkLost(host, f"{what} has ended{said}")
