"""The operator's keys: agent, files, passphrases, certificates. Real ssh-agent, real sshd."""

import asyncio
import getpass
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clawtui.errors import AuthFailed
from clawtui.places import Places
from tests.engine.fleet.conftest import Connect, Keyboard, host_of, know
from tests.engine.fleet.sshd import Sshd, keygen

Start = Callable[..., Sshd]


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """A key with a passphrase, outside the usual places, without its .pub."""
    return keygen(tmp_path / "locked", passphrase="correct horse")


def public(path: Path) -> str:
    return path.with_suffix(".pub").read_text()


async def test_a_passphrase_is_asked_for_once_however_many_hosts_want_it(
    sshd: Start, connect: Connect, places: Places, keyboard: Keyboard, locked: Path
) -> None:
    server = sshd(authorized=public(locked))
    locked.with_suffix(".pub").unlink()  # the public half is read from the key itself
    know(places, server.known_line())
    keyboard.secrets = ["correct horse"]
    hosts = [host_of(server, f"h{number}", identities=(str(locked),)) for number in range(4)]
    async with connect(*hosts) as connections:
        await asyncio.gather(*(connections.link(host) for host in hosts))
    assert keyboard.asked == [f"Passphrase for {locked}"]


async def test_a_wrong_passphrase_is_asked_for_again(
    sshd: Start, connect: Connect, places: Places, keyboard: Keyboard, locked: Path
) -> None:
    server = sshd(authorized=public(locked))
    know(places, server.known_line())
    keyboard.secrets = ["wrong horse", "correct horse"]
    host = host_of(server, identities=(str(locked),))
    async with connect(host) as connections:
        await connections.link(host)
    assert len(keyboard.asked) == 2


async def test_no_passphrase_means_a_refusal_that_names_the_key_and_the_agent(
    sshd: Start, connect: Connect, places: Places, keyboard: Keyboard, locked: Path
) -> None:
    server = sshd(authorized=public(locked))
    know(places, server.known_line())
    host = host_of(server, identities=(str(locked),))
    async with connect(host) as connections:
        with pytest.raises(AuthFailed, match="ssh-add") as caught:
            await connections.link(host)
        with pytest.raises(AuthFailed):
            await connections.link(host)
        assert len(keyboard.asked) == 1  # a dismissed question does not return by itself
        await connections.drop(host)
        keyboard.secrets = ["correct horse"]
        await connections.link(host)
    assert "correct horse" not in str(caught.value)


async def test_a_passphrase_is_not_asked_for_a_key_that_the_host_does_not_want(
    sshd: Start, connect: Connect, places: Places, keyboard: Keyboard, locked: Path, key_pair: Path
) -> None:
    server = sshd()
    know(places, server.known_line())
    host = host_of(server, identities=(str(locked), str(key_pair)))
    async with connect(host) as connections:
        await connections.link(host)
    assert not keyboard.asked


async def test_typing_slowly_does_not_run_into_the_deadline(
    sshd: Start, connect: Connect, places: Places, keyboard: Keyboard, locked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = sshd(authorized=public(locked))
    know(places, server.known_line())

    async def slowly(host: str, title: str) -> str:
        await asyncio.sleep(2.5)
        return "correct horse"

    monkeypatch.setattr(keyboard, "secret", slowly)
    host = host_of(server, identities=(str(locked),))
    async with connect(host, connect_timeout_s=2.4) as connections:
        await connections.link(host)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[str]:
    socket = tmp_path / "agent.sock"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    while not socket.exists():
        pass
    yield str(socket)
    process.kill()
    process.wait()


def add(agent: str, key: Path) -> None:
    subprocess.run(["ssh-add", "-q", str(key)], env={"SSH_AUTH_SOCK": agent}, check=True)


async def test_a_key_in_the_agent_opens_the_door(
    sshd: Start, connect: Connect, places: Places, agent: str, tmp_path: Path
) -> None:
    key = keygen(tmp_path / "agents", "rsa")
    server = sshd(authorized=public(key))
    know(places, server.known_line())
    add(agent, key)
    key.unlink()
    host = host_of(server)
    async with connect(host, environ={"SSH_AUTH_SOCK": agent}) as connections:
        await connections.link(host)
        assert "agent" in connections.facts(host)["key"]
    by_option = host_of(server, ssh_options={"identityagent": agent})
    async with connect(by_option) as connections:
        await connections.link(by_option)


async def test_a_public_half_on_disk_chooses_the_key_in_the_agent(
    sshd: Start, connect: Connect, places: Places, agent: str, tmp_path: Path
) -> None:
    key = keygen(tmp_path / "yubi")
    server = sshd(authorized=public(key))
    know(places, server.known_line())
    add(agent, key)
    key.unlink()
    for name in (str(key), f"{key}.pub"):
        host = host_of(server, identities=(name,), ssh_options={"identitiesonly": "yes"})
        async with connect(host, environ={"SSH_AUTH_SOCK": agent}) as connections:
            await connections.link(host)
        async with connect(host) as connections:
            with pytest.raises(AuthFailed, match="only its public half is here"):
                await connections.link(host)


async def test_identities_only_keeps_other_keys_of_the_agent_back(
    sshd: Start, connect: Connect, places: Places, agent: str, tmp_path: Path
) -> None:
    key = keygen(tmp_path / "agents")
    server = sshd(authorized=public(key))
    know(places, server.known_line())
    add(agent, key)
    host = host_of(server, ssh_options={"identitiesonly": "yes"})
    async with connect(host, environ={"SSH_AUTH_SOCK": agent}) as connections:
        with pytest.raises(AuthFailed):
            await connections.link(host)


async def test_an_agent_that_is_gone_is_said_and_files_are_used(
    sshd: Start, connect: Connect, places: Places, tmp_path: Path
) -> None:
    server = sshd(authorized="# nobody")
    know(places, server.known_line())
    async with connect(host_of(server), environ={"SSH_AUTH_SOCK": str(tmp_path / "gone")}) as connections:
        with pytest.raises(AuthFailed, match=r"ssh-agent at .*gone.*") as caught:
            await connections.link(host_of(server))
    assert "id_ed25519" in str(caught.value)


async def test_a_key_that_others_may_read_is_not_used(
    sshd: Start, connect: Connect, places: Places, home: Path
) -> None:
    server = sshd()
    know(places, server.known_line())
    (home / ".ssh/id_ed25519").chmod(0o644)
    async with connect(host_of(server)) as connections:
        with pytest.raises(AuthFailed, match="chmod 600"):
            await connections.link(host_of(server))


async def test_a_certificate_beside_its_key_opens_the_door(
    sshd: Start, connect: Connect, places: Places, tmp_path: Path, home: Path
) -> None:
    authority = keygen(tmp_path / "authority")
    sign = ["ssh-keygen", "-q", "-s", str(authority), "-I", "me", "-n", getpass.getuser(), "-V", "+1h"]
    server = sshd(authorized="# nobody", options=(f"TrustedUserCAKeys {authority}.pub",))
    know(places, server.known_line())
    subprocess.run([*sign, str(home / ".ssh/id_ed25519.pub")], check=True)
    host = host_of(server)
    async with connect(host) as connections:
        await connections.link(host)
        assert "cert" in connections.facts(host)["key"]
    elsewhere = (home / ".ssh/id_ed25519-cert.pub").rename(tmp_path / "my-cert.pub")
    host = host_of(server, certificates=(str(elsewhere),))
    async with connect(host) as connections:
        await connections.link(host)
