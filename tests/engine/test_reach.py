"""The ways to an agent over a real OpenSSH server: the user's own socket, and a restricted key's forced command."""

import asyncio
import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clawtui.engine.reach import reach
from clawtui.errors import AgentError
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.link import Link
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.metrics.sample import Hello
from clawtui.places import Places
from tests.engine.doubles import SpokenAgent
from tests.engine.fleet.sshd import SSHD, Sshd, keygen

pytestmark = pytest.mark.skipif(not SSHD, reason="no sshd here; apt-get install openssh-server")
NO_SYSTEM = "/nonexistent/agent.sock"
# the machine that runs the tests may have an agent of its own


@contextmanager
def served(folder: Path, *, restricted: bool = False) -> Iterator[tuple[Host, Places]]:
    """A host with one key let in, and the places of an operator who trusts it."""
    key = keygen(folder / "home/.ssh/id_ed25519")
    public = key.with_suffix(".pub").read_text()
    command = f"{sys.executable} -m clawtui_agent proxy --socket {folder}/clawtui-agent/agent.sock"
    line = f'restrict,command="{command}" {public}' if restricted else public
    sshd = Sshd(folder / "sshd", authorized=line, options=(f"SetEnv XDG_RUNTIME_DIR={folder}",)).start()
    places = Places.of({"HOME": str(folder / "home")})
    places.known_hosts.parent.mkdir(parents=True)
    kind, blob, *_ = sshd.host_key("ed25519").with_suffix(".pub").read_text().split()
    places.known_hosts.write_text(f"[127.0.0.1]:{sshd.port} {kind} {blob}\n")
    try:
        yield Host("a", "127.0.0.1", port=sshd.port, user=getpass.getuser()), places
    finally:
        sshd.stop()


async def first_words(link: Link) -> Hello:
    """The hello of the agent that was reached."""
    source = (await reach(link, Places.of({"HOME": "/nonexistent"}), system=NO_SYSTEM)).source
    async with asyncio.timeout(10.0):
        async for message in source.messages():
            if isinstance(message, Hello):
                await source.close()
                return message
    raise AssertionError("no hello")


@pytest.mark.parametrize("restricted", [False, True])
async def test_an_agent_of_the_users_own_is_reached_openly_or_through_a_restricted_key(
    tmp_path: Path, restricted: bool
) -> None:
    (tmp_path / "clawtui-agent").mkdir(mode=0o700)
    async with SpokenAgent(tmp_path / "clawtui-agent/agent.sock"):
        with served(tmp_path, restricted=restricted) as (host, places):
            async with Connections(Fleet("x", hosts=(host,)), SshOptions(), places, Nobody(), environ={}) as links:
                hello = await first_words(await links.link(host))
    assert hello.host == "a"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
async def test_a_socket_in_somebody_elses_folder_is_not_taken_for_our_agent(tmp_path: Path) -> None:
    (tmp_path / "clawtui-agent").mkdir(mode=0o777)
    os.chown(tmp_path / "clawtui-agent", 65534, 65534)
    async with SpokenAgent(tmp_path / "clawtui-agent/agent.sock"):
        with served(tmp_path) as (host, places):
            async with Connections(Fleet("x", hosts=(host,)), SshOptions(), places, Nobody(), environ={}) as links:
                with pytest.raises(AgentError, match=r"no agent runs here|there is an agent, but"):
                    await first_words(await links.link(host))
