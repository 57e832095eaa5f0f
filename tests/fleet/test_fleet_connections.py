"""Connections over real sshd: many at once, through a bastion, and what is said when the far side goes silent."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.errors import AuthFailed, HostKeyChanged, HostKeyUnknown, LinkError, LinkLost, Unreachable
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Host, Transport
from clawtui.fleet.link import Channel, Ending, Link, Reply
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.fleet.order import BASTION
from tests.fleet.testbed import Testbed

pytestmark = pytest.mark.root
QUICK = SshOptions(connect_timeout_s=2.0, keepalive_s=1.0, keepalive_busy_s=1.0, retry_first_s=0.1)
LOST_S = 15.0  # a silent connection is noticed within this, whatever was going on


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.of({"HOME": str(tmp_path)})


@pytest.fixture(params=list(Transport))
def both(plain: Testbed, request: pytest.FixtureRequest) -> Testbed:
    """One and the same test over each link."""
    return replace(plain, transport=Transport(request.param))


@asynccontextmanager
async def connected(bed: Testbed, places: Places, options: SshOptions = QUICK) -> AsyncIterator[Connections]:
    async with Connections(bed.fleet(), options, places, Nobody(), environ={}) as connections:
        yield connections


def known(bed: Testbed, name: str) -> Host:
    return bed.as_host(bed.host(name))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < seconds


async def first_line(channel: Channel) -> bytes:
    async for line in channel.lines():
        return line
    raise AssertionError("the channel ended without a line")


async def lost(link: Link, seconds: float = LOST_S) -> bool:
    """A command gets no answer: unknown, or the link says that it never started."""
    try:
        return (await link.run("true", timeout_s=seconds)).ending is Ending.UNKNOWN
    except LinkLost:
        return True


async def test_fifty_hosts_answer_each_with_its_own_name(both: Testbed, places: Places) -> None:
    async with connected(both, places, SshOptions()) as connections:

        async def ask(host: Host) -> tuple[str, str]:
            link = await connections.link(host)
            return host.name, (await link.run("hostname", timeout_s=10)).text

        with within(20):
            answers = await asyncio.gather(*(ask(both.as_host(m)) for m in both.hosts))
    assert answers == [(m.name, m.name) for m in both.hosts]


async def test_one_frozen_host_keeps_no_other_waiting(plain: Testbed, places: Places) -> None:
    plain.freeze("h001")
    async with connected(plain, places) as connections:

        async def ask(name: str) -> str:
            try:
                return (await (await connections.link(known(plain, name))).run("hostname", timeout_s=5)).text
            except LinkError as error:
                return type(error).__name__

        asked = [asyncio.create_task(ask(f"h{i:03d}")) for i in range(20)]
        done, waiting = await asyncio.wait(asked, timeout=1.9)
        assert waiting == {asked[1]}
        assert len(done) == 19
        assert await asked[1] == "Unreachable"


async def test_ten_hosts_share_one_connection_to_their_bastion(both: Testbed, places: Places) -> None:
    inner = [m for m in both.hosts if m.inner]
    async with connected(both, places) as connections:
        links = await asyncio.gather(*(connections.link(both.as_host(m)) for m in inner))
        names = [(await link.run("hostname", timeout_s=5)).text for link in links]
        held = both.sh(BASTION, "ss -Htn state established '( sport = :22 )' | wc -l").stdout.strip()
        assert connections.facts(both.as_host(inner[0]))["jump"] == BASTION
    assert names == [m.name for m in inner]
    assert held == "1"


async def test_a_command_on_a_cut_host_ends_unknown_never_successful(both: Testbed, places: Places) -> None:
    async with connected(both, places) as connections:
        link = await connections.link(known(both, "h002"))
        running = asyncio.create_task(link.run("sleep 60", timeout_s=60))
        await link.run("true", timeout_s=5)  # the other channel has been opened before this one answers
        both.cut("h002")
        with within(LOST_S):
            reply: Reply = await running
    assert (reply.ending, reply.status) == (Ending.UNKNOWN, None)
    assert reply.note


async def test_a_held_channel_says_that_its_link_was_lost(both: Testbed, places: Places) -> None:
    async with connected(both, places) as connections:
        link = await connections.link(known(both, "h003"))
        channel = await link.open("while :; do date; sleep 0.2; done")
        assert await first_line(channel)
        both.silence("h003")
        with within(LOST_S), pytest.raises(LinkLost, match="h003"):
            async for _ in channel.lines():
                pass


async def test_a_frozen_host_is_unreachable_in_the_time_given(both: Testbed, places: Places) -> None:
    both.freeze("h004")
    async with connected(both, places) as connections:
        with within(QUICK.connect_timeout_s + 5), pytest.raises(Unreachable, match="h004"):
            await connections.link(known(both, "h004"))


async def test_a_host_that_freezes_later_loses_its_link(both: Testbed, places: Places) -> None:
    async with connected(both, places) as connections:
        link = await connections.link(known(both, "h005"))
        await link.run("true", timeout_s=5)
        both.freeze("h005")
        with within(LOST_S):
            assert await lost(link)


async def test_a_silent_route_is_unreachable_in_the_time_given(both: Testbed, places: Places) -> None:
    both.silence("h006")
    async with connected(both, places) as connections:
        with within(QUICK.connect_timeout_s + 5), pytest.raises(Unreachable, match="h006"):
            await connections.link(known(both, "h006"))


async def test_a_lossy_line_is_slow_and_right(plain: Testbed, places: Places) -> None:
    plain.loss("h007", 10)
    options = replace(QUICK, connect_timeout_s=20, keepalive_s=5, keepalive_busy_s=5)
    async with connected(plain, places, options) as connections:
        link = await connections.link(known(plain, "h007"))
        reply = await link.run("seq 20000 | sha256sum", timeout_s=30)
        sent = "".join(f"{i}\n" for i in range(20_000)).encode()
        await link.put(sent, "/root/sent", timeout_s=60)
        assert await link.get("/root/sent", timeout_s=60) == sent
    assert reply.ending is Ending.OK


async def test_a_healed_host_is_reached_again(plain: Testbed, places: Places) -> None:
    host = known(plain, "h008")
    async with connected(plain, places) as connections:
        link = await connections.link(host)
        plain.cut("h008")
        assert await lost(link)
        await connections.drop(host)
        with pytest.raises(LinkError):
            await connections.link(host)
        plain.heal("h008")
        assert (await (await connections.link(host)).run("true", timeout_s=5)).ending is Ending.OK


async def test_a_cut_bastion_loses_the_hosts_behind_it_and_they_come_back_with_it(
    both: Testbed, places: Places
) -> None:
    inner = both.as_host(both.hosts[-1])
    async with connected(both, places) as connections:
        link = await connections.link(inner)
        both.cut(BASTION)
        with within(LOST_S):
            assert await lost(link)
        await connections.drop(inner)
        await connections.drop(known(both, BASTION))
        with pytest.raises(LinkError, match=f"{inner.name}: bastion {BASTION}"):
            await connections.link(inner)
        both.heal(BASTION)
        await asyncio.sleep(QUICK.retry_first_s * 2)  # the bastion's own back-off
        assert (await (await connections.link(inner)).run("hostname", timeout_s=5)).text == inner.name


async def test_an_unknown_key_is_refused_when_nobody_can_be_asked(
    both: Testbed, places: Places, tmp_path: Path
) -> None:
    (tmp_path / "none").touch()
    async with connected(both, places) as connections:
        with pytest.raises(HostKeyUnknown) as caught:
            await connections.link(replace(known(both, "h009"), known_hosts=(str(tmp_path / "none"),)))
    assert caught.value.fingerprint.startswith("SHA256:")


async def test_a_changed_key_is_refused(both: Testbed, places: Places, tmp_path: Path) -> None:
    there, other = both.host("h009"), both.host("h010")
    (tmp_path / "known").write_text(f"{there.address} {other.host_key.split(' ', 1)[1]}\n")
    async with connected(both, places) as connections:
        with pytest.raises(HostKeyChanged, match="h009"):
            await connections.link(replace(known(both, "h009"), known_hosts=(str(tmp_path / "known"),)))


async def test_a_host_that_does_not_let_us_in_says_so(both: Testbed, places: Places) -> None:
    stranger = str(both.folder / "keys/h000")  # a key like any other, that nobody let in
    async with connected(both, places) as connections:
        with pytest.raises(AuthFailed, match="h011"):
            await connections.link(replace(known(both, "h011"), identities=(stranger,)))


async def test_more_commands_than_sessions_wait_for_their_turn(both: Testbed, places: Places) -> None:
    """MaxSessions is ten here as by default: the eleventh channel would be refused."""
    async with connected(both, places) as connections:
        link = await connections.link(known(both, "h012"))
        replies = await asyncio.gather(*(link.run(f"echo {i}; sleep 0.1", timeout_s=10) for i in range(40)))
    assert [reply.text for reply in replies] == [str(i) for i in range(40)]


async def test_sixty_connections_at_once_to_one_bastion_all_succeed(both: Testbed, places: Places) -> None:
    """MaxStartups is 10:30:100 here as by default; each of these has a way of its own through the bastion."""
    inner = [m for m in both.hosts if m.inner]
    many = [replace(both.as_host(m), name=f"{m.name}-{n}") for m in inner for n in range(6)]
    async with connected(both, places, replace(QUICK, connect_timeout_s=15)) as connections:
        links = await asyncio.gather(*(connections.link(host) for host in many))
        replies = await asyncio.gather(*(link.run("hostname", timeout_s=10) for link in links))
    assert [reply.text for reply in replies] == [host.name.partition("-")[0] for host in many]
