"""What runs on a host over a master: a command on three pipes, or a socket that is carried there."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable

from clawtui.fleet.links.openssh.mux import Control
from clawtui.fleet.links.openssh.story import Fate, Story
from clawtui.fleet.links.openssh.streams import Pipes, Plug


class Session:
    """A command; its control connection tells the exit status and holds it."""

    def __init__(self, control: Control, pipes: Pipes, fate: Fate, closed: Callable[[], None]) -> None:
        self.pipes, self.fate = pipes, fate
        self.status: int | None = None
        self._control, self._closed = control, closed
        self._watching = asyncio.create_task(self._watch(), name="session")

    async def _watch(self) -> None:
        try:
            self.status = await self._control.exit_status()
            await self.pipes.read_out()
        finally:
            self.pipes.close()
            self._control.close()
            self._closed()

    def resume(self) -> None:
        """The reader has caught up."""
        self.pipes.resume()

    async def write(self, data: bytes) -> bool:
        """Waits while the far side does not read; False when it never will."""
        return await self.pipes.write(data)

    async def pour(self, pieces: AsyncIterator[bytes], renew: Callable[[], None]) -> bool:
        """Piece by piece, as fast as the host takes them; False when it stopped before the end."""
        async for piece in pieces:
            if not await self.write(piece):
                return False
            renew()
        return True

    async def wait(self) -> None:
        """Until it has ended by itself."""
        await asyncio.shield(self._watching)

    def abandon_soon(self) -> None:
        """The same without waiting for it."""
        self._watching.cancel()

    async def abandon(self) -> None:
        """Let go: the master closes the channel; what runs there may run on."""
        self._watching.cancel()
        await asyncio.gather(self._watching, return_exceptions=True)


class Carried:
    """A unix socket of the host."""

    def __init__(self, plug: Plug, fate: Fate) -> None:
        self._plug, self.fate = plug, fate

    def resume(self) -> None:
        """The reader has caught up."""
        self._plug.resume()

    async def write(self, data: bytes) -> bool:
        """Waits while the far side does not read; False when it never will."""
        return await self._plug.write(data)

    def abandon_soon(self) -> None:
        """Let go."""
        self._plug.close()

    async def abandon(self) -> None:
        """Let go."""
        self._plug.close()


class Joined:
    """A socket that the master copies to a TCP port of the host; we only pass on that one direction has ended."""

    def __init__(self, control: Control, end: socket.socket, fate: Fate, story: Story) -> None:
        self._control, self._end, self._fate, self._story = control, end, fate, story

    async def watch(self) -> None:
        """ssh closes its copy of the socket; ours keeps it open, so the end has to be said."""
        try:
            await self._story.until(lambda: self._fate.drained or self._fate.over, None)
            with contextlib.suppress(OSError):
                self._end.shutdown(socket.SHUT_WR)
            await self._story.until(lambda: self._fate.over, None)
        finally:
            self.close()

    def close(self) -> None:
        """Both ends."""
        self._end.close()
        self._control.close()
