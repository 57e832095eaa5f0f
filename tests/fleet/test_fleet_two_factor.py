"""Key and password together, asked by a real sshd through PAM, on a host with users of its own."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.errors import AuthFailed
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet, Host, Policy, Transport
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody, Prompts
from clawtui.places import Places
from tests.engine.fleet.conftest import Keyboard
from tests.fleet.testbed import Testbed

pytestmark = pytest.mark.root
PORT = 2222
SETUP = f"""
id anna >/dev/null 2>&1 || useradd -m -s /bin/sh anna
echo anna:correct-horse | chpasswd
cat >/etc/ssh/two-factor <<'END'
Port {PORT}
HostKey /etc/ssh/host_key
AuthorizedKeysFile /etc/ssh/authorized
PidFile /run/two-factor.pid
StrictModes no
UsePAM yes
KbdInteractiveAuthentication yes
AuthenticationMethods publickey,keyboard-interactive
END
mkdir -p /run/sshd
/usr/sbin/sshd -f /etc/ssh/two-factor
"""


@pytest.fixture(params=list(Transport))
def gate(systemd: Testbed, request: pytest.FixtureRequest) -> Iterator[Host]:
    """The first host's second sshd."""
    done = systemd.sh("h000", SETUP)
    assert done.returncode == 0, done.stderr
    machine = systemd.host("h000")
    known = Path(systemd.folder / "two-factor-known")
    known.write_text(machine.host_key.replace(machine.address, f"[{machine.address}]:{PORT}", 1) + "\n")
    host = replace(systemd.as_host(machine), name="gate", user="anna", port=PORT, known_hosts=(str(known),))
    yield replace(host, transport=Transport(request.param))
    systemd.sh("h000", "kill $(cat /run/two-factor.pid)")


def connections(places: Path, prompts: Prompts, *hosts: Host) -> Connections:
    fleet = Fleet("test", Policy(), hosts)
    return Connections(fleet, SshOptions(), Places.of({"HOME": str(places)}), prompts, environ={})


async def test_key_and_password_let_in_once_for_all_behind_it(gate: Host, systemd: Testbed, tmp_path: Path) -> None:
    keyboard = Keyboard(secrets=["wrong horse", "correct-horse"])
    behind = [replace(systemd.as_host(systemd.host(name)), jump=("gate",)) for name in ("h001", "h002", "h003")]
    behind = [replace(host, transport=gate.transport) for host in behind]
    async with connections(tmp_path, keyboard, gate, *behind) as all_:
        links = await asyncio.gather(*(all_.link(host) for host in behind))
        names = [(await link.run("hostname", timeout_s=20)).text for link in links]
        assert (await (await all_.link(gate)).run("id -un", timeout_s=20)).text == "anna"
    assert names == ["h001", "h002", "h003"]
    assert keyboard.asked == ["Password", "Password"]


async def test_without_a_person_it_says_what_is_asked(gate: Host, tmp_path: Path) -> None:
    async with connections(tmp_path, Nobody(), gate) as all_:
        with pytest.raises(AuthFailed, match="asks for 'Password' and got no answer"):
            await all_.link(gate)
