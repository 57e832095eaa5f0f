"""A channel that stays open: lines both ways, with a command or with a unix socket on the host."""

from collections.abc import AsyncIterator
from typing import Protocol

from clawtui.fleet.lines import Lines, ended, read
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

    def __init__(self, host: str, what: str, far: Far, lines: Lines, master: Master) -> None:
        self._host, self._what, self._far, self._lines, self._master = host, what, far, lines, master

    def lines(self) -> AsyncIterator[bytes]:
        """As the port says."""
        return read(self._lines, self._host, self._what, self)

    def resume(self) -> None:
        """The reader has caught up."""
        self._far.resume()

    async def fell(self) -> str | None:
        """The log says it a moment after the channel's end."""
        return self._master.last_words if await self._master.fell(self._far.fate) else None

    async def send(self, line: bytes) -> None:
        """Write one line; waits while the far side does not read."""
        if self._lines.ended or not await self._far.write(line + b"\n"):
            raise ended(self._lines, self._host, self._what)

    def drop(self) -> None:
        """It came when nobody waited any more."""
        self._far.abandon_soon()

    async def close(self) -> None:
        """End the channel; the connection stays."""
        await self._far.abandon()
        self._lines.end(None)
