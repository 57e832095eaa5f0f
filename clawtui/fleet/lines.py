"""Bytes of a channel made into lines, with a longest line and a pause for a far side that is too fast."""

import asyncio
from collections import deque

HELD_LINES = 4096


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
