"""Logins by certificate: which one, until when. Real ssh-keygen, real sshd."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clawtui.fleet.certificate import certificate_in, read_certificate
from clawtui.places import Places
from tests.engine.fleet.conftest import Connect, Keyboard, host_of, know
from tests.engine.fleet.sshd import Sshd, keygen
from tests.engine.fleet.test_keys import add, agent  # noqa: F401 - a fixture

Start = Callable[..., Sshd]


def sign(authority: Path, key: Path, validity: str) -> Path:
    import getpass

    command = ["ssh-keygen", "-q", "-s", str(authority), "-I", "anna@laptop", "-n", getpass.getuser(), "-V", validity]
    subprocess.run([*command, f"{key}.pub"], check=True)
    return key.with_name(f"{key.name}-cert.pub")


@pytest.mark.parametrize("kind", ["ed25519", "ecdsa", "rsa"])
def test_the_end_is_read_from_every_kind_of_certificate(tmp_path: Path, kind: str) -> None:
    authority, key = keygen(tmp_path / "ca"), keygen(tmp_path / "key", kind)
    shown = subprocess.run(["ssh-keygen", "-lf", f"{key}.pub"], capture_output=True, text=True).stdout.split()[1]
    found = certificate_in(sign(authority, key, "+25m").read_text())
    assert found is not None
    assert (found.fingerprint, found.key_id) == (shown, "anna@laptop")
    assert found.ends == pytest.approx(time.time() + 25 * 60, abs=90)
    forever = certificate_in(sign(authority, key, "always:forever").read_text())
    assert forever is not None
    assert forever.ends is None


@pytest.mark.parametrize("content", ["", "ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com AAAA", "x " + "A" * 40])
def test_what_is_no_certificate_is_none(content: str) -> None:
    assert certificate_in(content) is None
    assert read_certificate(content.encode()) is None


@pytest.mark.parametrize("held_by", ["file", "agent"])
async def test_a_login_by_certificate_knows_when_it_ends(
    sshd: Start,
    connect: Connect,
    places: Places,
    keyboard: Keyboard,
    tmp_path: Path,
    agent: str,  # noqa: F811 - the fixture
    held_by: str,
) -> None:
    authority, key = keygen(tmp_path / "ca"), keygen(tmp_path / "key")
    certificate = sign(authority, key, "+25m")
    server = sshd(authorized="# nobody\n", options=(f"TrustedUserCAKeys {authority}.pub",))
    know(places, server.known_line())
    if held_by == "agent":
        add(agent, key)
    host = host_of(server, identities=(str(key),), certificates=(str(certificate),))
    async with connect(host, environ={"SSH_AUTH_SOCK": agent} if held_by == "agent" else {}) as connections:
        assert connections.certificate_ends() is None
        await connections.link(host)
        assert connections.certificate_ends() == pytest.approx(time.time() + 25 * 60, abs=90)
        assert connections.facts(host)["certificate"].startswith("anna@laptop until 2")
