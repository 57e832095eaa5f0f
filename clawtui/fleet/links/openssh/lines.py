"""Where the bytes of one channel go: a whole reply kept within a limit, or lines."""

from typing import Protocol

from clawtui.fleet.lines import Lines

STDERR_KEPT = 4096


class Sink(Protocol):
    """Takes what comes back."""

    def feed(self, data: bytes) -> bool:
        """Standard output, or what a socket says; False asks for a pause until the reader has caught up."""
        ...

    def complain(self, data: bytes) -> bool:
        """Standard error."""
        ...

    def end(self, error: Exception | None) -> None:
        """Nothing more will come."""
        ...


class Collected:
    """A whole reply; what exceeds the limit is counted and dropped."""

    def __init__(self, limit: int) -> None:
        self.dropped = 0
        self._room = limit
        self._out, self._err = bytearray(), bytearray()

    def feed(self, data: bytes) -> bool:
        """Keep what fits."""
        self._out += self._fitting(data)
        return True

    def complain(self, data: bytes) -> bool:
        """Keep what fits."""
        self._err += self._fitting(data)
        return True

    def end(self, error: Exception | None) -> None:
        """A reply is judged by its status, not by its end."""

    def _fitting(self, data: bytes) -> bytes:
        kept = data[: self._room]
        self._room -= len(kept)
        self.dropped += len(data) - len(kept)
        return kept

    @property
    def output(self) -> tuple[bytes, bytes]:
        """Standard output and standard error so far."""
        return bytes(self._out), bytes(self._err)


class Spoken(Lines):
    """Lines, and the end of what was said on standard error."""

    def __init__(self, line_limit: int) -> None:
        super().__init__(line_limit)
        self.stderr = b""

    def complain(self, data: bytes) -> bool:
        """Not part of the conversation; its end is kept for the words of a failure."""
        self.stderr = (self.stderr + data)[-STDERR_KEPT:]
        return True
