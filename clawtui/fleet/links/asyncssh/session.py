"""What comes back on one channel: a whole reply kept within a limit, or lines handed out as they arrive."""

import asyncio
from collections.abc import Callable

import asyncssh
from asyncssh.channel import SSHChannel
from asyncssh.constants import EXTENDED_DATA_STDERR

from clawtui.fleet.collected import Collected
from clawtui.fleet.lines import Lines

STDERR = EXTENDED_DATA_STDERR


class ReplySession(asyncssh.SSHClientSession[bytes]):
    """Collects output of one command up to a limit; what exceeds it is counted and dropped."""

    def __init__(self, limit: int, closed: Callable[[], None]) -> None:
        self.chan: asyncssh.SSHClientChannel[bytes] | None = None
        # set when the channel is open; from then on `connection_lost` is sure to come
        self.ended = asyncio.Event()
        self.writable = asyncio.Event()
        # the far side reads, or has ended
        self.writable.set()
        self.status: int | None = None
        self.signal = ""
        self.error: Exception | None = None
        self.said = Collected(limit)
        self._closed = closed

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        """The channel is open."""
        self.chan = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Keep what fits."""
        if datatype == STDERR:
            self.said.complain(data)
        else:
            self.said.feed(data)

    @property
    def over(self) -> bool:
        """Nothing that is written now would be read."""
        return self.chan is None or self.chan.is_closing() or self.ended.is_set()

    def pause_writing(self) -> None:
        """The far side does not read."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """It reads again."""
        self.writable.set()

    def exit_status_received(self, status: int) -> None:
        """The command ended by itself."""
        self.status = status

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:  # noqa: ARG002 - the library's signature
        """The command was killed."""
        self.signal = signal

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is closed on both sides, or the connection went."""
        self.error = exc
        self.ended.set()
        self.writable.set()
        self._closed()


class LineSession(asyncssh.SSHClientSession[bytes], asyncssh.SSHUNIXSession[bytes], asyncssh.SSHTCPSession[bytes]):
    """Lines of a process, of a unix socket or of a port on a host."""

    def __init__(self, line_limit: int, closed: Callable[[], None]) -> None:
        self.lines = Lines(line_limit)
        self.status: int | None = None
        self._closed = closed
        self.writable = asyncio.Event()
        self.writable.set()
        self.chan: SSHChannel[bytes] | None = None

    def connection_made(self, chan: SSHChannel[bytes]) -> None:
        """The channel is open; from here on `connection_lost` is sure to come."""
        self.chan = chan

    def data_received(self, data: bytes, datatype: int | None) -> None:
        """Lines, but what is said on standard error."""
        if datatype == STDERR:
            self.lines.complain(data)
        elif not self.lines.feed(data) and self.chan:
            self.chan.pause_reading()

    def resume(self) -> None:
        """The reader has caught up."""
        if self.chan:
            self.chan.resume_reading()

    def pause_writing(self) -> None:
        """The far side does not read."""
        self.writable.clear()

    def resume_writing(self) -> None:
        """It reads again."""
        self.writable.set()

    def exit_status_received(self, status: int) -> None:
        """The far command ended."""
        self.status = status

    def eof_received(self) -> bool:
        """Nothing more comes in; let the channel close."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Closed on both sides, or the connection went."""
        self.lines.end(exc)
        self.writable.set()
        self._closed()
