"""One held connection: commands, channels and files, each with its deadline."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Generator

import asyncssh
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED

from clawtui.clean import clean
from clawtui.errors import Deadline, FileFailed, LinkError, LinkLost, Unreachable
from clawtui.fleet.host import Host
from clawtui.fleet.link import Ending, Reply
from clawtui.fleet.links.asyncssh.channel import AsyncsshChannel
from clawtui.fleet.links.asyncssh.files import Files
from clawtui.fleet.links.asyncssh.join import join
from clawtui.fleet.links.asyncssh.session import LineSession, ReplySession
from clawtui.fleet.links.asyncssh.talk import Talk, converse, pour
from clawtui.fleet.opening import Opening
from clawtui.fleet.options import SshOptions
from clawtui.fleet.refusals import FORWARDS_NO_TCP, cannot_reach
from clawtui.fleet.shell_files import ShellFiles
from clawtui.fleet.slots import Slots
from clawtui.fleet.stall import renewing

ALIVE_TRIES = 3
REFUSED_AGAIN_S = 0.05  # sshd keeps a place until the command's last process has gone
KILL_PATIENCE_S = 0.5


class AsyncsshLink:
    """Implements the Link port over one asyncssh connection."""

    def __init__(self, host: Host, connection: asyncssh.SSHClientConnection, options: SshOptions) -> None:
        self._host, self.connection, self._options = host, connection, options
        self._slots = Slots(options.sessions)
        self._opening = Opening()
        self._waiting = 0
        self._joined: set[asyncio.Task[None]] = set()
        shell = ShellFiles(host.name, self.run, lambda: self.lost, options.output_limit)
        self._files = Files(host.name, connection, self._opening, self._slots, shell)
        connection.set_keepalive(options.keepalive_s, ALIVE_TRIES)

    @property
    def host(self) -> Host:
        """Whom it leads to."""
        return self._host

    @property
    def lost(self) -> bool:
        """The connection has ended."""
        return self.connection.is_closed()

    async def run(self, command: str, *, stdin: bytes = b"", timeout_s: float) -> Reply:
        """Run a command line by the login shell; UNKNOWN when the deadline passes or the connection goes."""
        return await self._carry_out(command, lambda session, _: converse(session, stdin), timeout_s)

    async def feed(self, command: str, pieces: AsyncIterator[bytes], *, stall_s: float) -> Reply:
        """The same with a stream as standard input; the deadline begins anew with each piece."""
        return await self._carry_out(command, lambda session, renew: pour(session, pieces, renew), stall_s)

    async def _carry_out(self, command: str, talk: Talk, timeout_s: float) -> Reply:
        began = time.monotonic()
        session = ReplySession(self._options.output_limit, self._slots.free)
        try:
            async with asyncio.timeout(timeout_s) as deadline:
                await self._start(session, command)
                with self._awaited():
                    await talk(session, renewing(deadline, timeout_s))
        except TimeoutError:
            if session.chan is None:
                raise self._slots.late(self._host.name, timeout_s) from None
            words = f"no answer within {timeout_s:g} s; {await self._end(session.chan, session)}"
            return session.said.reply(Ending.UNKNOWN, began, note=words)
        except BaseException:
            if session.chan:
                session.chan.abort()
            raise
        return _judged(session, began)

    async def open(self, command: str) -> AsyncsshChannel:
        """Start a command and keep it: lines out, lines in."""
        session = LineSession(self._options.line_limit, self._slots.free)
        timeout_s = self._options.command_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                await self._start(session, command)
        except TimeoutError:
            raise self._slots.late(self._host.name, timeout_s) from None
        return AsyncsshChannel(self._host.name, clean(command, limit=80), session, lambda: self.lost)

    async def open_socket(self, path: str) -> AsyncsshChannel:
        """Connect to a unix socket on the host (direct-streamlocal); it is no session and takes no place of one."""
        self._alive()
        session = LineSession(self._options.line_limit, lambda: None)
        timeout_s = self._options.command_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                with self._awaited():
                    await self._opening.wait(
                        self._open_unix(session, path), lambda _: session.chan.abort() if session.chan else None
                    )
        except TimeoutError:
            raise Deadline(self._host.name, f"socket {path}: no answer within {timeout_s:g} s") from None
        except asyncssh.Error as error:
            self._alive()
            raise self._no_socket(path, error) from error
        return AsyncsshChannel(self._host.name, path, session, lambda: self.lost)

    async def open_port(self, port: int) -> AsyncsshChannel:
        """Connect to a port on the host's own loopback (direct-tcpip)."""
        self._alive()
        session = LineSession(self._options.line_limit, lambda: None)
        timeout_s, what = self._options.command_timeout_s, f"127.0.0.1:{port}"
        try:
            async with asyncio.timeout(timeout_s):
                with self._awaited():
                    await self._opening.wait(
                        self._open_tcp(session, port), lambda _: session.chan.abort() if session.chan else None
                    )
        except TimeoutError:
            raise Deadline(self._host.name, f"{what}: no answer within {timeout_s:g} s") from None
        except asyncssh.Error as error:
            self._alive()
            raise FileFailed(self._host.name, f"{what}: {clean(error.reason, limit=120)}") from error
        return AsyncsshChannel(self._host.name, what, session, lambda: self.lost)

    async def open_tcp(self, address: str, port: int, end: socket.socket) -> None:
        """Join a socket to a TCP port as seen from the host."""
        try:
            self._alive()
        except LinkLost:
            end.close()
            raise
        try:
            with self._awaited():
                joined = await join(self.connection, address, port, end)
        except asyncssh.ChannelOpenError as error:
            forbidden = error.code == OPEN_ADMINISTRATIVELY_PROHIBITED
            words = FORWARDS_NO_TCP if forbidden else cannot_reach(address, port, clean(error.reason, limit=160))
            raise Unreachable(self._host.name, words) from error
        except asyncssh.Error as error:
            raise LinkLost(self._host.name, f"the connection has ended ({clean(str(error), limit=160)})") from error
        self._joined.add(joined)
        joined.add_done_callback(self._joined.discard)

    async def put(self, content: bytes, path: str, *, mode: int = 0o600, timeout_s: float) -> None:
        """Write a file: temporary name, then rename; half a file is never seen under `path`."""
        self._alive()
        with self._awaited():
            await self._files.put(content, path, mode, timeout_s)

    async def get(self, path: str, *, offset: int = 0, size: int = -1, timeout_s: float) -> bytes:
        """Read a file or a part of it."""
        self._alive()
        with self._awaited():
            return await self._files.get(path, offset, size, timeout_s)

    async def close(self) -> None:
        """Hang up; a host that does not answer the goodbye is left after a moment."""
        for joined in tuple(self._joined):
            joined.cancel()
        await asyncio.gather(*self._joined, return_exceptions=True)
        self.connection.close()
        try:
            async with asyncio.timeout(1.0):
                await self.connection.wait_closed()
        except TimeoutError:
            self.connection.abort()

    async def _start(self, session: ReplySession | LineSession, command: str) -> None:
        """Open a session for a command, waiting for a place as long as the host says that it has none."""
        while True:
            self._alive()
            await self._slots.take()
            try:
                with self._awaited():
                    await self._opening.wait(self._open_session(session, command), lambda _: self._too_late(session))
            except asyncssh.Error as error:
                if session.chan and self.lost:
                    return  # the command may have been started: the session says that nobody knows
                if session.chan:  # the exec request was turned down; the session frees its place itself
                    raise LinkError(self._host.name, "lets us in but refuses to run commands") from error
                if self.lost:
                    self._slots.free()
                    self._alive()
                if not self._slots.refused():
                    raise LinkError(self._host.name, _no_session(error)) from error
                await asyncio.sleep(REFUSED_AGAIN_S)
            else:
                return

    async def _open_session(self, session: ReplySession | LineSession, command: str) -> None:
        await self.connection.create_session(lambda: session, command, encoding=None, request_pty=False)

    async def _open_unix(self, session: LineSession, path: str) -> None:
        await self.connection.create_unix_connection(lambda: session, path, encoding=None)

    async def _open_tcp(self, session: LineSession, port: int) -> None:
        await self.connection.create_connection(lambda: session, "127.0.0.1", port, encoding=None)

    def _too_late(self, session: ReplySession | LineSession) -> None:
        """Opened when nobody waited any more: close it, which gives its place back."""
        if session.chan:
            session.chan.abort()
        else:
            self._slots.free()

    @contextlib.contextmanager
    def _awaited(self) -> Generator[None]:
        """While somebody waits for an answer a dead line is noticed sooner."""
        self._waiting += 1
        if self._waiting == 1:
            self.connection.set_keepalive(self._options.keepalive_busy_s, ALIVE_TRIES)
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting and not self.lost:
                self.connection.set_keepalive(self._options.keepalive_s, ALIVE_TRIES)

    async def _end(self, chan: asyncssh.SSHClientChannel[bytes], session: ReplySession) -> str:
        """Try to end a far command whose time is up, and say truthfully how that went."""
        if self.lost:
            return "it may still be running there"
        with contextlib.suppress(OSError):
            chan.send_signal("KILL")
        try:
            async with asyncio.timeout(KILL_PATIENCE_S):
                await session.ended.wait()
        except TimeoutError:
            chan.abort()
            return "KILL was sent and not confirmed, it may still be running there"
        return "KILL was sent and it ended; processes that it started may still be running there"

    def _alive(self) -> None:
        if self.lost:
            raise LinkLost(self._host.name, "the connection has ended; nothing was started on it")

    def _no_socket(self, path: str, error: asyncssh.Error) -> FileFailed:
        if error.code == OPEN_ADMINISTRATIVELY_PROHIBITED:
            words = "its sshd forwards no unix sockets; AllowStreamLocalForwarding yes would let it"
        else:
            words = f"nobody listens there, or it may not be opened ({clean(error.reason, limit=120)})"
        return FileFailed(self._host.name, f"socket {path}: {words}")


def _no_session(error: asyncssh.Error) -> str:
    return f"refuses a session (MaxSessions 0, or a restricted login?): {clean(error.reason, limit=120)}"


def _judged(session: ReplySession, began: float) -> Reply:
    """A session that ended: no status and no signal means that nobody knows."""
    said = session.said
    if session.signal:
        words = f"killed by SIG{clean(session.signal, limit=20)}"
        return said.reply(Ending.KILLED, began, signal=session.signal, note=words)
    if session.status is None:
        why = clean(str(session.error), limit=200) if session.error else "the host closed without an exit status"
        return said.reply(Ending.UNKNOWN, began, note=f"connection lost: {why}; it may still be running there")
    return said.reply(Ending.OK if session.status == 0 else Ending.FAILED, began, status=session.status)
