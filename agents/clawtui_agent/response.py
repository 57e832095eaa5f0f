"""An HTTP response read piece by piece: each byte is looked at once, whatever the pieces are."""

from __future__ import annotations

MOST = 4_194_304  # bytes of one body
MOST_WIRE = MOST + 1_048_576  # bytes received for it: chunks of one byte would be six times the body
MOST_HEAD = 16_384
MOST_CHUNK_LINE = 256


class Response:
    """Feed it what arrives; it says when the body is whole, or what is wrong."""

    def __init__(self) -> None:
        self._waiting = bytearray()  # arrived and not yet understood
        self._body = bytearray()
        self._received = 0
        self._left = 0  # bytes that the body, or the chunk under way, still lacks; -1 until the connection ends
        self._chunked = False
        self.status = 0  # of the status line; 0 until the head is whole
        self.keeps = True  # the connection can be used again
        self.whole: bytes | None = None
        self.wrong = ""

    def feed(self, data: bytes) -> None:
        """What was received; an empty piece is the end of the connection."""
        self._waiting += data
        self._received += len(data)
        if self._received > MOST_WIRE:
            self.wrong = f"longer than {MOST} bytes"
            return
        if not self.status:
            self._head()
        if self.status and not self.wrong and self.whole is None:
            self._chunks() if self._chunked else self._plain()
        if not data and self.whole is None and not self.wrong:
            self._ended()

    def _head(self) -> None:
        at = self._waiting.find(b"\r\n\r\n", 0, MOST_HEAD)
        if at < 0:
            if len(self._waiting) >= MOST_HEAD:
                self.wrong = "no HTTP"
            return
        head = bytes(self._waiting[:at])
        del self._waiting[: at + 4]
        protocol, _, rest = head.partition(b"\r\n")[0].partition(b" ")
        status = rest[:3]
        if not protocol.startswith(b"HTTP/") or not status.isdigit() or int(status) < 100:
            self.wrong = "no HTTP"
            return
        self.status = int(status)
        fields = _fields(head)
        self.keeps = protocol != b"HTTP/1.0" and b"close" not in fields.get(b"connection", b"").lower()
        self._chunked = b"chunked" in fields.get(b"transfer-encoding", b"").lower()
        length = fields.get(b"content-length", b"")
        self._left = int(length) if length.isdigit() and len(length) < 20 else -1

    def _plain(self) -> None:
        self._take(len(self._waiting) if self._left < 0 else min(self._left, len(self._waiting)))
        if self._left == 0:
            self._done()

    def _chunks(self) -> None:
        """`_left` counts down the chunk and its line end; -1 between two chunks."""
        while not self.wrong:
            if self._left > 0:
                self._take(min(self._left, len(self._waiting)))
                if self._left > 0:
                    return
                self._left = -2
            if self._left == -2:
                if len(self._waiting) < 2:
                    return
                del self._waiting[:2]
                self._left = -1
            at = self._waiting.find(b"\r\n", 0, MOST_CHUNK_LINE)
            if at < 0:
                self.wrong = "chunks that make no sense" if len(self._waiting) >= MOST_CHUNK_LINE else ""
                return
            size = _size(bytes(self._waiting[:at]))
            if size is None:
                self.wrong = "chunks that make no sense"
                return
            del self._waiting[: at + 2]
            if size == 0:
                self.keeps = self.keeps and self._waiting.startswith(
                    b"\r\n"
                )  # trailers are not worth keeping a connection for
                self._done()
                return
            self._left = size

    def _take(self, count: int) -> None:
        self._body += self._waiting[:count]
        del self._waiting[:count]
        if self._left > 0:
            self._left -= count
        if len(self._body) > MOST:
            self.wrong = f"longer than {MOST} bytes"

    def _ended(self) -> None:
        self.keeps = False
        if not self.status:
            self.wrong = "closed without an answer"
        elif self._left < 0 and not self._chunked:
            self._done()
        else:
            self.wrong = "closed in the middle of the page"

    def _done(self) -> None:
        self.whole = bytes(self._body)
        self._body.clear()


def _fields(head: bytes) -> dict[bytes, bytes]:
    fields: dict[bytes, bytes] = {}
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        fields[name.strip().lower()] = value.strip()
    return fields


def _size(line: bytes) -> int | None:
    try:
        size = int(line.partition(b";")[0], 16)
    except ValueError:
        return None
    return size if size >= 0 else None
