"""Hosts with a network of their own that have no agent, and containers whose agent nobody starts again."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.alerts.rules_file import load_rules
from clawtui.engine.boundary.hosts import HostDetail, HostQuery, HostView, Look
from clawtui.engine.boundary.value import State
from clawtui.engine.local import LocalEngine
from clawtui.fleet.agent.install import install
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import AgentUse, Fleet
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from clawtui.settings import Settings
from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

pytestmark = [pytest.mark.root, pytest.mark.slow]
QUICK = SshOptions(connect_timeout_s=3.0, keepalive_s=1.0, keepalive_busy_s=1.0, retry_first_s=0.2, retry_most_s=1.0)
EXPORTER = (
    "setsid prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --log.level=error </dev/null >/dev/null 2>&1 &"
)


@pytest.fixture(scope="module")
def pair() -> Iterator[Testbed]:
    """Two hosts with sshd and a loopback of their own."""
    with running(Order(hosts=2)) as bed:
        yield bed


@pytest.fixture(scope="module")
def container() -> Iterator[Testbed]:
    """A host without systemd, with files, memory and processes of its own."""
    with running(Order(hosts=1, own=True)) as bed:
        yield bed


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host without an agent is looked at again sooner."""
    monkeypatch.setattr("clawtui.engine.follower.NO_AGENT_AGAIN_S", 0.5)


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.of({"HOME": str(tmp_path)})


Rows = Callable[[str], HostView]


@asynccontextmanager
async def engine(fleet: Fleet, places: Places) -> AsyncIterator[tuple[LocalEngine, Rows]]:
    made = LocalEngine(fleet, replace(Settings(), ssh=QUICK), load_rules(places), places, prompts=Nobody())
    async with made:
        yield made, lambda name: made.frames.look(name, time.time(), time.monotonic())


async def until(look: Rows, name: str, claim: Callable[[HostView], object], within_s: float) -> HostView:
    try:
        async with asyncio.timeout(within_s):
            while not claim(look(name)):
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {within_s} s; last seen: {look(name)}") from None
    return look(name)


async def came_from(made: LocalEngine, name: str) -> str:
    detail = await made.ask(HostQuery(name))
    assert isinstance(detail, HostDetail)
    return detail.facts["numbers from"]


def live(view: HostView) -> bool:
    return view.state is State.OK and view.metrics.get("cpu.busy") is not None


async def test_a_page_that_is_there_anyway_is_found_lost_and_found_again(pair: Testbed, places: Places) -> None:
    pair.sh("h000", EXPORTER)
    async with engine(pair.fleet(), places) as (made, look):
        await made.do(Look("h000"))  # a page each second
        row = await until(look, "h000", live, 20)
        said = await came_from(made, "h000")
        bare = await until(look, "h001", lambda v: v.state is State.NO_AGENT, 10)
        pair.cut("h000")
        await until(look, "h000", lambda v: v.state in (State.STALE, State.DOWN), 20)
        pair.heal("h000")
        await until(look, "h000", live, 25)
        pair.sh("h000", "pkill -x prometheus-node")
        gone = await until(look, "h000", lambda v: v.state is State.NO_AGENT, 25)
    assert row.badges == ("agentless",)
    assert row.period_s == 5.0
    assert said == "node-exporter on its port 9100: no agent is installed here"
    assert (bare.badges, bare.why.partition(" (")[0]) == ((), "no agent runs here")
    assert gone.badges == ()


async def test_a_host_that_may_have_no_agent_falls_back_to_its_shell_and_says_so(pair: Testbed, places: Places) -> None:
    fleet = pair.fleet()
    fleet = replace(fleet, hosts=(replace(fleet.hosts[0], agent=AgentUse.NONE),))
    pair.sh("h000", EXPORTER)
    async with engine(fleet, places) as (made, look):
        await made.do(Look("h000"))
        await until(look, "h000", live, 20)
        assert (await came_from(made, "h000")).startswith("node-exporter")
        pair.sh("h000", "pkill -x prometheus-node")
        await until(look, "h000", lambda v: v.period_s == 1.0 and live(v), 30)
        assert (await came_from(made, "h000")).startswith("a loop in sh over /proc")


async def test_a_container_shows_its_own_memory_through_a_shell(container: Testbed, places: Places) -> None:
    fleet = container.fleet()
    fleet = replace(fleet, hosts=tuple(replace(host, agent=AgentUse.NONE) for host in fleet.hosts))
    async with engine(fleet, places) as (_, look):
        row = await until(look, "h000", live, 15)
    assert row.metrics["memory.total"] == pytest.approx(800 * 1024 * 1024, rel=0.01)


async def test_a_logins_own_agent_in_a_container_is_reached_and_missed_after_a_reboot(
    container: Testbed, places: Places
) -> None:
    container.sh("h000", "usermod -p '*' ops")  # sshd without PAM takes an account without password for a locked one
    fleet = container.fleet(user="ops")
    async with Connections(fleet, QUICK, places, Nobody(), environ={}) as connections:
        link = await connections.link(fleet.hosts[0])
        await install(link, connections.becoming, places, rings_max_bytes=4_000_000)
    async with engine(fleet, places) as (made, look):
        row = await until(look, "h000", live, 15)
        said = await came_from(made, "h000")
        container.sh(
            "h000", "pkill -9 -u ops -f 'supervise|launch.py'; rm -rf /tmp/clawtui-agent-*"
        )  # what a reboot leaves
        gone = await until(look, "h000", lambda v: v.state is State.NO_AGENT and "installed" in v.why, 20)
    assert row.badges == ()
    assert said.endswith("kept by a shell: no systemd here")
    assert "without systemd nothing starts it after a reboot" in gone.why
    assert gone.remedy == "clawtui agent install h000"
