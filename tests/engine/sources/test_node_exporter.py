"""A real prometheus-node-exporter on loopback, read through a real OpenSSH server that forwards ports or does not."""

import asyncio
import http.server
import shutil
import subprocess
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from clawtui.errors import AgentError, WireError
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet
from clawtui.fleet.link import Link
from clawtui.fleet.page import LoopbackPage
from clawtui.fleet.prompts import Nobody
from clawtui.metrics.sample import Hello, Key, Sample
from clawtui.metrics.source import BadLine, Message
from clawtui.metrics.sources import node_exporter
from clawtui.metrics.sources.node_exporter import NodeExporter
from tests.engine.fleet.sshd import SSHD, free_port
from tests.engine.sources.conftest import QUICK, Box, box

EXPORTER = shutil.which("prometheus-node-exporter")
pytestmark = [
    pytest.mark.skipif(not SSHD, reason="no sshd here; apt-get install openssh-server"),
    pytest.mark.skipif(not EXPORTER, reason="no node-exporter here; apt-get install prometheus-node-exporter"),
]


@contextmanager
def exporter(port: int) -> Iterator[None]:
    """The real one, with its default collectors."""
    assert EXPORTER
    argv = [EXPORTER, f"--web.listen-address=127.0.0.1:{port}", "--log.level=error"]
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def port() -> Iterator[int]:
    found = free_port()
    with exporter(found):
        yield found


@asynccontextmanager
async def linked(made: Box) -> AsyncIterator[Link]:
    host = made.host()
    async with Connections(Fleet("x", hosts=(host,)), QUICK, made.places, Nobody(), environ={}) as links:
        yield await links.link(host)


async def pages(source: NodeExporter, samples: int) -> list[Message]:
    """Messages until so many samples came; a page each moment, as while somebody looks."""
    found: list[Message] = []
    await source.watch(on=True)
    async with asyncio.timeout(20):
        async for message in source.messages():
            found.append(message)
            if sum(isinstance(one, Sample) for one in found) == samples:
                break
    await source.close()
    return found


async def served(link: Link, port: int) -> LoopbackPage:
    """A page that answers: the exporter needs a moment to start."""
    page = LoopbackPage(link, port)
    async with asyncio.timeout(10):
        while True:
            try:
                await page.fetch()
            except AgentError:
                await asyncio.sleep(0.05)
            else:
                return page


@pytest.mark.parametrize("forwarding", ["yes", "no"])
async def test_its_page_is_read_whether_or_not_ports_are_forwarded(
    tmp_path: Path, port: int, forwarding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_exporter, "WATCHED_S", 0.2)
    with box(tmp_path, options=(f"AllowTcpForwarding {forwarding}",)) as made:
        async with linked(made) as link:
            source = NodeExporter("a", (await served(link, port)).fetch, ("bot",))
            hello, *samples = await pages(source, 3)
            offset = await source.ping()
    assert isinstance(hello, Hello)
    keys = [column.key for column in hello.columns]
    last = samples[-1]
    assert isinstance(last, Sample)
    found = dict(zip(keys, last.values, strict=True))
    total = int(Path("/proc/meminfo").read_text().split()[1]) * 1024
    assert found[Key("host", "memory.total")] == total
    busy, rx = found[Key("host", "cpu.busy")], found[Key("host", "net.rx")]
    assert busy is not None
    assert 0 <= busy <= 1
    assert rx is not None
    assert rx >= 0
    assert any(key.scope == "mount:/" for key in keys)
    assert keys[-1] == Key("service:bot", "up")
    assert last.at == pytest.approx(time.time(), abs=5)
    assert offset.seconds == pytest.approx(0, abs=0.5)


async def test_one_that_ends_is_said_with_its_port(plain: Box) -> None:
    port = free_port()
    async with linked(plain) as link:
        with exporter(port):
            page = await served(link, port)
        with pytest.raises(AgentError, match=f"127.0.0.1:{port}/metrics cannot be read"):
            async for _ in NodeExporter("a", page.fetch, ()).messages():
                pass


class Page(http.server.BaseHTTPRequestHandler):
    """A server that lies as its path says."""

    body = b""
    wait_s = 0.0

    def do_GET(self) -> None:
        time.sleep(self.wait_s)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def lying(body: bytes, wait_s: float = 0.0) -> Iterator[int]:
    handler = type("Lying", (Page,), {"body": body, "wait_s": wait_s})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("forwarding", ["yes", "no"])
@pytest.mark.parametrize("body", [b"x" * 10_000_000, b"node_load1 1\n" * 800_000], ids=["one line", "many lines"])
async def test_a_page_without_end_is_cut(tmp_path: Path, body: bytes, forwarding: str) -> None:
    with lying(body) as port, box(tmp_path, options=(f"AllowTcpForwarding {forwarding}",)) as made:
        async with linked(made) as link:
            with pytest.raises(WireError, match="longer than"):
                await LoopbackPage(link, port).fetch()


async def test_a_page_that_does_not_come_is_silence_and_not_the_end(
    plain: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clawtui.fleet.page.PAGE_S", -0.5)
    with lying(b"", wait_s=1.0) as port:
        async with linked(plain) as link:
            async for message in NodeExporter("a", LoopbackPage(link, port).fetch, ()).messages():
                assert isinstance(message, BadLine)
                assert "does not come within" in message.words
                break


async def test_another_page_on_its_port_is_given_up(plain: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_exporter, "EACH_S", 0.01)
    with lying(b"up 1\n") as port:
        async with linked(plain) as link:
            messages = NodeExporter("a", LoopbackPage(link, port).fetch, ()).messages()
            bad = [await anext(messages), await anext(messages)]
            with pytest.raises(AgentError, match="no page of node-exporter"):
                await anext(messages)
    assert all(isinstance(message, BadLine) for message in bad)
