"""The engine follows real agents on systemd hosts: live, judged, lost and found again."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.alerts.rules_file import load_rules
from clawtui.engine.boundary.charts import RangeAnswer, RangeQuery
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery, HostView, Look, SampleFrame
from clawtui.engine.boundary.processes import Process, Processes, ProcessesQuery
from clawtui.engine.boundary.value import State
from clawtui.engine.local import LocalEngine
from clawtui.fleet.agent.install import install
from clawtui.fleet.agent.layout import UNIT
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet, Service
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from clawtui.settings import Settings
from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]
QUICK = SshOptions(connect_timeout_s=3.0, keepalive_s=1.0, keepalive_busy_s=1.0, retry_first_s=0.2, retry_most_s=2.0)
SERVICE = Service("bot", unit="bot.service")
# low enough for a busy loop that shares its core with other tests, held shorter than what ships
RULES = """\
version = 1
[rule.cpu-high]
when = "cpu.busy > 20%"
clear = "cpu.busy < 10%"
for = "2s"
severity = "warning"
"""
BUSY = "systemd-run --unit busy --property=RuntimeMaxSec=60 sh -c 'while :; do :; done & while :; do :; done'"
BOT = "systemd-run --unit bot.service --property=RestartSec=1 --property=Restart=always sleep infinity"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.of({"HOME": str(tmp_path)})


def two(bed: Testbed) -> Fleet:
    """h000 and h001, with one service each."""
    fleet = bed.fleet()
    return replace(fleet, hosts=tuple(replace(host, services=(SERVICE,)) for host in fleet.hosts[:2]))


@pytest.fixture
async def followed(systemd: Testbed, places: Places) -> Testbed:
    """Two hosts with an agent each."""
    fleet = two(systemd)
    async with Connections(fleet, QUICK, places, Nobody(), environ={}) as connections:
        links = [await connections.link(host) for host in fleet.hosts]
        for link in links:
            await link.run(BOT, timeout_s=10)
        await asyncio.gather(*(install(link, connections.becoming, places) for link in links))
    return systemd


@asynccontextmanager
async def engine(bed: Testbed, places: Places) -> AsyncIterator[LocalEngine]:
    made = LocalEngine(two(bed), replace(Settings(), ssh=QUICK), load_rules(places), places, prompts=Nobody())
    async with made:
        yield made


async def until(made: LocalEngine, name: str, claim: Callable[[HostView], object], within_s: float) -> HostView:
    """The first view of a host of which a claim is true."""
    seen: HostView | None = None
    try:
        async with asyncio.timeout(within_s):
            async for event in made.subscribe("fleet"):
                if isinstance(event, FleetFrame):
                    seen = next((host for host in event.hosts if host.name == name), seen)
                    if seen and claim(seen):
                        return seen
    except TimeoutError:
        pass
    raise AssertionError(f"not within {within_s} s; last seen: {seen}")


async def processes(made: LocalEngine, name: str) -> tuple[Process, ...]:
    """Who uses the host now."""
    answer = await made.ask(ProcessesQuery(name))
    assert isinstance(answer, Processes)
    return answer.processes


def live(view: HostView) -> bool:
    return view.state is State.OK and view.metrics.get("cpu.busy") is not None


async def test_hosts_go_live_with_numbers_of_their_own_and_their_service(followed: Testbed, places: Places) -> None:
    async with engine(followed, places) as made:
        view = await until(made, "h000", live, 15)
        frame = await made.ask(FleetQuery())
    assert isinstance(frame, FleetFrame)
    assert view.metrics["memory.total"] == pytest.approx(800 * 1024 * 1024, rel=0.01)
    assert [(service.name, service.metrics.get("up")) for service in view.services] == [("bot", 1.0)]
    assert {host.name for host in frame.hosts} == {"h000", "h001"}


async def test_a_busy_host_is_judged_and_the_one_beside_it_is_not(followed: Testbed, places: Places) -> None:
    places.config.mkdir(parents=True)
    (places.config / "rules.toml").write_text(RULES)
    async with engine(followed, places) as made:
        await until(made, "h000", live, 15)
        await until(made, "h001", live, 15)
        followed.sh("h000", BUSY)
        view = await until(made, "h000", lambda v: v.state is State.WARNING, 25)
        frame = await made.ask(FleetQuery())
        async with asyncio.timeout(10):
            while not (heavy := [p.name for p in await processes(made, "h000") if p.cpu > 0.1]):
                await asyncio.sleep(0.6)  # a rate needs two looks
        followed.sh("h000", "systemctl stop busy")
        await until(made, "h000", live, 25)
    assert [breach.rule for breach in view.breaches] == ["cpu-high"]
    assert isinstance(frame, FleetFrame)
    assert next(host.state for host in frame.hosts if host.name == "h001") is State.OK
    assert heavy[0] == "sh"


async def test_a_cut_host_is_stale_then_down_then_live_again(followed: Testbed, places: Places) -> None:
    async with engine(followed, places) as made:
        await until(made, "h001", live, 15)
        followed.cut("h001")
        await until(made, "h001", lambda v: v.state in (State.STALE, State.DOWN), 8)
        await until(made, "h001", lambda v: v.state is State.DOWN, 20)
        assert (await until(made, "h000", live, 5)).name == "h000"
        followed.heal("h001")
        await until(made, "h001", live, 20)


async def test_a_frozen_host_is_never_shown_as_well(followed: Testbed, places: Places) -> None:
    async with engine(followed, places) as made:
        await until(made, "h001", live, 15)
        followed.freeze("h001")
        view = await until(made, "h001", lambda v: v.state is not State.OK, 8)
        assert view.why
        followed.thaw("h001")
        await until(made, "h001", live, 20)


async def test_a_stopped_agent_is_told_from_a_host_that_is_down(followed: Testbed, places: Places) -> None:
    async with engine(followed, places) as made:
        await until(made, "h000", live, 15)
        followed.sh("h000", f"systemctl stop {UNIT}")
        await until(made, "h000", lambda v: v.state is State.NO_AGENT, 15)
        followed.sh("h000", f"systemctl start {UNIT}")
        await until(made, "h000", live, 20)


async def test_a_killed_agent_comes_back_and_its_past_is_still_there(followed: Testbed, places: Places) -> None:
    async with engine(followed, places) as made:
        await until(made, "h000", live, 15)
        followed.sh("h000", f"systemctl kill --signal=KILL {UNIT}")
        await until(made, "h000", lambda v: not live(v), 20)
        await until(made, "h000", live, 20)
        now = float(followed.sh("h000", "date +%s").stdout)
        past = await made.ask(RangeQuery("h000", ("cpu.busy",), now - 30, now + 1, 30))
    assert isinstance(past, RangeAnswer)
    assert sum(value is not None for value in past.mean[0]) >= 3


async def test_a_clock_that_is_off_is_measured_and_its_samples_are_put_right(followed: Testbed, places: Places) -> None:
    followed.clock("h001", 120)
    async with engine(followed, places) as made:
        view = await until(made, "h001", lambda v: v.clock_offset is not None and v.age_s is not None, 20)
        await made.do(Look("h001"))
        async with asyncio.timeout(30):
            async for event in made.subscribe("host:h001"):
                if isinstance(event, SampleFrame):
                    break
    now = float(followed.sh("h000", "date +%s").stdout)
    assert view.clock_offset == pytest.approx(120, abs=1.5)
    assert event.at == pytest.approx(now, abs=5)


async def test_a_dead_service_is_seen_on_its_host(followed: Testbed, places: Places) -> None:
    async with engine(followed, places) as made:
        await until(made, "h000", live, 15)
        followed.sh("h000", "systemctl stop bot")
        view = await until(made, "h000", lambda v: v.services and v.services[0].metrics.get("up") == 0.0, 20)
    assert view.services[0].name == "bot"
