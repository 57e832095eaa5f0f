"""An agent without root where users have sessions: kept by their systemd where linger is allowed, else it says how it ends."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.remove import remove
from clawtui.fleet.agent.status import AgentStatus, status
from clawtui.fleet.connections import Connections
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

pytestmark = [pytest.mark.root, pytest.mark.slow]
LOGIND = """\
rm /etc/systemd/system/systemd-logind.service
{0}
systemctl daemon-reload
systemctl start dbus systemd-logind
"""
STRICT = "echo KillUserProcesses=yes >>/etc/systemd/logind.conf; ln -sf /dev/null /etc/systemd/system/polkit.service"
AGENT = "pgrep -u guest -f clawtui_agent/launch.py"


@pytest.fixture(scope="module")
def bed() -> Iterator[Testbed]:
    """Two hosts with logind: one lets users linger, the other ends everything at logout."""
    with running(Order(hosts=2, systemd=True)) as made:
        for number, more in enumerate((":", STRICT)):
            done = made.sh(number, LOGIND.format(more))
            assert done.returncode == 0, done
        yield made


@asynccontextmanager
async def connected(bed: Testbed, number: int, home: Path) -> AsyncIterator[tuple[Connections, Places]]:
    """As the user without root."""
    places = Places.of({"HOME": str(home)})
    async with Connections(bed.fleet(user="guest"), SshOptions(), places, Nobody(), environ={}) as links:
        await links.link(bed.as_host(bed.host(number), "guest"))
        yield links, places


async def seen(bed: Testbed, number: int, home: Path) -> AgentStatus:
    async with connected(bed, number, home) as (links, _):
        return await status(await links.link(bed.as_host(bed.host(number), "guest")))


async def until(bed: Testbed, number: int, command: str, code: int) -> None:
    async with asyncio.timeout(20):
        while (await asyncio.to_thread(bed.sh, number, command)).returncode != code:
            await asyncio.sleep(0.1)


async def test_where_linger_is_allowed_it_outlives_the_session_and_starts_at_boot(bed: Testbed, tmp_path: Path) -> None:
    host = bed.as_host(bed.host(0), "guest")
    async with connected(bed, 0, tmp_path) as (links, places):
        change = await install(await links.link(host), links.becoming, places)
        assert "switched linger on for guest" in change.did
        assert any("starts at boot" in did for did in change.did), change
    await until(bed, 0, "loginctl list-sessions --no-legend | grep guest", 1)  # the last session has gone
    assert bed.sh(0, AGENT).returncode == 0
    uid = bed.sh(0, "id -u guest").stdout.strip()
    bed.sh(0, f"systemctl restart user@{uid}")  # what a boot does for a user who lingers
    await until(bed, 0, AGENT, 0)
    found = await seen(bed, 0, tmp_path)
    assert (found.state, found.notes) == ("running", ("kept by your own systemd: starts at boot",))
    async with connected(bed, 0, tmp_path) as (links, places):
        link = await links.link(host)
        assert (await install(link, links.becoming, places)).words.startswith("nothing to do")
        change = await remove(link, links.becoming)
        assert "switched linger off again" in change.did
    assert (
        bed.sh(0, "find /home/guest /tmp /var/lib/systemd/linger -name '*clawtui*' -o -name guest -type f").stdout == ""
    )
    assert bed.sh(0, AGENT).returncode == 1


async def test_where_logout_ends_everything_it_says_so_and_it_is_true(bed: Testbed, tmp_path: Path) -> None:
    async with connected(bed, 1, tmp_path) as (links, places):
        link = await links.link(bed.as_host(bed.host(1), "guest"))
        change = await install(link, links.becoming, places)
        assert any("stops with your last session" in did for did in change.did), change
        found = await status(link)
        assert found.notes == ("stops with your last session; does not start by itself after a reboot",)
    await until(bed, 1, AGENT, 1)
    assert (await seen(bed, 1, tmp_path)).state == "stopped"
    async with connected(bed, 1, tmp_path) as (links, _):
        assert (await remove(await links.link(bed.as_host(bed.host(1), "guest")), links.becoming)).words == "removed"
