"""One master process: started on a leash, listened to, ended; it never outlives us."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from clawtui.fleet.links.openssh.story import Fate, Story

END_S = 1.0
BANNER = 2000
# The leash is this shell's standard input: a line ends ssh; an end without one (we were killed) removes the folder, too.
LEASH = '"$@" </dev/null & child=$!; exec >&- 2>&-; read -r word || rm -rf -- "$0"; kill "$child"; wait "$child"'


class Master:
    """An ssh and what it says."""

    def __init__(self, process: asyncio.subprocess.Process, ended: Callable[[], None]) -> None:
        self._process, self._ended = process, ended
        self.story = Story()
        self.banner = ""
        # what the host says before login, or a ProxyCommand when it fails: raw
        self._reading = asyncio.create_task(self._read(), name="ssh log")

    @classmethod
    async def start(
        cls, argv: Sequence[str], folder: Path, environ: Mapping[str, str], ended: Callable[[], None] = lambda: None
    ) -> "Master":
        """No terminal of ours is its terminal: what it has to ask goes to its askpass."""
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            "/bin/sh", "-c", LEASH, str(folder), *argv,
            stdin=pipe, stdout=pipe, stderr=pipe, env=environ, start_new_session=True,
        )  # fmt: skip
        return cls(process, ended)

    @property
    def lost(self) -> bool:
        """It has ended."""
        return self.story.ended

    @property
    def last_words(self) -> str:
        """Why it ended, as ssh says it."""
        return next(reversed(self.story.complaints), "its ssh has ended")

    @property
    def unvouched(self) -> bool:
        """It went away from a key that nobody vouched for."""
        return any(line.startswith("No ") and " host key is known for " in line for line in self.story.complaints)

    async def fell(self, fate: Fate) -> bool:
        """Did this channel go down with the connection? The log says it a moment after the channel's end."""
        await self.story.until(lambda: fate.over)
        if not fate.closed:
            await self.story.until(lambda: self.lost)
        return self.lost or not fate.closed

    async def settled(self) -> bool:
        """Wait until it holds a connection, or has ended: False."""
        await self.story.until(lambda: self.story.ready, None)
        return self.story.ready and not self.story.ended

    async def finished(self) -> None:
        """Wait until it has ended by itself and all that it said was read."""
        await asyncio.shield(self._reading)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        banner = asyncio.create_task(self._read_banner(self._process.stderr))
        try:
            while line := await _line(self._process.stdout):
                self.story.tell(line.decode("utf-8", "replace").rstrip("\r\n"))
            await banner
        finally:
            banner.cancel()
            self.story.end()
            self._let_go()
            self._ended()

    async def _read_banner(self, stream: asyncio.StreamReader) -> None:
        """What the host says before login, and a ProxyCommand's own complaints."""
        while data := await stream.read(4096):
            self.banner = (self.banner + data.decode("utf-8", "replace"))[:BANNER]

    def give_up(self) -> None:
        """Nobody answers its questions: it need not go on."""
        self._let_go()

    def _let_go(self) -> None:
        """A line on its leash ends ssh; the shell then ends by itself."""
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(b"bye\n")
            self._process.stdin.close()

    async def end(self) -> None:
        """Hang up."""
        self._let_go()
        try:
            async with asyncio.timeout(END_S):
                await self._process.wait()
                await self.finished()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)  # an ssh that still wants to send to a host that is frozen
            await self._process.wait()
            await self.finished()


async def _line(stream: asyncio.StreamReader) -> bytes:
    """A line; one that is longer than ssh writes is passed over."""
    try:
        return await stream.readline()
    except ValueError:
        return b"debug3: too long\n"
