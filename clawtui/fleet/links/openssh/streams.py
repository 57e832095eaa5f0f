"""Our ends of what a master reads and writes: pipes for a command, a socket for a forwarded one."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol


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


class _Reader(asyncio.Protocol):
    """One stream that comes back."""

    def __init__(self, take: Callable[[bytes], bool]) -> None:
        self._take = take
        self.transport: asyncio.ReadTransport | None = None
        self.ended = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.ReadTransport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if not self._take(data) and self.transport:
            self.transport.pause_reading()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self.ended.set()

    def resume(self) -> None:
        if self.transport and not self.ended.is_set() and not self.transport.is_closing():
            self.transport.resume_reading()

    def close(self) -> None:
        if self.transport:
            self.transport.close()
        self.ended.set()


class _Writer(_Reader):
    """The stream that goes there; a socket is read as well."""

    def __init__(self, take: Callable[[bytes], bool]) -> None:
        super().__init__(take)
        self._writable = asyncio.Event()
        self._writable.set()
        self._write: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.ReadTransport):
            super().connection_made(transport)
        assert isinstance(transport, asyncio.WriteTransport)
        self._write = transport

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._writable.set()

    async def write(self, data: bytes) -> bool:
        await self._writable.wait()
        if self._write is None or self.ended.is_set() or self._write.is_closing():
            return False
        self._write.write(data)
        return True

    def write_eof(self) -> None:
        if self._write:
            self._write.close()

    def abort(self) -> None:
        if self._write and not self._write.is_closing():
            self._write.abort()
        self.ended.set()
        self._writable.set()


class Pipes:
    """Standard input, output and error of one command."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._in, self._out, self._err = _Writer(lambda _: True), _Reader(sink.feed), _Reader(sink.complain)

    async def make(self) -> tuple[int, ...]:
        """The far ends, in the master's order; they are the caller's to close."""
        loop = asyncio.get_running_loop()
        far: list[int] = []
        try:
            far_in, near_in = os.pipe()
            far.append(far_in)
            await loop.connect_write_pipe(lambda: self._in, os.fdopen(near_in, "wb", 0))
            far.append(await _read_pipe(self._out))
            far.append(await _read_pipe(self._err))
        except BaseException:
            close_all(far)
            self.close()
            raise
        return tuple(far)

    def resume(self) -> None:
        """The reader has caught up."""
        self._out.resume()

    async def write(self, data: bytes) -> bool:
        """Waits while the far side does not read; False when it never will."""
        return await self._in.write(data)

    def write_eof(self) -> None:
        """Nothing more goes there."""
        self._in.write_eof()

    async def read_out(self) -> None:
        """Wait until everything that came back was taken."""
        await self._out.ended.wait()
        await self._err.ended.wait()

    def close(self) -> None:
        """Let go of all three."""
        self._in.abort()
        self._out.close()
        self._err.close()
        self._sink.end(None)


async def _read_pipe(reader: _Reader) -> int:
    near, far = os.pipe()
    try:
        await asyncio.get_running_loop().connect_read_pipe(lambda: reader, os.fdopen(near, "rb", 0))
    except BaseException:
        os.close(far)
        raise
    return far


class Plug:
    """A unix socket that the master listens on and carries to the host."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._line = _Writer(sink.feed)

    async def connect(self, near: Path) -> None:
        """OSError when the master has gone."""
        await asyncio.get_running_loop().create_unix_connection(lambda: self._line, str(near))
        self._watching = asyncio.create_task(self._watch(), name="socket")

    async def _watch(self) -> None:
        await self._line.ended.wait()
        self._sink.end(None)

    def resume(self) -> None:
        """The reader has caught up."""
        self._line.resume()

    async def write(self, data: bytes) -> bool:
        """Waits while the far side does not read; False when it never will."""
        return await self._line.write(data)

    def close(self) -> None:
        """Let go."""
        self._line.abort()
        self._line.close()


def close_all(ends: Sequence[int]) -> None:
    """File descriptors that the master has now, or never will."""
    for end in ends:
        with contextlib.suppress(OSError):
            os.close(end)
