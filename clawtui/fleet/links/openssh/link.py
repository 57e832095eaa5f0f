"""One held connection over a master of the system's ssh: commands, channels and files, each with its deadline."""

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

from clawtui.clean import clean
from clawtui.errors import Deadline, FileFailed, LinkError, LinkLost, Unreachable
from clawtui.fleet.collected import Collected
from clawtui.fleet.host import Host
from clawtui.fleet.lines import Lines
from clawtui.fleet.link import Ending, Reply
from clawtui.fleet.links.openssh.channel import OpensshChannel
from clawtui.fleet.links.openssh.master import Master
from clawtui.fleet.links.openssh.mux import Control, MasterGone, MasterRefused
from clawtui.fleet.links.openssh.session import Carried, Joined, Session
from clawtui.fleet.links.openssh.story import Fate
from clawtui.fleet.links.openssh.streams import Pipes, Plug, Sink, close_all
from clawtui.fleet.opening import Opening
from clawtui.fleet.options import SshOptions
from clawtui.fleet.refusals import FORWARDS_NO_TCP, cannot_reach
from clawtui.fleet.shell_files import ShellFiles
from clawtui.fleet.slots import Slots
from clawtui.fleet.stall import renewing

REFUSED_AGAIN_S = 0.05  # sshd keeps a place until the command's last process has gone
GOODBYE_S = 0.2
PROHIBITED = "administratively prohibited"
LEFT_ALONE = "ssh passes no signal on, so it may still be running there"
Talk = Callable[[Session, Callable[[], None]], Awaitable[bool]]


class OpensshLink:
    """Implements the Held port; every command is a session of one master."""

    def __init__(
        self, host: Host, master: Master, control: Path, options: SshOptions, terminal: tuple[str, ...]
    ) -> None:
        self._host, self._master, self._control, self._options = host, master, control, options
        self.terminal = terminal
        # the command line that opens a terminal on the host over this connection
        self._slots = Slots(options.sessions)
        self._opening = Opening()
        self._files = ShellFiles(host.name, self.run, lambda: self.lost, options.output_limit)
        self._sockets: dict[str, Path] = {}
        # far unix sockets and where the master listens for them here
        self._one_socket = asyncio.Lock()
        self._joined = set[asyncio.Task[None]]()

    @property
    def host(self) -> Host:
        """Whom it leads to."""
        return self._host

    @property
    def lost(self) -> bool:
        """The connection has ended."""
        return self._master.lost

    async def run(self, command: str, *, stdin: bytes = b"", timeout_s: float) -> Reply:
        """Run a command line by the login shell; UNKNOWN when the deadline passes or the connection goes."""
        return await self._carry_out(command, lambda session, _: session.write(stdin), timeout_s)

    async def feed(self, command: str, pieces: AsyncIterator[bytes], *, stall_s: float) -> Reply:
        """The same with a stream as standard input; the deadline begins anew with each piece."""
        return await self._carry_out(command, lambda session, renew: session.pour(pieces, renew), stall_s)

    async def _carry_out(self, command: str, talk: Talk, timeout_s: float) -> Reply:
        began = time.monotonic()
        collected = Collected(self._options.output_limit)
        session: Session | None = None
        try:
            async with asyncio.timeout(timeout_s) as deadline:
                session = await self._start(command, collected)
                await talk(session, renewing(deadline, timeout_s))
                session.pipes.write_eof()
                await session.wait()
                return await self._judged(session, collected, began)
        except TimeoutError:
            if session is None:
                raise self._slots.late(self._host.name, timeout_s) from None
            await session.abandon()
            words = "it may still be running there" if self.lost else LEFT_ALONE
            return collected.reply(Ending.UNKNOWN, began, note=f"no answer within {timeout_s:g} s; {words}")
        except BaseException:
            if session:
                await session.abandon()
            raise

    async def open(self, command: str) -> OpensshChannel:
        """Start a command and keep it: lines out, lines in."""
        timeout_s = self._options.command_timeout_s
        lines = Lines(self._options.line_limit)
        try:
            async with asyncio.timeout(timeout_s):
                session = await self._start(command, lines)
        except TimeoutError:
            raise self._slots.late(self._host.name, timeout_s) from None
        return OpensshChannel(self._host.name, clean(command, limit=80), session, lines, self._master)

    async def open_socket(self, path: str) -> OpensshChannel:
        """Connect to a unix socket on the host; it is no session and takes no place of one."""
        self._alive()
        timeout_s = self._options.command_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                return await self._opening.wait(self._open_socket(path), lambda late: late.drop() if late else None)
        except TimeoutError:
            raise Deadline(self._host.name, f"socket {path}: no answer within {timeout_s:g} s") from None
        except (MasterGone, MasterRefused, OSError) as error:
            await self._settle()
            self._alive()
            raise FileFailed(self._host.name, f"socket {path}: {clean(str(error), limit=200)}") from error

    async def open_tcp(self, address: str, port: int, end: socket.socket) -> None:
        """Join a socket to a TCP port as seen from the host: the master copies, nothing goes through us."""
        try:
            self._alive()
            joined = await self._opening.wait(self._stdio_forward(address, port, end), _let_go)
        except MasterGone as error:
            end.close()
            raise LinkLost(self._host.name, f"the connection has ended ({error})") from error
        except BaseException:
            end.close()
            raise
        task = asyncio.create_task(joined.watch(), name=f"join {address}:{port}")
        self._joined.add(task)
        task.add_done_callback(self._joined.discard)

    async def _stdio_forward(self, address: str, port: int, end: socket.socket) -> Joined:
        control = await Control.connect(self._control)
        try:
            number = await control.stdio_forward(address, port, (end.fileno(), end.fileno()))
            return Joined(control, end, await self._master.story.forward(number), self._master.story)
        except MasterRefused as error:
            control.close()
            await self._master.story.until(lambda: bool(self._master.story.refusal), GOODBYE_S)
            said = self._master.story.refusal or clean(str(error), limit=160)
            words = FORWARDS_NO_TCP if said.startswith(PROHIBITED) else cannot_reach(address, port, said)
            raise Unreachable(self._host.name, words) from error
        except BaseException:
            control.close()
            raise

    async def put(self, content: bytes, path: str, *, mode: int = 0o600, timeout_s: float) -> None:
        """Write a file: temporary name, then rename; half a file is never seen under `path`."""
        self._alive()
        await self._files.put(content, path, mode, timeout_s)

    async def get(self, path: str, *, offset: int = 0, size: int = -1, timeout_s: float) -> bytes:
        """Read a file or a part of it."""
        self._alive()
        return await self._files.get(path, offset, size, timeout_s)

    async def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(MasterGone, TimeoutError):
            async with asyncio.timeout(GOODBYE_S):  # an SSH of 9.2 may sleep through a signal, never through a message
                control = await Control.connect(self._control)
                try:
                    await control.terminate()
                finally:
                    control.close()
        await self._master.end()
        for task in tuple(self._joined):
            task.cancel()
        await asyncio.gather(*self._joined, return_exceptions=True)

    async def _start(self, command: str, sink: Sink) -> Session:
        """Open a session for a command, waiting for a place as long as the host says that it has none."""
        while True:
            self._alive()
            await self._slots.take()
            try:
                return await self._opening.wait(self._open_session(command, sink), self._too_late)
            except MasterGone as error:
                self._slots.free()
                raise LinkLost(self._host.name, f"the connection has ended ({error}); nothing was started") from error
            except MasterRefused as error:
                if not self._slots.refused():
                    words = clean(self._master.story.refusal or str(error), limit=120)
                    message = f"refuses a session (MaxSessions 0, or a restricted login?): {words}"
                    raise LinkError(self._host.name, message) from error
                await asyncio.sleep(REFUSED_AGAIN_S)

    def _too_late(self, session: Session | None) -> None:
        """Opened when nobody waited any more: let go of it, which gives its place back."""
        if session:
            session.abandon_soon()
        else:
            self._slots.free()

    async def _open_session(self, command: str, sink: Sink) -> Session:
        pipes = Pipes(sink)
        ends = await pipes.make()
        try:
            control = await Control.connect(self._control)
            try:
                number = await control.session(command, ends)
            except BaseException:
                control.close()  # the master closes the channel, also one that comes late
                raise
        except BaseException:
            pipes.close()
            raise
        finally:
            close_all(ends)
        return Session(control, pipes, await self._master.story.session(number), self._slots.free)

    async def _open_socket(self, path: str) -> OpensshChannel:
        async with self._one_socket:  # the log names no path: the next socket that it speaks of is ours
            return await self._carry_socket(path)

    async def _carry_socket(self, path: str) -> OpensshChannel:
        near = self._sockets.get(path)
        if near is None:
            near = self._control.with_name(f"{self._control.name}-{len(self._sockets)}")
            control = await Control.connect(self._control)
            try:
                await control.forward_socket(near, path)
            finally:
                control.close()
            self._sockets[path] = near
        lines = Lines(self._options.line_limit)
        plug = Plug(lines)
        await plug.connect(near)
        try:
            fate = await self._master.story.socket()
            await self._master.story.until(lambda: fate.opened or bool(fate.refused), self._options.command_timeout_s)
            self._carried(path, fate)
        except BaseException:
            plug.close()
            raise
        return OpensshChannel(self._host.name, path, Carried(plug, fate), lines, self._master)

    def _carried(self, path: str, fate: Fate) -> None:
        self._alive()
        if fate.refused:
            raise self._no_socket(path, fate.refused)

    async def _judged(self, session: Session, collected: Collected, began: float) -> Reply:
        """No status means a signal, or that nobody knows; ssh's log tells which."""
        if session.status is not None:
            ending = Ending.OK if session.status == 0 else Ending.FAILED
            return collected.reply(ending, began, status=session.status)
        fate, fell = session.fate, await self._master.fell(session.fate)
        if fate.signalled:
            words = "killed by a signal; ssh does not say by which"
            return collected.reply(Ending.KILLED, began, note=words)
        if fate.no_command:
            raise LinkError(self._host.name, "lets us in but refuses to run commands")
        why = self._master.last_words if fell else "the host closed without an exit status"
        words = f"connection lost: {why}; it may still be running there"
        return collected.reply(Ending.UNKNOWN, began, note=words)

    async def _settle(self) -> None:
        """The control socket closes a moment before the log ends."""
        await self._master.story.until(lambda: self.lost, 0.2)

    def _alive(self) -> None:
        if self.lost:
            raise LinkLost(self._host.name, "the connection has ended; nothing was started on it")

    def _no_socket(self, path: str, said: str) -> FileFailed:
        if said.startswith(PROHIBITED):
            words = "its sshd forwards no unix sockets; AllowStreamLocalForwarding yes would let it"
        else:
            words = f"nobody listens there, or it may not be opened ({said})"
        return FileFailed(self._host.name, f"socket {path}: {words}")


def _let_go(joined: Joined | None) -> None:
    """Joined when nobody waited any more."""
    if joined:
        joined.close()
