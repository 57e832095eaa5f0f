"""Chains of bastions: shared, named in failures, back first after a loss. Real sshds all the way."""

import asyncio
import getpass
import signal
import time
from collections.abc import Callable

import pytest

from clawtui.errors import AuthFailed, HostKeyUnknown, LinkError, OptionRefused, Unreachable
from clawtui.fleet.backoff import SPREAD_S
from clawtui.fleet.host import Host
from clawtui.places import Places
from tests.engine.fleet.conftest import Connect, Keyboard, host_of, know
from tests.engine.fleet.sshd import Sshd, free_port

Start = Callable[..., Sshd]


def logins(server: Sshd) -> int:
    return (server.folder / "log").read_text().count("Accepted publickey")


def denials(server: Sshd) -> int:
    return (server.folder / "log").read_text().count("[preauth]")


@pytest.fixture
def chain(sshd: Start, places: Places) -> tuple[Sshd, Sshd, Sshd]:
    servers = sshd("outer"), sshd("inner"), sshd("target")
    know(places, *(server.known_line() for server in servers))
    return servers


async def test_many_hosts_share_each_bastion(chain: tuple[Sshd, Sshd, Sshd], connect: Connect) -> None:
    outer, inner, target = chain
    hosts = [host_of(target, f"t{number}", jump=("outer", "inner")) for number in range(6)]
    async with connect(host_of(outer, "outer"), host_of(inner, "inner"), *hosts) as connections:
        links = await asyncio.gather(*(connections.link(host) for host in hosts))
        replies = await asyncio.gather(*(link.run("echo hi", timeout_s=30) for link in links))
        assert [reply.text for reply in replies] == ["hi"] * 6
        assert connections.facts(hosts[0])["jump"] == "outer → inner"
    assert (logins(outer), logins(inner), logins(target)) == (1, 1, 6)


async def test_a_bastion_with_bastions_of_its_own_is_reached_through_them(
    chain: tuple[Sshd, Sshd, Sshd], connect: Connect
) -> None:
    outer, inner, target = chain
    host = host_of(target, "t", jump=("inner",))
    async with connect(host_of(outer, "outer"), host_of(inner, "inner", jump=("outer",)), host) as connections:
        await connections.link(host)
        assert connections.facts(host)["jump"] == "outer → inner"


async def test_a_bastion_that_no_fleet_names_is_user_at_host_and_port(
    chain: tuple[Sshd, Sshd, Sshd], connect: Connect
) -> None:
    outer, _, target = chain
    host = host_of(target, "t", jump=(f"{getpass.getuser()}@127.0.0.1:{outer.port}",))
    async with connect(host) as connections:
        await connections.link(host)
    assert logins(outer) == 1


async def test_a_dead_bastion_is_named_and_tried_once_for_all(sshd: Start, connect: Connect, places: Places) -> None:
    bastion = Host("gate", address="127.0.0.1", port=free_port())
    hosts = [Host(f"t{number}", address="10.0.0.1", jump=("gate",)) for number in range(5)]
    async with connect(bastion, *hosts) as connections:
        failures = await asyncio.gather(*(connections.link(host) for host in hosts), return_exceptions=True)
        with pytest.raises(Unreachable):
            await connections.link(hosts[0])
    assert all(isinstance(error, Unreachable) for error in failures)
    assert str(failures[0]).startswith("t0: bastion gate: ")


async def test_a_target_that_a_bastion_cannot_reach_blames_the_right_one(
    chain: tuple[Sshd, Sshd, Sshd], connect: Connect
) -> None:
    host = Host("t", address="127.0.0.1", port=free_port(), jump=("outer",))
    async with connect(host_of(chain[0], "outer"), host) as connections:
        with pytest.raises(Unreachable, match="bastion outer cannot reach"):
            await connections.link(host)


async def test_a_bastion_that_forwards_nothing_says_which_option(sshd: Start, connect: Connect, places: Places) -> None:
    gate, target = sshd("gate", options=("AllowTcpForwarding no",)), sshd("target")
    know(places, gate.known_line(), target.known_line())
    host = host_of(target, "t", jump=("gate",))
    async with connect(host_of(gate, "gate"), host) as connections:
        with pytest.raises(Unreachable, match="AllowTcpForwarding"):
            await connections.link(host)


async def test_an_unknown_bastion_key_is_asked_about_once(
    sshd: Start, connect: Connect, keyboard: Keyboard, places: Places
) -> None:
    gate, target = sshd("gate"), sshd("target")
    know(places, target.known_line())
    hosts = [host_of(target, f"t{number}", jump=("gate",)) for number in range(4)]
    async with connect(host_of(gate, "gate"), *hosts) as connections:
        failures = await asyncio.gather(*(connections.link(host) for host in hosts), return_exceptions=True)
        assert all(isinstance(error, HostKeyUnknown) and "bastion gate" in str(error) for error in failures)
        assert [question.split()[1] for question in keyboard.asked] == ["gate"]
        keyboard.trusts = True
        await connections.drop(hosts[0])
        await asyncio.gather(*(connections.link(host) for host in hosts))
    assert len(keyboard.asked) == 2


async def test_after_a_lost_bastion_it_comes_back_first_and_once(
    chain: tuple[Sshd, Sshd, Sshd], connect: Connect
) -> None:
    outer, _, target = chain
    hosts = [host_of(target, f"t{number}", jump=("outer",)) for number in range(3)]
    async with connect(host_of(outer, "outer"), *hosts, keepalive_s=0.3) as connections:
        links = await asyncio.gather(*(connections.link(host) for host in hosts))
        outer.stop()
        async with asyncio.timeout(30):
            while not all(link.lost for link in links):
                await asyncio.sleep(0.02)
        outer.start()
        links = await asyncio.gather(*(connections.link(host) for host in hosts))
        assert [(await link.run("true", timeout_s=20)).status for link in links] == [0, 0, 0]
    assert logins(outer) == 2


async def test_a_bastion_frozen_while_connecting_is_given_up_at_the_deadline(
    chain: tuple[Sshd, Sshd, Sshd], connect: Connect
) -> None:
    outer, _, target = chain
    host = host_of(target, "t", jump=("outer",))
    async with connect(host_of(outer, "outer"), host, connect_timeout_s=2.0, keepalive_s=60) as connections:
        await connections.link(host_of(outer, "outer"))
        outer.signal(signal.SIGSTOP)
        began = time.monotonic()
        with pytest.raises(Unreachable, match="within 2 s"):
            await connections.link(host)
        assert time.monotonic() - began < 20
        outer.signal(signal.SIGCONT)


async def test_a_bastion_that_denies_us_is_tried_twice_by_itself_and_again_only_when_asked(
    chain: tuple[Sshd, Sshd, Sshd], connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    outer, _, target = chain
    monkeypatch.setattr("clawtui.fleet.backoff.AUTH_LEAST_S", 0.2)
    key = outer.folder / "authorized_keys"
    allowed = key.read_text()
    key.write_text("")
    hosts = [host_of(target, f"t{number}", jump=("outer",)) for number in range(20)]

    async with connect(host_of(outer, "outer"), *hosts) as connections:

        async def follow(host: Host) -> LinkError:
            """As followers do, until they are told to wait for a person."""
            while True:
                with pytest.raises(AuthFailed, match="bastion outer") as caught:
                    await connections.rejoin(host)
                assert caught.value.behind == "outer"
                assert caught.value.again
                if caught.value.again.after_s is None:
                    return caught.value
                await asyncio.sleep(caught.value.again.after_s)

        await asyncio.gather(*(follow(host) for host in hosts))
        for host in hosts:
            with pytest.raises(AuthFailed):
                await connections.rejoin(host)
        assert denials(outer) == 2
        key.write_text(allowed)
        await connections.link(hosts[0])
        await connections.rejoin(hosts[1])
    assert logins(outer) == 1


async def test_a_failing_bastion_is_tried_at_one_time_for_all_who_wait(connect: Connect) -> None:
    bastion = Host("gate", address="127.0.0.1", port=free_port())
    hosts = [Host(f"t{number}", address="10.0.0.1", jump=("gate",)) for number in range(50)]
    async with connect(bastion, *hosts, retry_first_s=30.0) as connections:
        failures = await asyncio.gather(*(connections.rejoin(host) for host in hosts), return_exceptions=True)
    waits = [error.again.after_s for error in failures if isinstance(error, Unreachable) and error.again]
    assert len(waits) == 50
    assert all(wait is not None and 14.9 < wait < 31 for wait in waits)
    assert max(filter(None, waits)) - min(filter(None, waits)) < SPREAD_S


async def test_a_host_dropped_while_others_wait_for_it_is_dialled_anew_for_them(
    chain: tuple[Sshd, Sshd, Sshd], connect: Connect
) -> None:
    outer, *_ = chain
    host = host_of(outer, "outer")
    outer.signal(signal.SIGSTOP)
    async with connect(host) as connections:
        waiting = asyncio.create_task(connections.link(host))
        await asyncio.sleep(0)
        await asyncio.sleep(0.2)
        await connections.drop(host)
        outer.signal(signal.SIGCONT)
        assert (await (await waiting).run("echo hi", timeout_s=10)).text == "hi"


async def test_bastions_that_lead_in_a_circle_are_refused(connect: Connect) -> None:
    first, second = Host("a", jump=("b",)), Host("b", jump=("a",))
    async with connect(first, second) as connections:
        with pytest.raises(OptionRefused, match="write jump = "):
            await connections.link(first)
