"""Commands and shells on a demo host: /bin/sh as the current user, in the host's own home."""

import asyncio
import contextlib
import fcntl
import os
import signal
import termios
from collections.abc import Callable, Mapping

import asyncssh

from clawtui.demo.leash import leash

SHELL = "/bin/sh"


class Shell:
    """Runs what comes over SSH; bound to one host's home and environment."""

    def __init__(self, home: str, environ: Mapping[str, str]) -> None:
        self._home, self._environ = home, dict(environ)
        self._leash = leash()
        self._pumps: dict[int, tuple[asyncio.Task[None], ...]] = {}

    async def __call__(self, process: "asyncssh.SSHServerProcess[bytes]") -> None:
        """Serve one session: a command, or a shell where none was asked for."""
        argv = [SHELL, "-c", process.command] if process.command is not None else [SHELL, "-i"]
        serve = self._terminal if process.term_type else self._pipes
        try:
            child = await serve(process, argv)
        except OSError as error:
            process.stderr.write(f"{SHELL}: {error.strerror}\n".encode())
            process.exit(126)
            return
        await self._wait(process, child)

    async def _pipes(self, process: "asyncssh.SSHServerProcess[bytes]", argv: list[str]) -> asyncio.subprocess.Process:
        child = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._home,
            env=self._environ,
            start_new_session=True,
            preexec_fn=self._leash,
        )
        await process.redirect(stdin=child.stdin)
        assert child.stdout is not None
        assert child.stderr is not None
        self._pumps[child.pid] = (
            asyncio.create_task(_pump(child.stdout, process.stdout)),
            asyncio.create_task(_pump(child.stderr, process.stderr)),
        )
        return child

    async def _terminal(
        self, process: "asyncssh.SSHServerProcess[bytes]", argv: list[str]
    ) -> asyncio.subprocess.Process:
        master, slave = os.openpty()
        try:
            child = await asyncio.create_subprocess_exec(
                *argv,
                stdin=slave,
                stdout=slave,
                stderr=slave,
                cwd=self._home,
                env=self._environ | {"TERM": process.term_type or "dumb"},
                start_new_session=True,
                preexec_fn=self._own_terminal(),
            )
        finally:
            os.close(slave)
        await process.redirect(stdin=os.dup(master), stdout=master)
        return child

    def _own_terminal(self) -> Callable[[], None]:
        """On the leash, and standard input becomes the controlling terminal, so that ctrl+c and job control work."""
        held, ioctl, order = self._leash, fcntl.ioctl, termios.TIOCSCTTY

        def become() -> None:
            held()
            ioctl(0, order, 0)

        return become

    async def _wait(self, process: "asyncssh.SSHServerProcess[bytes]", child: asyncio.subprocess.Process) -> None:
        """Hand over the ending; a client that hangs up ends what it started."""
        closed = asyncio.ensure_future(process.wait_closed())
        ended = asyncio.ensure_future(child.wait())
        await asyncio.wait((closed, ended), return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGHUP)
            await ended
            for pump in self._pumps.pop(child.pid, ()):
                pump.cancel()
            return
        status = ended.result()
        if pumps := self._pumps.pop(child.pid, ()):  # as sshd does: what the command said goes out before its ending
            said = asyncio.gather(*pumps, return_exceptions=True)
            await asyncio.wait((closed, said), return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await said
        closed.cancel()
        with contextlib.suppress(OSError, asyncssh.Error):
            await process.stdout.drain()
            if status >= 0:
                process.exit(status)
            else:
                process.exit_with_signal(signal.Signals(-status).name.removeprefix("SIG"))


async def _pump(source: asyncio.StreamReader, sink: "asyncssh.SSHWriter[bytes]") -> None:
    """Everything, at the pace of the client; a client that has gone ends it."""
    with contextlib.suppress(OSError, asyncssh.Error):
        while block := await source.read(65536):
            sink.write(block)
            await sink.drain()
