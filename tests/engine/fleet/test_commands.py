"""Commands over a held connection: what ended how, and what nobody can know. Against a real sshd."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from clawtui.errors import Deadline, FileFailed, LinkLost, WireError
from clawtui.fleet.host import Host, Transport
from clawtui.fleet.link import Ending, Held, Reply
from clawtui.places import Places
from tests.engine.fleet.asker import Asker, asking
from tests.engine.fleet.conftest import Connect, Keyboard, host_of, know
from tests.engine.fleet.sshd import Sshd

Start = Callable[..., Sshd]
PATIENT_S = 20.0


@pytest.fixture
async def link(server: Sshd, connect: Connect) -> AsyncIterator[Held]:
    host = host_of(server)
    async with connect(
        host, keepalive_s=0.5, keepalive_busy_s=0.2, output_limit=100_000, line_limit=1000
    ) as connections:
        yield await connections.link(host)


async def test_status_and_both_streams_come_back(link: Held) -> None:
    reply = await link.run("cat; echo bad >&2; exit 3", stdin=b"in\x00\xff", timeout_s=PATIENT_S)
    assert (reply.ending, reply.status, reply.stdout, reply.stderr) == (Ending.FAILED, 3, b"in\x00\xff", b"bad\n")
    assert (await link.run("true", timeout_s=PATIENT_S)).ending is Ending.OK


async def test_a_command_without_input_does_not_wait_for_any(link: Held) -> None:
    assert (await link.run("cat", timeout_s=PATIENT_S)).ending is Ending.OK


async def test_a_killed_command_is_killed_not_failed(link: Held, transport: Transport) -> None:
    reply = await link.run("kill -TERM $$", timeout_s=PATIENT_S)
    assert (reply.ending, reply.status) == (Ending.KILLED, None)
    assert reply.signal == ("TERM" if transport is Transport.ASYNCSSH else "")  # which one, ssh does not pass on


async def test_a_deadline_leaves_the_outcome_unknown_and_tries_to_end_it(link: Held, transport: Transport) -> None:
    reply = await link.run("echo $$; exec sleep 60", timeout_s=0.5)
    assert (reply.ending, reply.status) == (Ending.UNKNOWN, None)
    assert "no answer within 0.5 s" in reply.note
    if transport is Transport.OPENSSH:
        assert "ssh passes no signal on, so it may still be running there" in reply.note
        assert (await link.run(f"kill {reply.text}", timeout_s=PATIENT_S)).ending is Ending.OK
    elif os.geteuid():  # sshd passes signals on for every login but root's
        assert "KILL was sent and it ended" in reply.note
        assert (await link.run(f"kill -0 {reply.text}", timeout_s=PATIENT_S)).ending is Ending.FAILED
    else:
        assert "KILL was sent and not confirmed, it may still be running there" in reply.note
        assert (await link.run(f"kill {reply.text}", timeout_s=PATIENT_S)).ending is Ending.OK


async def test_a_command_that_detached_from_the_kill_is_said_to_run_perhaps(link: Held) -> None:
    reply = await link.run("setsid sleep 3 & echo $!; wait", timeout_s=0.4)
    assert reply.ending is Ending.UNKNOWN
    assert "may still be running" in reply.note


async def begun(link: Held, folder: Path) -> "asyncio.Task[Reply]":
    """A long command that is known to run."""
    mark = folder / "begun"
    running = asyncio.create_task(link.run(f"touch {mark}; sleep 30", timeout_s=PATIENT_S))
    async with asyncio.timeout(PATIENT_S):
        while not mark.exists():
            await asyncio.sleep(0.01)
    return running


async def test_a_killed_sshd_leaves_the_outcome_unknown_never_success(link: Held, server: Sshd, tmp_path: Path) -> None:
    running = await begun(link, tmp_path)
    server.signal(signal.SIGKILL)
    reply = await running
    assert (reply.ending, reply.status) == (Ending.UNKNOWN, None)
    assert "connection lost" in reply.note
    assert link.lost
    with pytest.raises(LinkLost, match="nothing was started"):
        await link.run("true", timeout_s=PATIENT_S)


async def test_a_frozen_sshd_is_noticed_by_keepalive_before_the_deadline(
    link: Held, server: Sshd, tmp_path: Path
) -> None:
    running = await begun(link, tmp_path)
    server.signal(signal.SIGSTOP)
    began = time.monotonic()
    reply = await running
    server.signal(signal.SIGCONT)
    assert reply.ending is Ending.UNKNOWN
    assert time.monotonic() - began < 15  # 0.2 s × 3 here (ssh: 1 s × 3, it knows no less), 2 s × 3 by default


async def test_an_idle_link_notices_a_frozen_sshd_too(link: Held, server: Sshd) -> None:
    channel = await link.open("cat")
    server.signal(signal.SIGSTOP)
    with pytest.raises(LinkLost, match="cat"):
        await asyncio.wait_for(anext(channel.lines()), 8)
    server.signal(signal.SIGCONT)
    assert link.lost


async def test_output_beyond_the_limit_is_dropped_and_said(link: Held) -> None:
    reply = await link.run("head -c 1000000 /dev/zero", timeout_s=PATIENT_S)
    assert reply.ending is Ending.OK
    assert len(reply.stdout) == 100_000
    assert reply.note == "900000 bytes of output beyond the limit dropped"


async def test_lines_go_both_ways_and_the_end_is_an_end(link: Held) -> None:
    channel = await link.open("read a; echo got $a; printf 'no newline'")
    await channel.send(b"this")
    assert [line async for line in channel.lines()] == [b"got this", b"no newline"]
    with pytest.raises(LinkLost, match="has ended"):
        await channel.send(b"more")


async def test_ten_thousand_lines_arrive_in_order_while_the_reader_is_slow(link: Held) -> None:
    channel = await link.open("seq 100000")
    expected = 1
    async for line in channel.lines():
        assert line == b"%d" % expected
        expected += 1
        if expected % 20_000 == 0:
            await asyncio.sleep(0.02)
    assert expected == 100_001


async def test_an_endless_line_is_an_error_not_memory(link: Held) -> None:
    channel = await link.open("head -c 50000 /dev/zero; sleep 30")
    with pytest.raises(WireError, match="longer than 1000 bytes"):
        async for _ in channel.lines():
            pass
    assert (await link.run("true", timeout_s=PATIENT_S)).ending is Ending.OK


async def test_a_lost_connection_ends_lines_with_an_error(link: Held, server: Sshd) -> None:
    channel = await link.open("echo one; printf half; sleep 30")
    lines = channel.lines()
    assert await anext(lines) == b"one"
    server.signal(signal.SIGKILL)
    with pytest.raises(LinkLost):
        await anext(lines)


async def test_a_unix_socket_answers_line_by_line(link: Held, tmp_path: Path) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(line.upper())
        writer.close()

    async with await asyncio.start_unix_server(echo, tmp_path / "agent.sock"):
        channel = await link.open_socket(str(tmp_path / "agent.sock"))
        await channel.send(b"hello")
        async for line in channel.lines():
            assert line == b"HELLO"
            break
        await channel.close()
        await asyncio.sleep(0.05)


async def test_a_socket_that_nobody_listens_on_says_so(link: Held, tmp_path: Path) -> None:
    with pytest.raises(FileFailed, match=r"nobody listens there"):
        await link.open_socket(str(tmp_path / "absent.sock"))


async def test_more_commands_than_sessions_wait_instead_of_failing(
    sshd: Start, connect: Connect, places: Places
) -> None:
    server = sshd(options=("MaxSessions 2",))
    know(places, server.known_line())
    host = host_of(server)
    async with connect(host) as connections:
        link = await connections.link(host)
        replies = await asyncio.gather(*(link.run("sleep 0.05; echo ok", timeout_s=PATIENT_S) for _ in range(12)))
    assert [reply.text for reply in replies] == ["ok"] * 12


async def test_a_command_that_got_no_session_was_not_started(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd()
    know(places, server.known_line())
    host = host_of(server)
    async with connect(host, sessions=1) as connections:
        link = await connections.link(host)
        channel = await link.open("cat")
        with pytest.raises(Deadline, match=r"not started within 0\.2 s: 1 sessions are in use"):
            await link.run("true", timeout_s=0.2)
        await channel.close()
        assert (await link.run("true", timeout_s=PATIENT_S)).ending is Ending.OK


async def test_waiting_too_short_again_and_again_leaks_no_session(link: Held, server: Sshd) -> None:
    for _ in range(12):  # more than MaxSessions
        server.signal(signal.SIGSTOP)
        with pytest.raises(Deadline):
            await link.run("true", timeout_s=0.002)
        server.signal(signal.SIGCONT)
        assert (await link.run("true", timeout_s=PATIENT_S)).ending is Ending.OK


async def test_a_login_without_commands_is_no_hang(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd(options=("ForceCommand /bin/false",))
    know(places, server.known_line())
    host = host_of(server)
    async with connect(host) as connections:
        reply = await (await connections.link(host)).run("true", timeout_s=PATIENT_S)
    assert (reply.ending, reply.status) == (Ending.FAILED, 1)


async def test_callers_who_go_away_at_any_moment_leave_nothing_open(link: Held) -> None:
    assert (await link.run("true", timeout_s=PATIENT_S)).ending is Ending.OK
    before = len(list(Path("/proc/self/fd").iterdir()))

    async def impatient(number: int) -> None:
        running = asyncio.create_task(link.run("sleep 0.05; kill -9 $$", timeout_s=PATIENT_S))
        await asyncio.sleep(number * 0.002)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    await asyncio.gather(*(impatient(number) for number in range(40)))
    replies = await asyncio.gather(*(link.run("exit 3", timeout_s=PATIENT_S) for _ in range(20)))
    assert {reply.status for reply in replies} == {3}
    async with asyncio.timeout(PATIENT_S):
        while len(list(Path("/proc/self/fd").iterdir())) > before:
            await asyncio.sleep(0.02)


async def test_a_command_that_ends_before_it_could_be_told_anything_has_its_own_ending(
    connect: Connect, places: Places, keyboard: Keyboard
) -> None:
    async with asking(Asker(password="pw")) as asker:
        know(places, asker.known_line())
        keyboard.secrets = ["pw"]
        host = Host("a", address="127.0.0.1", port=asker.port, user="ops")
        async with connect(host) as connections:
            link = await connections.link(host)
            replies = [await link.run("true", stdin=b"x", timeout_s=20) for _ in range(20)]
    assert {reply.status for reply in replies} == {0}
