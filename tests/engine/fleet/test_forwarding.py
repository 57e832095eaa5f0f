"""A forwarded port: real sshd, real TCP servers behind it, through the kept link; what goes wrong is a sentence."""

import asyncio
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from clawtui.engine.boundary.forwards import EndForward, ForwardPort, Forwards, Ports, PortsQuery, PortView
from clawtui.engine.local import LocalEngine
from clawtui.errors import Refused
from clawtui.fleet.forwarding import ports_in
from clawtui.fleet.host import Fleet, Host, Policy, Service
from clawtui.places import Places
from clawtui.settings import Settings
from tests.engine.doubles import until
from tests.engine.fleet.conftest import host_of, know
from tests.engine.fleet.sshd import Sshd, free_port

Start = Callable[..., Sshd]


@asynccontextmanager
async def speaking() -> AsyncIterator[int]:
    """A server that reads to the end, then answers with a digest of what it read, as a batch endpoint does."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            content = await reader.read()
            writer.write(hashlib.sha256(content).hexdigest().encode())
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def engine(places: Places, *hosts: Host) -> AsyncIterator[LocalEngine]:
    async with LocalEngine(Fleet("test", Policy(), hosts), Settings(), (), places, follow=False) as running:
        yield running


async def talked(port: int, content: bytes) -> bytes:
    async with asyncio.timeout(20):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(content)
        writer.write_eof()
        answer = await reader.read()
        writer.close()
    return answer


@pytest.fixture
def host(sshd: Start, places: Places) -> Host:
    server = sshd()
    know(places, server.known_line())
    return host_of(server)


async def test_megabytes_go_both_ways_and_half_closing_reaches_the_far_side(host: Host, places: Places) -> None:
    content = bytes(range(256)) * 20_000
    async with speaking() as far, engine(places, host) as running:
        outcome = await running.do(ForwardPort("a", far, 0))
        assert outcome.done, outcome.words
        view = running.forwards.view.forwards[0]
        answers = await asyncio.gather(*(talked(view.local, content) for _ in range(4)))
        assert set(answers) == {hashlib.sha256(content).hexdigest().encode()}
        await until(lambda: running.forwards.view.forwards[0].running == 0)
        view = running.forwards.view.forwards[0]
        assert (view.sent, view.received) == (4 * len(content), 4 * 64)


async def test_it_listens_on_this_machine_alone(host: Host, places: Places) -> None:
    async with speaking() as far, engine(places, host) as running:
        await running.do(ForwardPort("a", far, 0))
        port = running.forwards.view.forwards[0].local
        tables = [Path(f"/proc/net/{name}").read_text().splitlines() for name in ("tcp", "tcp6")]
        rows = [line.split() for table in tables for line in table[1:]]
        listening = {row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port:04X}")}
        assert listening == {f"0100007F:{port:04X}"}


async def test_it_ends_with_its_key_and_with_the_engine_and_is_recorded(host: Host, places: Places) -> None:
    async with speaking() as far:
        async with engine(places, host) as running:
            first = await running.do(ForwardPort("a", far, 0))
            await running.do(ForwardPort("a", far, 0))
            one, two = running.forwards.view.forwards
            assert f"127.0.0.1:{one.local} → a:{far}" in first.words
            assert (await running.do(EndForward(one.id))).done
            assert not (await running.do(EndForward(one.id))).done
            assert [view.id for view in running.forwards.view.forwards] == [two.id]
            await refused_at(one.local)
        await refused_at(two.local)
    lines = [json.loads(line) for line in places.actions.read_text().splitlines()]
    assert [(line["verb"], line["hosts"]) for line in lines] == [("forward", ["a"])] * 4
    assert lines[0]["cli"] == f"clawtui forward a {one.local}:{far}"
    assert lines[-1]["note"] == "ended: 0 bytes out, 0 bytes in"


async def refused_at(port: int) -> None:
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_readers_hear_of_it_and_of_what_went_wrong_with_a_connection(host: Host, places: Places) -> None:
    async with engine(places, host) as running:
        reader = running.subscribe("forwards")
        assert await anext(reader) == Forwards()
        await running.do(ForwardPort("a", free_port(), 0))
        event = await anext(reader)
        assert isinstance(event, Forwards)
        assert await talked(event.forwards[0].local, b"x") == b""
        async with asyncio.timeout(10):
            event = await anext(reader)
        assert isinstance(event, Forwards)
        assert "cannot reach [127.0.0.1]" in event.forwards[0].words


async def test_a_lost_connection_is_made_anew_by_the_next_that_needs_it(host: Host, places: Places) -> None:
    async with speaking() as far, engine(places, host) as running:
        await running.do(ForwardPort("a", far, 0))
        port = running.forwards.view.forwards[0].local
        await running.links.drop(host)
        assert await talked(port, b"x") == hashlib.sha256(b"x").hexdigest().encode()


async def test_a_server_that_forwards_nothing_says_which_line_would_let_it(sshd: Start, places: Places) -> None:
    server = sshd(options=("AllowTcpForwarding no",))
    know(places, server.known_line())
    async with speaking() as far, engine(places, host_of(server)) as running:
        await running.do(ForwardPort("a", far, 0))
        await talked(running.forwards.view.forwards[0].local, b"x")
        await until(lambda: running.forwards.view.forwards[0].words != "")
        assert "AllowTcpForwarding yes" in running.forwards.view.forwards[0].words


async def test_a_port_that_is_taken_is_a_sentence_and_without_a_wish_another_is_found(
    host: Host, places: Places
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with engine(places, host) as running:
            outcome = await running.do(ForwardPort("a", 9, port))
            assert (outcome.done, outcome.code) == (False, 77)
            assert f"127.0.0.1:{port} cannot be had: somebody listens there already" in outcome.words
            assert (await running.do(ForwardPort("a", port))).done
            assert running.forwards.view.forwards[0].local != port


async def test_a_dead_host_opens_no_port(places: Places) -> None:
    async with engine(places, Host("a", address="127.0.0.1", port=free_port())) as running:
        outcome = await running.do(ForwardPort("a", 8000, 0))
        assert (outcome.done, outcome.code) == (False, 2)
        assert outcome.words.startswith("a: ")
        assert running.forwards.view == Forwards()
        assert (await running.do(ForwardPort("b", 8000, 0))).code == 64


async def test_what_cannot_be_written_down_is_not_done(host: Host, places: Places) -> None:
    places.state.parent.mkdir(parents=True)
    places.state.write_text("no folder")
    async with engine(places, host) as running:
        outcome = await running.do(ForwardPort("a", 8000, 0))
        assert (outcome.done, outcome.code) == (False, 70)
        assert running.forwards.view == Forwards()


async def test_the_ports_of_known_services_are_offered(places: Places) -> None:
    services = (
        Service("bot", metrics="http://127.0.0.1:8000/metrics"),
        Service("embed", metrics="http://127.0.0.1:8000/m"),
        Service("odd", metrics="http://127.0.0.1:port/metrics"),
        Service("dark"),
    )
    async with engine(places, Host("a", services=services)) as running:
        assert await running.ask(PortsQuery("a")) == Ports("a", (PortView(8000, "bot, embed"),))


@pytest.mark.parametrize(
    ("words", "ports"), [("8000", (None, 8000)), ("18000:8000", (18000, 8000)), (" 0:80 ", (0, 80))]
)
def test_ports_are_written_as_ssh_users_write_them(words: str, ports: tuple[int | None, int]) -> None:
    assert ports_in(words) == ports


@pytest.mark.parametrize("words", ["", "x", "0", "70000", "-1", "1:2:3", "8000:", ":8000", "0.0.0.0:80:80"])
def test_what_names_no_port_is_refused_in_a_sentence(words: str) -> None:
    with pytest.raises(Refused, match="port"):
        ports_in(words)
