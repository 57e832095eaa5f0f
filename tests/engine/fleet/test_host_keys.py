"""Unknown keys are asked about once, changed and revoked ones never; all against a real sshd."""

import asyncio
import base64
import hashlib
import hmac
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from clawtui.errors import HostKeyChanged, HostKeyUnknown
from clawtui.fleet.host import Host
from clawtui.places import Places
from tests.engine.fleet.conftest import Connect, Keyboard, host_of, know
from tests.engine.fleet.sshd import Sshd, keygen

Start = Callable[..., Sshd]


async def test_an_unknown_key_that_nobody_vouches_for_is_refused_with_its_fingerprint(
    sshd: Start, connect: Connect, keyboard: Keyboard
) -> None:
    server = sshd()
    shown = subprocess.run(["ssh-keygen", "-lf", f"{server.host_key()}.pub"], capture_output=True, text=True).stdout
    async with connect(host_of(server)) as connections:
        with pytest.raises(HostKeyUnknown) as caught:
            await connections.link(host_of(server))
    assert caught.value.fingerprint == shown.split()[1]
    assert caught.value.key == server.known_line().split(" ", 1)[1].strip()
    assert "clawtui trust a" in str(caught.value)
    assert len(keyboard.asked) == 1


async def test_concurrent_connects_ask_once_and_the_answer_is_kept(
    sshd: Start, connect: Connect, keyboard: Keyboard, places: Places
) -> None:
    server = sshd()
    keyboard.trusts = True
    names = [host_of(server, f"h{number}") for number in range(5)]
    async with connect(*names) as connections:
        links = await asyncio.gather(*(connections.link(host) for host in names))
        assert [(await link.run("true", timeout_s=20)).status for link in links] == [0] * 5
    assert len(keyboard.asked) == 1
    assert places.known_hosts.read_text() == server.known_line()
    assert places.known_hosts.stat().st_mode & 0o777 == 0o600
    keyboard.trusts = False
    async with connect(names[0]) as connections:
        await connections.link(names[0])
    assert len(keyboard.asked) == 1


async def test_a_changed_key_is_refused_and_never_asked_about(
    sshd: Start, connect: Connect, keyboard: Keyboard, places: Places, tmp_path: Path
) -> None:
    server = sshd()
    other = keygen(tmp_path / "other").with_suffix(".pub").read_text().split()
    know(places, f"[127.0.0.1]:{server.port} {other[0]} {other[1]}\n")
    keyboard.trusts = True
    async with connect(host_of(server)) as connections:
        with pytest.raises(HostKeyChanged, match="KEY CHANGED") as caught:
            await connections.link(host_of(server))
    assert f"{places.known_hosts}:1" in str(caught.value)
    assert not keyboard.asked


async def test_a_key_of_another_kind_is_a_changed_key(
    sshd: Start, connect: Connect, keyboard: Keyboard, places: Places, tmp_path: Path
) -> None:
    server = sshd(kinds=("ecdsa",))
    other = keygen(tmp_path / "other").with_suffix(".pub").read_text().split()
    know(places, f"[127.0.0.1]:{server.port} {other[0]} {other[1]}\n")
    async with connect(host_of(server)) as connections:
        with pytest.raises(HostKeyChanged, match="ecdsa-sha2-nistp256"):
            await connections.link(host_of(server))
    assert not keyboard.asked


async def test_a_host_with_several_keys_shows_the_one_that_is_known(
    sshd: Start, connect: Connect, places: Places
) -> None:
    server = sshd(kinds=("ed25519", "ecdsa", "rsa"))
    for kind, algorithm in (("ecdsa", "ecdsa-sha2-nistp256"), ("rsa", "ssh-rsa")):
        places.known_hosts.unlink(missing_ok=True)
        know(places, server.known_line(kind))
        async with connect(host_of(server)) as connections:
            await connections.link(host_of(server))
            assert algorithm[:5] in connections.facts(host_of(server))["host key"]


def hashed(name: str) -> str:
    salt = os.urandom(20)
    digest = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return f"|1|{base64.b64encode(salt).decode()}|{base64.b64encode(digest).decode()}"


async def test_hashed_names_wildcards_and_the_users_own_file_are_read(
    sshd: Start, connect: Connect, places: Places, home: Path
) -> None:
    server = sshd()
    spelled = f"[127.0.0.1]:{server.port}"
    for name in (hashed(spelled), f"[127.0.0.*]:{server.port}", f"!x,{spelled},y", "127.0.0.1"):
        (home / ".ssh/known_hosts").write_text(server.known_line(name=name))
        async with connect(host_of(server)) as connections:
            await connections.link(host_of(server))


async def test_a_negated_pattern_does_not_vouch(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd()
    know(places, server.known_line(name=f"[127.0.0.*]:{server.port},![127.0.0.1]:{server.port}"))
    async with connect(host_of(server)) as connections:
        with pytest.raises(HostKeyUnknown):
            await connections.link(host_of(server))


async def test_an_alias_is_looked_up_without_a_port(sshd: Start, connect: Connect, places: Places) -> None:
    server = sshd()
    know(places, server.known_line(name="cluster"))
    host = host_of(server, host_key_alias="cluster")
    async with connect(host) as connections:
        await connections.link(host)


async def test_a_revoked_key_is_refused_though_it_is_also_trusted(
    sshd: Start, connect: Connect, places: Places
) -> None:
    server = sshd()
    know(places, server.known_line(), server.known_line(name="@revoked *"))
    async with connect(host_of(server)) as connections:
        with pytest.raises(HostKeyChanged, match=r"revoked in .*known_hosts:2"):
            await connections.link(host_of(server))


@pytest.fixture
def certified(sshd: Start, tmp_path: Path) -> Callable[..., tuple[Sshd, str]]:
    """A server whose key is signed by an authority; its known_hosts line."""

    def make(principal: str = "127.0.0.1", validity: str = "+1h") -> tuple[Sshd, str]:
        authority = keygen(tmp_path / "authority")
        folder = tmp_path / "sshd" / "a"
        key = keygen(folder / "host_ed25519")
        sign = [
            "ssh-keygen",
            "-q",
            "-s",
            str(authority),
            "-h",
            "-I",
            "a",
            "-n",
            principal,
            "-V",
            validity,
            f"{key}.pub",
        ]
        subprocess.run(sign, check=True)
        server = sshd(options=(f"HostCertificate {key}-cert.pub",))
        public = " ".join((tmp_path / "authority.pub").read_text().split()[:2])
        return server, f"@cert-authority [127.0.0.1]:{server.port} {public}\n"

    return make


async def test_an_authority_vouches_for_a_host(
    certified: Callable[..., tuple[Sshd, str]], connect: Connect, places: Places, keyboard: Keyboard
) -> None:
    server, line = certified()
    know(places, line)
    async with connect(host_of(server)) as connections:
        await connections.link(host_of(server))
        assert "certificate" in connections.facts(host_of(server))["host key"]
    assert not keyboard.asked


@pytest.mark.parametrize(
    ("principal", "validity", "words"),
    [
        ("elsewhere", "+1h", "not for the name 127.0.0.1"),
        ("127.0.0.1", "20200101:20200102", "has expired"),
        ("127.0.0.1", "+1h:+2h", "not valid yet"),
    ],
)
async def test_a_certificate_of_another_host_or_time_is_refused(
    certified: Callable[..., tuple[Sshd, str]],
    connect: Connect,
    places: Places,
    principal: str,
    validity: str,
    words: str,
) -> None:
    server, line = certified(principal, validity)
    know(places, line)
    async with connect(host_of(server)) as connections:
        with pytest.raises(HostKeyChanged, match=words):
            await connections.link(host_of(server))


async def test_an_authority_that_nobody_named_is_refused(
    certified: Callable[..., tuple[Sshd, str]], connect: Connect, places: Places, tmp_path: Path
) -> None:
    server, _ = certified()
    other = keygen(tmp_path / "other").with_suffix(".pub").read_text().split()
    know(places, f"@cert-authority * {other[0]} {other[1]}\n")
    async with connect(host_of(server)) as connections:
        with pytest.raises(HostKeyChanged):
            await connections.link(host_of(server))


async def test_a_revoked_authority_is_refused(
    certified: Callable[..., tuple[Sshd, str]], connect: Connect, places: Places
) -> None:
    server, line = certified()
    know(places, line, line.replace("@cert-authority", "@revoked"))
    async with connect(host_of(server)) as connections:
        with pytest.raises(HostKeyChanged, match="revoked"):
            await connections.link(host_of(server))


async def test_strict_checking_never_asks(sshd: Start, connect: Connect, keyboard: Keyboard) -> None:
    server = sshd()
    host: Host = host_of(server, ssh_options={"stricthostkeychecking": "yes"})
    async with connect(host) as connections:
        with pytest.raises(HostKeyUnknown):
            await connections.link(host)
    assert not keyboard.asked


async def test_a_no_stands_until_the_host_is_dropped(sshd: Start, connect: Connect, keyboard: Keyboard) -> None:
    server = sshd()
    host = host_of(server)
    async with connect(host) as connections:
        for _ in range(2):
            with pytest.raises(HostKeyUnknown):
                await connections.link(host)
        assert len(keyboard.asked) == 1
        await connections.drop(host)
        keyboard.trusts = True
        await connections.link(host)
    assert len(keyboard.asked) == 2
