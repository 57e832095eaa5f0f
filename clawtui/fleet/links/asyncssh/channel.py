"""A channel that stays open: lines both ways."""

from collections.abc import AsyncIterator, Callable

from clawtui.clean import clean
from clawtui.fleet.lines import ended, read
from clawtui.fleet.links.asyncssh.session import LineSession


class AsyncsshChannel:
    """One process or unix socket on a host; implements the Channel port."""

    def __init__(
        self,
        host: str,
        what: str,
        session: LineSession,
        lost: Callable[[], bool],
    ) -> None:
        self._host, self._what = host, what
        self._session, self._lost = session, lost

    def lines(self) -> AsyncIterator[bytes]:
        """As the port says."""
        return read(self._session.lines, self._host, self._what, self)

    def resume(self) -> None:
        """The reader has caught up."""
        self._session.resume()

    async def fell(self) -> str | None:
        """The library's error, where it gave one."""
        error = self._session.lines.error
        if error:
            return clean(str(error), limit=200)
        return "closed by the host" if self._lost() else None

    async def send(self, line: bytes) -> None:
        """Write one line; waits while the far side does not read."""
        await self._session.writable.wait()
        chan = self._session.chan
        if chan is None or self._session.lines.ended or chan.is_closing():
            raise ended(self._session.lines, self._host, self._what)
        chan.write(line + b"\n")

    async def close(self) -> None:
        """End the channel; the connection stays."""
        if self._session.chan:
            self._session.chan.close()
