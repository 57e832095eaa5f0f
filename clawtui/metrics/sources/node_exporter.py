"""A host that may have no agent but has prometheus-node-exporter: its page is fetched from the host's own loopback."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

from clawtui.errors import AgentError, Deadline
from clawtui.metrics.exporter import Page, PageReader, parse
from clawtui.metrics.figures import Telling, Who
from clawtui.metrics.sample import Hello
from clawtui.metrics.source import BadLine, Message, Offset

EACH_S = 5.0
# rendering a page costs its server 10 ms of processor
WATCHED_S = 1.0
BAD_MOST = 3
# pages in a row that say nothing, then it is given up


class NodeExporter:
    """Pages of one host, one after the other."""

    def __init__(
        self,
        host: str,
        fetch: Callable[[], Awaitable[bytes]],
        services: tuple[str, ...],
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.host = host
        self.hello: Hello | None = None
        self._fetch, self._services, self._clock = fetch, services, clock
        self._reader = PageReader()
        self._telling: Telling | None = None
        self._offset: Offset | None = None
        self._watched = False
        self._sooner = asyncio.Event()
        self._closed = False

    @property
    def answering(self) -> str:
        """Nobody."""
        return "agentless: its numbers come from node-exporter, which lists no processes and keeps nothing"

    async def messages(self) -> AsyncIterator[Message]:
        """A hello, then a sample a page. A page that does not come in time is silence; one that is refused is the end."""
        bad = 0
        while not self._closed:
            began = time.monotonic()
            try:
                messages = self._read(await self._page())
                bad = 0
            except Deadline as late:
                messages = (BadLine(str(late)),)
            except ValueError as failure:
                bad += 1
                if bad >= BAD_MOST:
                    raise AgentError(self.host, f"what listens on node-exporter's port: {failure}") from failure
                messages = (BadLine(f"{self.host}: what listens on node-exporter's port: {failure}"),)
            for message in messages:
                yield message
            await self._rest(began)

    async def _page(self) -> Page:
        wall, began = self._clock(), time.monotonic()
        page = parse((await self._fetch()).decode("utf-8", "replace"))
        trip = time.monotonic() - began
        if (told := page.one("node_time_seconds")) is not None:
            self._offset = Offset(told - (wall + trip / 2), trip / 2)
        return page

    def _read(self, page: Page) -> tuple[Message, ...]:
        if self._telling is None:
            version = page.label("node_exporter_build_info", "version")
            name = page.label("node_uname_info", "nodename")
            self._telling = Telling(Who(f"node-exporter {version}".strip(), host=name, services=self._services), EACH_S)
        told = self._telling.tell(self._reader.read(page, self._clock()))
        self.hello = self._telling.hello
        return told

    async def _rest(self, began: float) -> None:
        """Until the next page is due; sooner when somebody begins to look."""
        self._sooner.clear()
        each = WATCHED_S if self._watched else EACH_S
        try:
            async with asyncio.timeout(max(0.0, began + each - time.monotonic())):
                await self._sooner.wait()
        except TimeoutError:
            pass

    async def watch(self, *, on: bool) -> None:
        """Each second while somebody looks."""
        if on and not self._watched:
            self._sooner.set()
        self._watched = on

    async def ping(self) -> Offset:
        """From the time on its last page."""
        if self._offset is None:
            raise AgentError(
                self.host, "its page does not tell the time: node-exporter runs without the time collector"
            )
        return self._offset

    async def close(self) -> None:
        """No further page is fetched."""
        self._closed = True
        self._sooner.set()
