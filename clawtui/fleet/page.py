"""A page that is served on a host's own loopback, fetched through the kept connection; no port is opened anywhere."""

import asyncio
import re
import shlex
from typing import Protocol, runtime_checkable

from clawtui.clean import clean
from clawtui.errors import AgentError, Deadline, FileFailed, WireError
from clawtui.fleet.link import Channel, Ending, Link

PAGE_MOST = 4 * 1024 * 1024
# bytes; a busy node-exporter's page has 0.2 MiB
PAGE_S = 4.0
_STATUS = re.compile(rb"HTTP/1\.[01] (\d{3})\b.*")
# whatever the host has that speaks HTTP; `nc` and /dev/tcp differ too much from host to host
_FETCH = """\
if command -v curl >/dev/null; then exec curl -fsS --noproxy '*' -m 4 "$url"; fi
if command -v wget >/dev/null; then exec wget -q -Y off -T 4 -O - "$url"; fi
if command -v busybox >/dev/null; then exec busybox wget -q -Y off -T 4 -O - "$url"; fi
echo "neither curl nor wget is there to read $url, and its sshd forwards no ports" >&2
exit 127
"""


@runtime_checkable
class Dials(Protocol):
    """A link that can also reach a port on the host's own loopback (direct-tcpip)."""

    async def open_port(self, port: int) -> Channel:
        """Connect; FileFailed when nobody listens there or the host's sshd forwards no ports."""
        ...


class LoopbackPage:
    """One page of one host; the way that worked is taken again."""

    def __init__(self, link: Link, port: int, path: str = "/metrics") -> None:
        self._link, self._port, self._path = link, port, path
        self._direct = isinstance(link, Dials)

    async def fetch(self) -> bytes:
        """The body; Deadline when it does not come in time, AgentError when nobody serves it, WireError when it is too long."""
        try:
            async with asyncio.timeout(PAGE_S + 1.0):
                return await self._fetched()
        except TimeoutError:
            raise Deadline(self._link.host.name, f"{self._what} does not come within {PAGE_S:.0f} s") from None

    @property
    def _what(self) -> str:
        return f"the page 127.0.0.1:{self._port}{self._path}"

    async def _fetched(self) -> bytes:
        if self._direct and isinstance(self._link, Dials):
            try:
                channel = await self._link.open_port(self._port)
            except FileFailed:  # it may serve and its sshd forward nothing: a command finds out
                self._direct = False
            else:
                return await self._over(channel)
        return await self._by_command()

    async def _over(self, channel: Channel) -> bytes:
        request = f"GET {self._path} HTTP/1.0\r\nHost: 127.0.0.1:{self._port}\r\nAccept: text/plain\r\n\r"
        size, lines = 0, list[bytes]()
        try:
            await channel.send(request.encode())
            async for line in channel.lines():
                size += len(line) + 1
                self._bounded(size)
                lines.append(line)
        finally:
            await channel.close()
        return self._body(lines)

    def _body(self, lines: list[bytes]) -> bytes:
        status = _STATUS.fullmatch(lines[0].rstrip(b"\r")) if lines else None
        if status is None or status[1] != b"200":
            said = clean(lines[0].decode("utf-8", "replace"), limit=80) if lines else "nothing"
            raise AgentError(self._link.host.name, f"{self._what} answers {said}")
        blank = next((n for n, line in enumerate(lines) if line in (b"", b"\r")), len(lines))
        return b"\n".join(lines[blank + 1 :])

    async def _by_command(self) -> bytes:
        url = shlex.quote(f"http://127.0.0.1:{self._port}{self._path}")
        reply = await self._link.run(f"sh -c {shlex.quote(f'url={url}{chr(10)}{_FETCH}')}", timeout_s=PAGE_S)
        if reply.ending is Ending.UNKNOWN:
            raise Deadline(self._link.host.name, f"{self._what}: {reply.note}")
        if reply.ending is not Ending.OK:
            words = reply.note or reply.stderr.decode("utf-8", "replace").strip() or f"status {reply.status}"
            raise AgentError(self._link.host.name, f"{self._what} cannot be read: {clean(words, limit=200)}")
        self._bounded(len(reply.stdout))
        return reply.stdout

    def _bounded(self, size: int) -> None:
        """A host must not fill our memory."""
        if size > PAGE_MOST:
            raise WireError(f"{self._link.host.name}: {self._what} is longer than {PAGE_MOST} bytes")
