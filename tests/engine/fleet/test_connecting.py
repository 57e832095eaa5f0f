"""Why a connection was not made: every reason has its own words. A real sshd, or a socket where none can be provoked."""

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from clawtui.errors import AuthFailed, LinkError, OptionRefused, Unreachable
from clawtui.fleet.host import Host, Transport
from clawtui.fleet.link import Ending
from clawtui.places import Places
from tests.engine.fleet.conftest import Connect, Keyboard, host_of, know
from tests.engine.fleet.sshd import Sshd, free_port

Start = Callable[..., Sshd]


def test_importing_connections_does_not_import_asyncssh() -> None:
    code = "import sys, clawtui.fleet.connections, clawtui.fleet.context; print('asyncssh' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


async def failure(connect: Connect, host: Host, **options: object) -> LinkError:
    async with connect(host, **options) as connections:
        with pytest.raises(LinkError) as caught:
            await connections.link(host)
    return caught.value


async def test_a_name_that_does_not_resolve(connect: Connect) -> None:
    error = await failure(connect, Host("a", address="no-such-host.invalid"))
    assert isinstance(error, Unreachable)
    assert "no-such-host.invalid does not resolve" in str(error)


async def test_a_port_where_nobody_listens(connect: Connect) -> None:
    error = await failure(connect, Host("a", address="127.0.0.1", port=free_port()))
    assert isinstance(error, Unreachable)
    assert "no sshd listens there" in str(error)


@asynccontextmanager
async def listener(greeting: bytes, *, hang_up: bool) -> AsyncIterator[Host]:
    """Something that is no sshd."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(greeting)
            await writer.drain()
            if not hang_up:
                await reader.read()
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield Host("a", address="127.0.0.1", port=server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def test_a_listener_that_says_nothing_is_no_sshd(connect: Connect) -> None:
    async with listener(b"", hang_up=False) as host:
        error = await failure(connect, host, connect_timeout_s=0.3)
    assert isinstance(error, Unreachable)
    assert "accepts TCP but sends no SSH banner within 0.3 s" in str(error)


@pytest.mark.parametrize("said", [b"", b"Exceeded MaxStartups\r\n", b"Not allowed at this time\r\n"])
@pytest.mark.parametrize("transport", list(Transport))
async def test_an_sshd_that_hangs_up_before_it_greets_is_full_or_penalises_us(
    connect: Connect, said: bytes, transport: Transport
) -> None:
    async with listener(said, hang_up=True) as host:
        error = await failure(connect, replace(host, transport=transport))
    assert isinstance(error, Unreachable)
    assert "MaxStartups" in str(error)
    assert "PerSourcePenalties" in str(error)


@pytest.mark.parametrize(
    "greeting", [b"HTTP/1.0 200 OK\r\n\r\n" * 2000, b"x" * 100_000, b"SSH-1.5-old\r\n", b"\x1b]0;owned\x07\r\n" * 5000]
)
async def test_a_hostile_greeting_is_harmless(connect: Connect, greeting: bytes) -> None:
    async with listener(greeting, hang_up=True) as host:
        error = await failure(connect, host, connect_timeout_s=5)
    assert isinstance(error, Unreachable)
    assert str(error).isprintable()


async def test_a_frozen_sshd_is_given_up_at_the_deadline(sshd: Start, connect: Connect) -> None:
    server = sshd()
    server.signal(signal.SIGSTOP)
    began = time.monotonic()
    error = await failure(connect, host_of(server), connect_timeout_s=0.5)
    assert time.monotonic() - began < 20
    assert isinstance(error, Unreachable)
    assert "its sshd hangs" in str(error)
    server.signal(signal.SIGCONT)


async def test_a_listening_queue_that_is_full_is_a_time_out(connect: Connect) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        error = await failure(
            connect, Host("a", address="127.0.0.1", port=full.getsockname()[1]), connect_timeout_s=0.4
        )
        for one in waiting:
            one.close()
    assert isinstance(error, Unreachable)
    assert "within 0.4 s" in str(error)


async def test_a_denied_login_lists_what_was_tried(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd(authorized="# nobody\n")
    know(places, server.known_line())
    error = await failure(connect, host_of(server, user="root"))
    assert isinstance(error, AuthFailed)
    assert "does not let root in; tried: id_ed25519 (" in str(error)
    assert "Put a key of yours into its authorized_keys" in str(error)


async def test_a_wrong_user_is_named(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd()
    know(places, server.known_line())
    error = await failure(connect, host_of(server, user="no-such-user"))
    assert isinstance(error, AuthFailed)
    assert "does not let no-such-user in" in str(error)


async def test_no_key_at_all_is_said(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd()
    know(places, server.known_line())
    for path in (places.home / ".ssh").glob("id_*"):
        path.unlink()
    assert "tried: no key at all" in str(await failure(connect, host_of(server)))


async def test_a_banner_with_escapes_is_harmless(sshd: Start, connect: Connect, places: Places) -> None:
    server_banner = places.home / "banner"
    server_banner.write_text("\x1b[2J\x1b]0;owned\x07Keep out")
    server = sshd(authorized="# nobody\n", options=(f"Banner {server_banner}",))
    know(places, server.known_line())
    error = await failure(connect, host_of(server))
    assert "Keep out" in str(error)
    assert "\x1b" not in str(error)


async def test_nothing_in_common_is_said(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd(options=("KexAlgorithms diffie-hellman-group14-sha1",))
    know(places, server.known_line())
    error = await failure(connect, host_of(server))
    assert isinstance(error, Unreachable)
    assert "no algorithm in common" in str(error)


async def test_unknown_algorithms_in_the_configuration_are_refused_by_name(connect: Connect) -> None:
    error = await failure(connect, Host("a", address="127.0.0.1", ssh_options={"ciphers": "rot13"}))
    assert isinstance(error, OptionRefused)
    assert "rot13" in str(error)


async def test_a_refused_host_is_never_dialled(connect: Connect) -> None:
    error = await failure(connect, Host("a", address="127.0.0.1", refusal="KnownHostsCommand in config:3"))
    assert isinstance(error, OptionRefused)
    assert "KnownHostsCommand in config:3" in str(error)


async def test_one_connection_serves_all_who_ask(
    sshd: Start, connect: Connect, places: Places, transport: Transport
) -> None:
    server = sshd()
    know(places, server.known_line())
    host = host_of(server)
    async with connect(host) as connections:
        links = await asyncio.gather(*(connections.link(host) for _ in range(10)))
        assert len({id(link) for link in links}) == 1
        chosen = {Transport.ASYNCSSH: "aes128-gcm@openssh.com", Transport.OPENSSH: "chacha20-poly1305@openssh.com"}
        assert connections.facts(host)["cipher"] == chosen[transport]
        assert connections.facts(host)["fingerprint"].startswith("SHA256:")


async def test_a_waiter_who_goes_away_does_not_end_the_attempt_of_the_others(
    sshd: Start, connect: Connect, places: Places
) -> None:
    server = sshd()
    know(places, server.known_line())
    host = host_of(server)
    async with connect(host) as connections:
        impatient = asyncio.create_task(connections.link(host))
        patient = asyncio.create_task(connections.link(host))
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await (await patient).run("true", timeout_s=20)).ending is Ending.OK


async def test_a_lost_connection_is_made_anew_on_the_next_use(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd()
    know(places, server.known_line())
    host = host_of(server)
    async with connect(host, keepalive_s=0.2) as connections:
        first = await connections.link(host)
        server.stop()
        async with asyncio.timeout(10):
            while not first.lost:
                await asyncio.sleep(0.02)
        with pytest.raises(Unreachable):
            await connections.link(host)
        server.start()
        assert await connections.link(host) is not first


async def test_far_too_many_connects_at_once_are_bounded(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd(options=("MaxStartups 4:100:4",))
    know(places, server.known_line())
    hosts = [host_of(server, f"h{number}") for number in range(8)]
    async with connect(*hosts, concurrency=2, connect_timeout_s=30) as connections:
        links = await asyncio.gather(*(connections.link(host) for host in hosts))
    assert len(links) == 8


async def test_a_proxy_command_carries_the_connection(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd()
    know(places, server.known_line())
    relay = (
        "import socket,sys,threading,os\n"
        "s=socket.create_connection(('127.0.0.1',int(sys.argv[1])))\n"
        "def up():\n"
        "  while d:=os.read(0,65536): s.sendall(d)\n"
        "threading.Thread(target=up,daemon=True).start()\n"
        "while d:=s.recv(65536): os.write(1,d)\n"
    )
    script = places.home / "relay.py"
    script.write_text(relay)
    host = host_of(server, ssh_options={"proxycommand": f"{sys.executable} {script} {server.port}"})
    async with connect(host) as connections:
        assert (await (await connections.link(host)).run("echo hi", timeout_s=20)).text == "hi"


async def test_the_agent_is_never_forwarded(sshd: Start, connect: Connect, places: Places, keyboard: Keyboard) -> None:
    server = sshd(options=("AllowAgentForwarding yes",))
    know(places, server.known_line())
    host = host_of(server)
    async with connect(host) as connections:
        reply = await (await connections.link(host)).run('echo "[$SSH_AUTH_SOCK]"', timeout_s=20)
    assert reply.text == "[]"
