"""A channel that stays open: lines both ways."""

from collections.abc import AsyncIterator, Callable

from clawtui.clean import clean
from clawtui.errors import LinkLost, WireError
from clawtui.fleet.lines import HELD_LINES
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

    async def lines(self) -> AsyncIterator[bytes]:
        """Lines until the far side ends; LinkLost when the connection goes, WireError for a line beyond the limit."""
        lines = self._session.lines
        while True:
            while lines.ready:
                line = lines.ready.popleft()
                if len(lines.ready) == HELD_LINES // 2:
                    self._session.resume()
                yield line
            if lines.overlong:
                await self.close()
                raise WireError(f"{self._host}: {self._what}: a line longer than {lines.limit} bytes; channel closed")
            if lines.ended:
                break
            lines.changed.clear()
            if not lines.ready:
                self._session.resume()
                await lines.changed.wait()
        if lines.error or self._lost():
            raise LinkLost(self._host, f"connection lost while reading {self._what}: {_words(lines.error)}")
        if lines.rest:
            yield bytes(lines.rest)
            lines.rest.clear()

    async def send(self, line: bytes) -> None:
        """Write one line; waits while the far side does not read."""
        await self._session.writable.wait()
        chan = self._session.chan
        if chan is None or self._session.lines.ended or chan.is_closing():
            said = f": {self.complaint}" if self.complaint else ""
            raise LinkLost(self._host, f"{self._what} has ended{said}")
        chan.write(line + b"\n")

    @property
    def complaint(self) -> str:
        """The end of what the far side wrote to standard error, harmless, one line."""
        return clean(self._session.stderr.decode("utf-8", "replace").strip(), limit=300)

    async def close(self) -> None:
        """End the channel; the connection stays."""
        if self._session.chan:
            self._session.chan.close()


def _words(error: Exception | None) -> str:
    return clean(str(error), limit=200) if error else "closed by the host"
