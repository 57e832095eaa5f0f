"""One reader of the agent: requests in, lines out, and a bound on how far it may lag."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Callable, Iterator
from typing import Any

from clawtui_agent.loop import Loop
from clawtui_agent.shape import is_table

MOST_WAITING = 65_536  # bytes; beyond that samples are dropped for this subscriber
MOST_QUEUED = 1_048_576  # bytes; answers and hellos count too: whoever lets this much pile up is cut off
MOST_REQUEST = 65_536  # bytes in one line from a subscriber
MOST_BAD = 3  # requests that make no sense before the connection is closed


class Subscriber:
    """A connected socket, or the standard input and output of `follow`."""

    def __init__(
        self, loop: Loop, receive: int, send: int, heard: Callable[[Subscriber, dict[str, Any]], None]
    ) -> None:
        self._loop = loop
        self._in = receive
        self._out = send
        self._heard = heard
        self._half = b""
        self._waiting = bytearray()
        self._bad = 0
        self._told_rev = 0
        self.every = 0
        self.watching = False
        self.lost = 0
        self.open = True
        self.closed: Callable[[Subscriber], None] = lambda _: None
        loop.watch(receive, select.POLLIN, self._readable)
        if send != receive:
            loop.watch(send, 0, self._writable)

    def say(self, line: bytes) -> None:
        """Send one line; never waits."""
        if not self.open:
            return
        self._waiting += line
        if len(self._waiting) > MOST_QUEUED:
            self.close()
            return
        self._flush()

    def sample(self, rev: int, line: bytes, hello: Callable[[], bytes], at: int) -> None:
        """One tick; a subscriber that lags loses it and is told how many it lost as soon as it reads again."""
        if not self.open or not self.every or at % self.every:
            return
        if len(self._waiting) > MOST_WAITING:
            self.lost += 1
            return
        if self.lost:
            lost, self.lost = self.lost, 0
            words = "this reader was too slow"
            event = {"event": {"at": at, "what": "resync", "scope": "host", "words": words, "lost": lost}}
            self.say(json.dumps(event).encode() + b"\n")
        if rev != self._told_rev:
            self._told_rev = rev
            self.say(hello())
        self.say(line)

    def begin(self, every: int) -> None:
        """Samples from now on, a hello first."""
        self.every = every
        self._told_rev = 0

    def answer(self, chunks: Iterator[bytes | None]) -> None:
        """A long answer, written only as fast as this subscriber reads. None is "still working"."""
        self._loop.work(self._pump(chunks))

    def error(self, number: object, words: str) -> None:
        """A request that can't be answered."""
        self.say(json.dumps({"error": {"id": number, "words": words}}).encode() + b"\n")

    def bad(self, words: str) -> None:
        """A request that makes no sense; the third ends the connection."""
        self._bad += 1
        self.error(None, words)
        if self._bad >= MOST_BAD:
            self.close()

    def close(self) -> None:
        """Hang up."""
        if not self.open:
            return
        self.open = False
        for fd in {self._in, self._out}:
            self._loop.forget(fd)
        self.closed(self)

    def _pump(self, chunks: Iterator[bytes | None]) -> Iterator[bool]:
        while self.open:
            if len(self._waiting) > MOST_WAITING:
                yield False
                continue
            try:
                chunk = next(chunks, b"")
            except OSError as error:  # the ring was dropped or broke while we read
                self.error(None, f"the answer ends here: {error.strerror or error}")
                return
            if chunk == b"":
                return
            if chunk:
                self.say(chunk)
            yield True

    def _readable(self, _events: int) -> None:
        try:
            data = os.read(self._in, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._ended()
            return
        *lines, self._half = (self._half + data).split(b"\n")
        for line in lines:
            if self.open:
                self._line(line)
        if len(self._half) > MOST_REQUEST:
            self.error(None, f"a request is at most {MOST_REQUEST} bytes")
            self.close()

    def _ended(self) -> None:
        """A socket that ends is a reader that left; standard input that ends only stops the requests."""
        if self._in == self._out:
            self.close()
        else:
            self._loop.forget(self._in)

    def _line(self, line: bytes) -> None:
        try:
            message: Any = json.loads(line)
        except (ValueError, RecursionError):
            self.bad("not JSON: a request is one object a line")
            return
        if is_table(message) and message:
            self._heard(self, message)
        else:
            self.bad("a request is one JSON object a line")

    def _writable(self, events: int) -> None:
        if events & (select.POLLERR | select.POLLHUP | select.POLLNVAL):
            self.close()
            return
        self._flush()

    def _flush(self) -> None:
        try:
            while self._waiting:
                sent = os.write(self._out, memoryview(self._waiting)[:65536])
                del self._waiting[:sent]
        except BlockingIOError:
            pass
        except OSError:
            self.close()
            return
        self._listen()

    def _listen(self) -> None:
        """Ask to be told of room for writing only while something waits."""
        want = select.POLLOUT if self._waiting else 0
        if self._in == self._out:
            self._loop.watch(self._in, select.POLLIN | want, self._either)
        else:
            self._loop.watch(self._out, want, self._writable)

    def _either(self, events: int) -> None:
        if events & select.POLLOUT:
            self._flush()
        if self.open and events & ~select.POLLOUT:
            self._readable(events)
