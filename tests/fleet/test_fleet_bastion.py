"""The engine and a real bastion that goes and comes back: one cause on screen, one connection, nothing refused."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery
from clawtui.engine.boundary.value import State
from clawtui.engine.local import LocalEngine
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from clawtui.settings import Settings
from tests.engine.doubles import until
from tests.fleet.order import BASTION
from tests.fleet.testbed import Testbed

pytestmark = pytest.mark.root
QUICK = SshOptions(connect_timeout_s=2.0, keepalive_s=0.5, keepalive_busy_s=0.5, retry_first_s=0.2, retry_most_s=1.0)


@pytest.fixture
async def engine(plain: Testbed, tmp_path: Path) -> AsyncIterator[LocalEngine]:
    """Follows the bastion and the ten hosts behind it, which have no agent: that they are asked at all is what counts."""
    fleet = plain.fleet()
    hosts = tuple(host for host in fleet.hosts if host.jump or host.name == BASTION)
    places = Places.of({"HOME": str(tmp_path)})
    settings = replace(Settings(), ssh=QUICK)
    async with LocalEngine(replace(fleet, hosts=hosts), settings, (), places, prompts=Nobody()) as made:
        yield made
    plain.hang_up(BASTION)  # what was cut is open still on its side


async def rows(engine: LocalEngine) -> FleetFrame:
    frame = await engine.ask(FleetQuery())
    assert isinstance(frame, FleetFrame)
    return frame


def contacts(engine: LocalEngine) -> set[str]:
    return {follower.standing.contact.name for follower in engine.followers.values()}


async def test_a_lost_bastion_is_one_cause_and_all_come_back_over_one_connection(
    plain: Testbed, engine: LocalEngine
) -> None:
    await until(lambda: contacts(engine) == {"NO_AGENT"}, 20)
    before = len((plain.folder / "log" / BASTION).read_text())
    plain.cut(BASTION)
    inner = [follower for name, follower in engine.followers.items() if name != BASTION]
    await until(lambda: all(follower.standing.behind == BASTION for follower in inner), 20)
    await until(lambda: engine.followers[BASTION].standing.contact.name == "DOWN", 20)
    frame = await rows(engine)
    assert frame.summary.headline.startswith(f"bastion {BASTION} lost: 10 hosts behind it not seen")
    assert frame.summary.counts == {State.UNKNOWN: 10, State.DOWN: 1}
    assert all(row.why.startswith(f"behind {BASTION}") for row in frame.hosts if row.name != BASTION)
    plain.heal(BASTION)
    await until(lambda: contacts(engine) == {"NO_AGENT"}, 20)
    said = (plain.folder / "log" / BASTION).read_text()[before:]
    assert said.count("Accepted publickey") == 1
    assert "MaxStartups" not in said
