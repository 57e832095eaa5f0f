"""A local port that leads to a port on a host, through whatever link is kept to it: it listens on this machine alone."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from clawtui.clean import clean
from clawtui.errors import LinkError, Refused
from clawtui.fleet.link import Link

LOCAL, FAR = "127.0.0.1", "127.0.0.1"
CHUNK = 65_536
AT_ONCE = 256
OPEN_S = 15.0


@dataclass(slots=True)
class Forwarding:
    """One listening port and what runs through it."""

    host: str
    far_port: int
    link: Callable[[], Awaitable[Link]]
    # the kept connection, made anew where it has been lost
    port: int = 0
    sent: int = 0
    received: int = 0
    words: str = ""
    # why the last connection through it failed; empty when it did not
    _server: asyncio.Server | None = None
    _running: set["asyncio.Task[None]"] = field(default_factory=set["asyncio.Task[None]"])

    @property
    def running(self) -> int:
        """Connections through it now."""
        return len(self._running)

    async def listen(self, port: int) -> None:
        """Refused in one sentence where the port cannot be had; 0 takes any free one."""
        try:
            self._server = await asyncio.start_server(self._accepted, LOCAL, port)
        except OSError as failure:
            raise Refused(_no_port(port, failure)) from failure
        self.port = int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Nobody listens any more, and what ran through it ends."""
        if self._server is not None:
            self._server.close()
        tasks = list(self._running)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._running) >= AT_ONCE:
            self.words = f"more than {AT_ONCE} connections at once: one was turned away"
            writer.close()
            return
        self._running.add(task)
        try:
            await self._carry(reader, writer)
        except LinkError as failure:
            self.words = clean(failure.reason, limit=200)
        except TimeoutError:
            self.words = f"port {self.far_port} did not answer within {OPEN_S:g} s"
        except OSError as failure:
            self.words = clean(f"a connection broke: {failure.strerror or failure}", limit=200)
        finally:
            self._running.discard(task)
            writer.close()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        near, far = socket.socketpair()
        try:
            async with asyncio.timeout(OPEN_S):
                await (await self.link()).open_tcp(FAR, self.far_port, far)
        except BaseException:
            near.close()
            far.close()
            raise
        there_in, there_out = await asyncio.open_unix_connection(sock=near)
        self.words = ""
        try:
            async with asyncio.TaskGroup() as copies:
                copies.create_task(self._copy(reader, there_out, out=True))
                copies.create_task(self._copy(there_in, writer, out=False))
        finally:
            there_out.close()

    async def _copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, out: bool) -> None:
        """Until its source ends: the other direction may still have something to say."""
        with contextlib.suppress(OSError):
            while data := await source.read(CHUNK):
                sink.write(data)
                await sink.drain()
                if out:
                    self.sent += len(data)
                else:
                    self.received += len(data)
            if sink.can_write_eof():
                sink.write_eof()


def ports_in(words: str) -> tuple[int | None, int]:
    """`LOCAL:REMOTE` or `REMOTE` alone; Refused says what is wrong with it."""
    local, colon, remote = words.strip().rpartition(":")
    try:
        found = int(local) if colon else None, int(remote)
    except ValueError:
        raise Refused(f"{words!r} names no ports: write REMOTE or LOCAL:REMOTE, for example 18000:8000") from None
    if not 0 < found[1] < 65_536 or not 0 <= (found[0] or 0) < 65_536:
        raise Refused(f"{words!r}: a port is a number from 1 to 65535")
    return found


def _no_port(port: int, failure: OSError) -> str:
    why = {
        errno.EADDRINUSE: "somebody listens there already",
        errno.EACCES: "this user may not listen below 1024",
    }.get(failure.errno or 0, failure.strerror or str(failure))
    return f"{LOCAL}:{port} cannot be had: {why}; choose another one, for example {port % 50_000 + 10_000}:REMOTE"
