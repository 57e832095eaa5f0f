"""A channel that stays open: lines both ways, with a command or with a unix socket on the host."""

from collections.abc import AsyncIterator
from typing import Protocol

from clawtui.clean import clean
from clawtui.errors import LinkLost, WireError
from clawtui.fleet.lines import HELD_LINES
from clawtui.fleet.links.openssh.lines import Spoken
from clawtui.fleet.links.openssh.master import Master
from clawtui.fleet.links.openssh.story import Fate


class Far(Protocol):
    """What stands at the other end."""

    @property
    def fate(self) -> Fate:
        """What ssh's log says of it."""
        ...

    def resume(self) -> None:
        """The reader has caught up."""
        ...

    async def write(self, data: bytes) -> bool:
        """Waits while the far side does not read; False when it never will."""
        ...

    async def abandon(self) -> None:
        """Let go."""
        ...

    def abandon_soon(self) -> None:
        """Let go without waiting."""
        ...


class OpensshChannel:
    """Implements the Channel port."""

    def __init__(self, host: str, what: str, far: Far, spoken: Spoken, master: Master) -> None:
        self._host, self._what, self._far, self._spoken, self._master = host, what, far, spoken, master

    async def lines(self) -> AsyncIterator[bytes]:
        """Lines until the far side ends; LinkLost when the connection goes, WireError for a line beyond the limit."""
        lines = self._spoken
        while True:
            while lines.ready:
                line = lines.ready.popleft()
                if len(lines.ready) == HELD_LINES // 2:
                    self._far.resume()
                yield line
            if lines.overlong:
                await self.close()
                raise WireError(f"{self._host}: {self._what}: a line longer than {lines.limit} bytes; channel closed")
            if lines.ended:
                break
            lines.changed.clear()
            if not lines.ready:
                self._far.resume()
                await lines.changed.wait()
        if await self._master.fell(self._far.fate):
            raise LinkLost(self._host, f"connection lost while reading {self._what}: {self._master.last_words}")
        if lines.rest:
            yield bytes(lines.rest)
            lines.rest.clear()

    async def send(self, line: bytes) -> None:
        """Write one line; waits while the far side does not read."""
        if self._spoken.ended or not await self._far.write(line + b"\n"):
            said = f": {self.complaint}" if self.complaint else ""
            raise LinkLost(self._host, f"{self._what} has ended{said}")

    @property
    def complaint(self) -> str:
        """The end of what the far side wrote to standard error, harmless, one line."""
        return clean(self._spoken.stderr.decode("utf-8", "replace").strip(), limit=300)

    def drop(self) -> None:
        """It came when nobody waited any more."""
        self._far.abandon_soon()

    async def close(self) -> None:
        """End the channel; the connection stays."""
        await self._far.abandon()
        self._spoken.end(None)
