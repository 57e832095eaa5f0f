"""Fetches one page over HTTP without ever waiting: a raw socket in the poll loop, kept alive between two looks."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import time
from collections.abc import Callable

from clawtui_agent.world import Watcher

MOST = 4_194_304  # bytes of one page
PATIENCE = 3.0  # seconds from asking to the last byte
BAD_URL = "the URL must be http://ADDRESS[:PORT]/PATH with a numeric address or localhost"


class Scrape:
    """One URL; `arrived(body, clock)` is called with every whole page, `trouble` says why there is none."""

    def __init__(self, loop: Watcher, url: str, arrived: Callable[[bytes, float], None]) -> None:
        self._loop = loop
        self._arrived = arrived
        self._socket: socket.socket | None = None
        self._received = bytearray()
        self._sending = b""
        self._asked = 0.0
        self._busy = False
        self._reused = False
        self.pages = 0
        self.trouble = ""
        self._where: tuple[str, int] | None = None
        self._request = b""
        self._parse(url)

    def ask(self, clock: float) -> None:
        """Begin to fetch the page; an answer that is still under way is left to come."""
        if self._busy or self._where is None:
            return
        self._busy, self._asked = True, clock
        self._received.clear()
        self._sending = self._request
        self._reused = self._socket is not None
        if self._socket is None:
            self._connect()
        else:
            self._write()

    def expire(self, clock: float) -> None:
        """Give up on an answer that takes too long."""
        if self._busy and clock - self._asked > PATIENCE:
            self._fail("no answer in time")

    def close(self) -> None:
        """Let go of the kept connection."""
        self._busy = False
        self._close()

    def _parse(self, url: str) -> None:
        """By hand: urllib would stay in memory for ever. Names are not resolved, DNS would block the tick."""
        scheme, _, rest = url.partition("://")
        authority, slash, path = rest.partition("/")
        host, _, port = authority.rpartition(":") if ":" in authority.rpartition("]")[2] else (authority, "", "80")
        address = "127.0.0.1" if host == "localhost" else host.strip("[]")
        if scheme != "http" or not port.isdigit() or not _numeric(address) or "@" in authority:
            self.trouble = BAD_URL
            return
        self._where = (address, int(port))
        target = (slash + path) or "/"
        self._request = (
            f"GET {target} HTTP/1.1\r\nHost: {authority}\r\nAccept: text/plain;version=0.0.4\r\nUser-Agent: clawtui-agent\r\n\r\n"
        ).encode("ascii", "replace")

    def _connect(self) -> None:
        where = self._where
        if where is None:
            return
        self._socket = socket.socket(socket.AF_INET6 if ":" in where[0] else socket.AF_INET, socket.SOCK_STREAM)
        self._socket.setblocking(False)
        code = self._socket.connect_ex(where)
        if code not in (0, errno.EINPROGRESS):
            self._fail(os.strerror(code).lower())
            return
        self._loop.watch(self._socket.fileno(), select.POLLOUT, self._ready)

    def _ready(self, events: int) -> None:
        line = self._socket
        if line is None:
            return
        if self._sending and events & (select.POLLOUT | select.POLLERR | select.POLLHUP):
            code = line.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                self._fail(os.strerror(code).lower())
            else:
                self._write()
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
            self._lost(os.strerror(error.errno or 0).lower())
            return
        self._loop.watch(line.fileno(), select.POLLOUT if self._sending else select.POLLIN, self._ready)

    def _read(self) -> None:
        line = self._socket
        if line is None:
            return
        try:
            data = line.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            self._lost(os.strerror(error.errno or 0).lower())
            return
        if not self._busy:  # the server closed an idle connection, or speaks unasked
            self._close()
            return
        self._received += data
        if len(self._received) > MOST:
            self._fail(f"longer than {MOST} bytes")
            return
        self._look(ended=not data)

    def _look(self, *, ended: bool) -> None:
        at = self._received.find(b"\r\n\r\n")
        head = bytes(self._received[: max(0, at)])
        if at < 0:
            if ended:
                self._lost("closed without an answer")
            return
        status = head.split(b" ", 2)[1:2]
        if status != [b"200"]:
            self._fail(f"HTTP {status[0].decode('ascii', 'replace') if status else '?'}")
            return
        fields = _fields(head)
        whole = _whole(fields, self._received, at + 4, ended=ended)
        if whole is None:
            if ended:
                self._lost("closed in the middle of the page")
            return
        self._busy = False
        if ended or b"close" in fields.get(b"connection", b"").lower() or head.startswith(b"HTTP/1.0"):
            self._close()
        self._received.clear()
        self.trouble = ""
        self.pages += 1
        self._arrived(whole, time.monotonic())

    def _lost(self, words: str) -> None:
        """A kept connection that the server had already closed is no failure: ask again on a new one."""
        again = self._reused
        self._close()
        if again:
            self._reused = False
            self._received.clear()
            self._sending = self._request
            self._connect()
        else:
            self._fail(words)

    def _fail(self, words: str) -> None:
        self._busy = False
        self._close()
        self.trouble = words

    def _close(self) -> None:
        line, self._socket = self._socket, None
        if line is not None:
            self._loop.forget(line.fileno())
            line.close()


def _numeric(address: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, address)
            return True
    return False


def _fields(head: bytes) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    return fields


def _whole(fields: dict[bytes, bytes], received: bytearray, start: int, *, ended: bool) -> bytes | None:
    """The body once all of it is there: by length, by chunks, or by the end of the connection."""
    length = fields.get(b"content-length", b"")
    if length.isdigit():
        end = start + int(length)
        return bytes(received[start:end]) if len(received) >= end else None
    if b"chunked" in fields.get(b"transfer-encoding", b"").lower():
        return _chunks(bytes(received[start:])) if ended or received.endswith(b"\r\n\r\n") else None
    return bytes(received[start:]) if ended else None


def _chunks(body: bytes) -> bytes | None:
    whole = bytearray()
    while True:
        size, newline, rest = body.partition(b"\r\n")
        if not newline:
            return None
        try:
            count = int(size.partition(b";")[0], 16)
        except ValueError:
            return None
        if count == 0:
            return bytes(whole)
        if len(rest) < count + 2:
            return None
        whole += rest[:count]
        body = rest[count + 2 :]
