"""The agent installed as a systemd service on real systemd hosts; root, sudo -n, and what goes wrong."""

from collections.abc import AsyncIterator

import pytest

from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.remove import remove
from clawtui.fleet.agent.status import status
from clawtui.fleet.connections import Connections
from clawtui.fleet.link import Link
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.fleet.testbed import Testbed

pytestmark = pytest.mark.root
WHAT_IS_LEFT = (
    "ls -d /opt/clawtui /var/lib/clawtui-agent /run/clawtui-agent /etc/systemd/system/clawtui-agent.service* 2>/dev/null; "
    "getent passwd clawtui-agent; getent group clawtui-agent; pgrep -f clawtui_agent; true"
)


@pytest.fixture
async def root_link(systemd: Testbed, places: Places) -> AsyncIterator[Link]:
    """To the first host, as root."""
    fleet = systemd.fleet()
    async with Connections(fleet, SshOptions(), places, Nobody(), environ={}) as connections:
        yield await connections.link(fleet.hosts[0])


async def test_install_as_a_service_and_remove_without_a_trace(root_link: Link, places: Places) -> None:
    try:
        change = await install(root_link, places)
        assert change.words.startswith("installed: 3 good samples"), change
        shown = await root_link.run("systemctl show -p ActiveState,User,NRestarts clawtui-agent", timeout_s=10)
        assert set(shown.text.split()) == {"ActiveState=active", "User=clawtui-agent", "NRestarts=0"}
        assert (await install(root_link, places)).words.startswith("nothing to do")
        assert (await status(root_link)).state == "running"
    finally:
        gone = await remove(root_link)
    assert "removed the user clawtui-agent" in gone.did
    assert (await root_link.run(WHAT_IS_LEFT, timeout_s=10)).text == ""
