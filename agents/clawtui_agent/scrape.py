"""Asks a place over HTTP, or only connects, without ever waiting: a raw socket in the poll loop, kept between two looks."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from collections.abc import Callable
from typing import NamedTuple

from clawtui_agent.address import BAD_URL, Address, of_url
from clawtui_agent.response import MOST_HEAD, Response
from clawtui_agent.world import Watcher

PATIENCE = 3.0  # seconds from asking to the last byte
PIECE = 65_536  # bytes of one read: other descriptors have their turn after it


class Asking(NamedTuple):
    """What is asked, and what counts as an answer."""

    method: str = "GET"
    body: str = ""
    accepts: tuple[int, int] = (200, 200)  # statuses, from and to
    patience: float = PATIENCE
    whole: bool = True  # False: the status decides, what follows is not read and the connection not kept


class Scrape:
    """One place; `arrived(body, clock)` is called with every answer, `trouble` says why there is none."""

    def __init__(
        self,
        loop: Watcher,
        where: str | Address,
        arrived: Callable[[bytes, float], None],
        asking: Asking = Asking(),  # noqa: B008 - a constant
    ) -> None:
        self._loop = loop
        self._arrived = arrived
        self._asking = asking
        self._socket: socket.socket | None = None
        self._response = Response()
        self._sending = b""
        self._asked = 0.0
        self._reused = False
        self.busy = False
        self.pages = 0
        self.trouble = ""
        self._where = of_url(where) if isinstance(where, str) else where
        if self._where is None:
            self.trouble = BAD_URL
        self._request = _request(self._where, asking) if self._where is not None else b""

    def ask(self, clock: float) -> None:
        """Begin; an answer that is still under way is left to come."""
        if self.busy or self._where is None:
            return
        self.busy, self._asked = True, clock
        self._begin()

    def expire(self, clock: float) -> None:
        """Give up on an answer that takes too long."""
        if self.busy and clock - self._asked > self._asking.patience:
            self._fail("no answer in time")

    def close(self) -> None:
        """Let go of the kept connection."""
        self.busy = False
        self._close()

    def _begin(self) -> None:
        self._response = Response()
        self._sending = self._request
        self._reused = self._socket is not None
        if self._socket is None:
            self._connect()
        else:
            self._write()

    def _connect(self) -> None:
        where = self._where
        if where is None:
            return
        self._socket = socket.socket(where.family, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        code = self._socket.connect_ex(where.place)
        if code not in (0, errno.EINPROGRESS):
            self._fail(_words(code))
            return
        self._loop.watch(self._socket.fileno(), select.POLLOUT, self._ready)

    def _ready(self, events: int) -> None:
        line = self._socket
        if line is None:
            return
        if not self._request or (self._sending and events & (select.POLLOUT | select.POLLERR | select.POLLHUP)):
            code = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self._fail(_words(code))
            elif self._request:
                self._write()
            else:
                self._answered(b"")
        elif events:
            self._read()

    def _write(self) -> None:
        line = self._socket
        if line is None:
            return
        try:
            self._sending = self._sending[line.send(self._sending) :]
        except BlockingIOError:
            pass
        except OSError as error:
            self._lost(_words(error.errno))
            return
        self._loop.watch(line.fileno(), select.POLLOUT if self._sending else select.POLLIN, self._ready)

    def _read(self) -> None:
        line = self._socket
        if line is None:
            return
        try:
            data = line.recv(PIECE if self._asking.whole else MOST_HEAD)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(_words(error.errno))
            return
        if not self.busy:  # the server closed an idle connection, or speaks unasked
            self._close()
            return
        self._response.feed(data)
        self._look(data)

    def _look(self, data: bytes) -> None:
        response = self._response
        first, last = self._asking.accepts
        if response.status and not first <= response.status <= last:
            self._fail(f"HTTP {response.status}")
        elif response.whole is not None or (response.status and not self._asking.whole):
            self._answered(response.whole or b"")
        elif response.wrong and not data:
            self._lost(response.wrong)
        elif response.wrong:
            self._fail(response.wrong)

    def _answered(self, body: bytes) -> None:
        self.busy = False
        if not (self._response.keeps and self._asking.whole and self._request):
            self._close()
        self._response = Response()
        self.trouble = ""
        self.pages += 1
        self._arrived(body, time.monotonic())

    def _lost(self, words: str) -> None:
        """A kept connection that the server had already closed is no failure: ask again on a new one."""
        again = self._reused and not self._response.status
        self._close()
        if again:
            self._begin()
        else:
            self._fail(words)

    def _fail(self, words: str) -> None:
        self.busy = False
        self._close()
        self._response = Response()
        self.trouble = words

    def _close(self) -> None:
        line, self._socket = self._socket, None
        if line is not None:
            self._loop.forget(line.fileno())
            line.close()


def _request(where: Address, asking: Asking) -> bytes:
    if not where.target:
        return b""
    body = asking.body.encode()
    kind = "application/json" if body[:1] in (b"{", b"[") else "text/plain; charset=utf-8"
    fields = [
        f"{asking.method} {where.target} HTTP/1.1",
        f"Host: {where.host}",
        "Accept: text/plain;version=0.0.4" if asking.whole else "Accept: */*",
        "User-Agent: clawtui-agent",
        *(() if asking.whole else ("Connection: close",)),
        *((f"Content-Type: {kind}", f"Content-Length: {len(body)}") if body or asking.method == "POST" else ()),
    ]
    return "\r\n".join([*fields, "", ""]).encode("ascii", "replace") + body


def _words(code: int | None) -> str:
    return os.strerror(code or 0).lower()
