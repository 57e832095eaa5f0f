"""A socket joined to a TCP port behind a host, over each link; each direction ends by itself."""

import asyncio
import hashlib
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from clawtui.errors import LinkLost, Unreachable
from clawtui.fleet.link import Link
from clawtui.places import Places
from tests.engine.fleet.conftest import Connect, host_of, know
from tests.engine.fleet.sshd import Sshd, free_port

Start = Callable[..., Sshd]


@pytest.fixture
async def link(sshd: Start, places: Places, connect: Connect) -> AsyncIterator[Link]:
    server = sshd()
    know(places, server.known_line())
    host = host_of(server)
    async with connect(host) as connections:
        yield await connections.link(host)


@asynccontextmanager
async def digesting() -> AsyncIterator[int]:
    """Reads to the end, then answers with a digest: who never hears of the end waits for ever."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(hashlib.sha256(await reader.read()).hexdigest().encode())
            await writer.drain()
        finally:
            writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def talked(link: Link, port: int, content: bytes) -> bytes:
    near, far = socket.socketpair()
    await link.open_tcp("127.0.0.1", port, far)
    reader, writer = await asyncio.open_unix_connection(sock=near)
    async with asyncio.timeout(20):
        writer.write(content)
        writer.write_eof()
        answer = await reader.read()
    writer.close()
    return answer


async def test_both_directions_carry_everything_and_end_by_themselves(link: Link) -> None:
    async with digesting() as port:
        for content in (b"", b"x" * 3_000_000):
            assert await talked(link, port, content) == hashlib.sha256(content).hexdigest().encode()
        answers = await asyncio.gather(*(talked(link, port, b"%d" % number) for number in range(20)))
    assert len(set(answers)) == 20


async def test_a_port_where_nobody_listens_says_so_and_gives_the_socket_back_closed(link: Link) -> None:
    near, far = socket.socketpair()
    port = free_port()
    with pytest.raises(Unreachable, match=rf"cannot reach \[127\.0\.0\.1\]:{port}: .*[Rr]efused"):
        await link.open_tcp("127.0.0.1", port, far)
    assert near.recv(1) == b""
    near.close()


async def test_a_link_that_has_ended_takes_no_socket(link: Link) -> None:
    await link.close()
    near, far = socket.socketpair()
    with pytest.raises(LinkLost):
        await link.open_tcp("127.0.0.1", 1, far)
    assert near.recv(1) == b""
    near.close()


async def test_what_was_joined_ends_with_its_link(link: Link) -> None:
    async with digesting() as port:
        near, far = socket.socketpair()
        await link.open_tcp("127.0.0.1", port, far)
        reader, writer = await asyncio.open_unix_connection(sock=near)
        await link.close()
        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()
