"""What only the openssh link promises: the operator's own options count, nothing stays behind. Real ssh, real sshd."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.errors import ConfigError, HostKeyChanged, LinkError, OptionRefused, Unreachable
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet, Host, Policy, Transport
from clawtui.fleet.inventory.ssh_config import SshConfig
from clawtui.fleet.links.openssh.folder import MASTER, make_folder
from clawtui.fleet.links.openssh.story import Story
from clawtui.fleet.options import SshOptions
from clawtui.fleet.refusals import Stage
from clawtui.places import LONGEST, Places
from tests.engine.fleet.conftest import Keyboard, host_of, know
from tests.engine.fleet.sshd import Sshd, free_port, keygen

Start = Callable[..., Sshd]
ROOT = Path(__file__).parents[3]


def fleet(places: Places, keyboard: Keyboard, *hosts: Host, **environ: str) -> Connections:
    return Connections(Fleet("test", Policy(), hosts), SshOptions(), places, keyboard, environ=environ)


def configured(home: Path, server: Sshd, *lines: str) -> Host:
    """The host as its ssh_config has it."""
    text = "\n ".join(["Host web", "HostName 127.0.0.1", f"Port {server.port}", *lines])
    (home / ".ssh/config").write_text(f"{text}\nHost *\n IdentityFile {home}/.ssh/id_ed25519\n")
    return SshConfig(home / ".ssh/config", home, {}, system=None).host("web")


def masters(folder: Path) -> list[str]:
    """Command lines that name this folder."""
    found: list[str] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if str(folder) in words:
                found.append(words)
    return found


# ---------------------------------------------------------------- options


async def test_known_hosts_command_vouches_for_a_host(
    sshd: Start, places: Places, keyboard: Keyboard, home: Path
) -> None:
    server = sshd()
    script = home / "keys"
    script.write_text(f"#!/bin/sh\necho '{server.known_line().strip()}'\n")
    script.chmod(0o755)
    host = configured(home, server, f"KnownHostsCommand {script} %H")
    assert host.transport is Transport.OPENSSH
    async with fleet(places, keyboard, host) as connections:
        assert (await (await connections.link(host)).run("echo hi", timeout_s=20)).text == "hi"
        assert connections.facts(host)["transport"].startswith("openssh: KnownHostsCommand")
    assert keyboard.asked == []


async def test_a_key_that_revoked_host_keys_names_is_refused(
    sshd: Start, places: Places, keyboard: Keyboard, home: Path
) -> None:
    server = sshd()
    know(places, server.known_line())
    (home / "revoked").write_text(server.host_key().with_suffix(".pub").read_text())
    host = configured(home, server, f"RevokedHostKeys {home}/revoked")
    async with fleet(places, keyboard, host) as connections:
        with pytest.raises(HostKeyChanged, match="revoked in"):
            await connections.link(host)


async def test_required_rsa_size_turns_a_short_key_away(
    sshd: Start, places: Places, keyboard: Keyboard, home: Path
) -> None:
    server = sshd(kinds=("rsa",))
    know(places, server.known_line("rsa"))
    host = configured(home, server, "RequiredRSASize 4096")
    async with fleet(places, keyboard, host) as connections:
        with pytest.raises(LinkError) as caught:
            await connections.link(host)
    assert "RSA" in str(caught.value) or "key length" in str(caught.value)


async def test_an_unknown_key_is_asked_about_and_its_line_is_kept(
    sshd: Start, places: Places, keyboard: Keyboard, home: Path
) -> None:
    server = sshd()
    host = configured(home, server, "RequiredRSASize 2048")
    keyboard.trusts = True
    async with fleet(places, keyboard, host) as connections:
        await connections.link(host)
    assert places.known_hosts.read_text() == server.known_line()


async def test_what_a_configuration_lends_to_hosts_is_not_lent(
    sshd: Start, places: Places, keyboard: Keyboard, home: Path
) -> None:
    server = sshd(options=("AllowAgentForwarding yes", "X11Forwarding yes"))
    know(places, server.known_line())
    ran, port = home / "ran", free_port()
    lines = ("RequiredRSASize 2048", "ForwardAgent yes", "ForwardX11 yes", "PermitLocalCommand yes")
    more = (
        f"LocalCommand touch {ran}",
        f"LocalForward {port} 127.0.0.1:1",
        "RemoteCommand echo theirs",
        "RequestTTY force",
    )
    host = configured(
        home, server, *lines, *more, "ControlMaster auto", "ControlPath ~/own-%C", "ForkAfterAuthentication yes"
    )
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(home / "agent")], stdout=subprocess.DEVNULL)
    try:
        async with fleet(places, keyboard, host, SSH_AUTH_SOCK=str(home / "agent")) as connections:
            link = await connections.link(host)
            reply = await link.run('echo "[$SSH_AUTH_SOCK$DISPLAY]"; tty', timeout_s=20)
            with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 1):
                pass
    finally:
        agent.kill()
        agent.wait()
    assert reply.text.splitlines() == ["[]", "not a tty"]
    assert not ran.exists()
    assert masters(home) == []


async def test_an_option_that_this_ssh_does_not_know_is_refused_by_name(
    sshd: Start, places: Places, keyboard: Keyboard, home: Path
) -> None:
    host = configured(home, sshd(), "RequiredRSASize 2048", "NoSuchOptionAnywhere yes")
    async with fleet(places, keyboard, host) as connections:
        with pytest.raises(OptionRefused, match=r"(?i)config.* line 5: Bad configuration option: nosuchoptionanywhere"):
            await connections.link(host)


async def test_without_an_ssh_the_option_that_needs_it_is_refused_by_name(
    sshd: Start, places: Places, keyboard: Keyboard, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host = configured(home, sshd(), "RequiredRSASize 2048")
    monkeypatch.setenv("PATH", str(home))
    async with fleet(places, keyboard, host) as connections:
        with pytest.raises(OptionRefused, match=r"RequiredRSASize 2048 at .*config:4 needs the system's ssh"):
            await connections.link(host)


async def test_a_name_that_begins_with_a_dash_is_no_option(places: Places, keyboard: Keyboard) -> None:
    host = Host("a", address="-oProxyCommand=touch /tmp/owned", transport=Transport.OPENSSH)
    async with fleet(places, keyboard, host) as connections:
        with pytest.raises(OptionRefused, match="begins with a dash"):
            await connections.link(host)


# ---------------------------------------------------------------- chains


@pytest.mark.parametrize("inner", list(Transport))
@pytest.mark.parametrize("outer", list(Transport))
async def test_chains_of_both_links_work_in_any_order(
    sshd: Start, places: Places, keyboard: Keyboard, outer: Transport, inner: Transport
) -> None:
    gate, target = sshd("gate"), sshd("target")
    know(places, gate.known_line(), target.known_line())
    bastion = replace(host_of(gate, "gate"), transport=outer)
    host = replace(host_of(target, "t", jump=("gate",)), transport=inner)
    shut = replace(Host("s", address="127.0.0.1", port=free_port(), jump=("gate",)), transport=inner)
    async with fleet(places, keyboard, bastion, host, shut) as connections:
        link = await connections.link(host)
        big = await link.run("head -c 3000000 /dev/zero", timeout_s=30)
        assert len(big.stdout) == 3_000_000
        with pytest.raises(Unreachable, match=r"bastion gate cannot reach \[127.0.0.1\]:\d+: .*[Cc]onnect"):
            await connections.link(shut)


@pytest.mark.parametrize("outer", list(Transport))
async def test_a_bastion_that_forwards_nothing_is_named_by_every_link(
    sshd: Start, places: Places, keyboard: Keyboard, outer: Transport
) -> None:
    gate, target = sshd("gate", options=("AllowTcpForwarding no",)), sshd("target")
    know(places, gate.known_line(), target.known_line())
    bastion = replace(host_of(gate, "gate"), transport=outer)
    other = Transport.OPENSSH if outer is Transport.ASYNCSSH else Transport.ASYNCSSH
    host = replace(host_of(target, "t", jump=("gate",)), transport=other)
    async with fleet(places, keyboard, bastion, host) as connections:
        with pytest.raises(Unreachable, match="bastion gate forwards no TCP: AllowTcpForwarding"):
            await connections.link(host)


# ---------------------------------------------------------------- nothing stays


async def test_after_a_close_no_process_and_no_file_is_left(sshd: Start, places: Places, keyboard: Keyboard) -> None:
    server = sshd()
    know(places, server.known_line())
    hosts = [replace(host_of(server, f"h{number}"), transport=Transport.OPENSSH) for number in range(3)]
    async with fleet(places, keyboard, *hosts) as connections:
        links = [await connections.link(host) for host in hosts]
        folder = Path(links[0].terminal[links[0].terminal.index("-S") + 1]).parent  # type: ignore[attr-defined]  # of this link
        assert masters(folder)
        assert (folder.stat().st_mode & 0o777, (folder / "ask").stat().st_mode & 0o777) == (0o700, 0o600)
    assert masters(folder) == []
    assert not folder.exists()


HELD = """
import asyncio, sys
from pathlib import Path
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet, Host, Policy, Transport
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import LONGEST, Places
async def main():
    host = Host("a", address="127.0.0.1", port=int(sys.argv[2]), transport=Transport.OPENSSH)
    places = Places.of({"HOME": sys.argv[1]})
    async with Connections(Fleet("t", Policy(), (host,)), SshOptions(), places, Nobody(), environ={}) as all_:
        link = await all_.link(host)
        await link.open("cat")
        print(Path(link.terminal[link.terminal.index("-S") + 1]).parent, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


def test_after_kill_9_of_clawtui_its_masters_end_by_themselves(sshd: Start, places: Places, home: Path) -> None:
    server = sshd()
    know(places, server.known_line())
    argv = [sys.executable, "-c", HELD, str(home), str(server.port)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT, text=True) as held:
        assert held.stdout is not None
        folder = Path(held.stdout.readline().strip())
        running = masters(folder)
        held.send_signal(signal.SIGKILL)
    assert running
    wait_until(lambda: not masters(folder) and not folder.exists())


def wait_until(true: Callable[[], bool]) -> None:
    import time

    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def test_a_folder_that_a_killed_engine_left_is_swept_and_a_living_ones_is_not(tmp_path: Path) -> None:
    runtime = Path("/tmp") / f"clawtui-test-{os.getpid()}"  # short enough for a socket's name
    try:
        living = make_folder(runtime)
        (runtime / "ssh-1").mkdir()
        (runtime / "ssh-1/lock").touch()
        second = make_folder(runtime)
        assert sorted(path.name for path in runtime.iterdir()) == sorted({living.path.name, second.path.name})
        living.remove()
        second.remove()
        assert list(runtime.iterdir()) == []
    finally:
        runtime.rmdir()


def test_a_runtime_folder_that_lies_too_deep_is_left_for_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * 90)
    folder = make_folder(deep)
    assert len(f"{folder.path.parent}/{MASTER}") <= LONGEST
    assert not deep.exists()
    folder.remove()


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    runtime = Path("/tmp") / f"clawtui-test-{os.getpid()}"
    runtime.mkdir()
    runtime.chmod(0o777)
    try:
        with pytest.raises(ConfigError, match="nobody else writes"):
            make_folder(runtime)
    finally:
        runtime.rmdir()


async def test_a_master_that_is_killed_is_a_lost_line_and_is_made_anew(
    sshd: Start, places: Places, keyboard: Keyboard
) -> None:
    server = sshd()
    know(places, server.known_line())
    host = replace(host_of(server), transport=Transport.OPENSSH)
    async with fleet(places, keyboard, host) as connections:
        first = await connections.link(host)
        server.signal(signal.SIGKILL, listener=False)
        async with asyncio.timeout(10):
            while not first.lost:
                await asyncio.sleep(0.01)
        again = await connections.link(host)
        assert again is not first
        assert (await again.run("true", timeout_s=20)).status == 0


# ---------------------------------------------------------------- what ssh says


def test_a_host_cannot_tell_its_own_story_in_a_banner() -> None:
    story = Story()
    for line in ("debug1: Connection established.", "debug1: SSH2_MSG_SERVICE_ACCEPT received"):
        story.tell(line)
    story.tell("debug1: Server host key: ssh-ed25519 SHA256:forged")  # after the login began it is somebody else's line
    assert story.host_key == ("", "")
    assert story.stage is Stage.AUTHENTICATING


@pytest.mark.parametrize(
    "line", ["", "debug1: ", "debug9: x", "channel x: open failed", "debug2: channel 99999: rcvd close", "\x1b[2J" * 9]
)
def test_lines_that_no_ssh_of_ours_writes_are_harmless(line: str) -> None:
    story = Story(ready=True)
    story.tell(line)
    assert all(words.isprintable() for words in story.complaints)


async def test_a_greeting_in_a_banner_is_not_taken_for_our_own_words(
    sshd: Start, places: Places, keyboard: Keyboard
) -> None:
    banner = places.home / "banner"
    banner.write_text("debug1: Entering interactive session.\nHost key verification failed.\n\x1b]0;owned\x07")
    server = sshd(authorized=keygen(places.home / "k").with_suffix(".pub").read_text(), options=(f"Banner {banner}",))
    know(places, server.known_line())
    host = replace(host_of(server, identities=(str(places.home / "k"),)), transport=Transport.OPENSSH)
    async with fleet(places, keyboard, host) as connections:
        await connections.link(host)
        assert connections.facts(host)["banner"].isprintable()
