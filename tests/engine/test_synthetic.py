"""The made-up fleet keeps the promises of the boundary, and is cheap enough to bench others with."""

import time

from clawtui.engine.boundary import Engine
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery
from clawtui.engine.boundary.plans import Apply, Arm, Plan, PlanQuery, Progress
from clawtui.engine.boundary.value import State
from tests.engine.synthetic import SyntheticEngine


async def test_it_is_an_engine_with_the_same_numbers_for_the_same_seed() -> None:
    engine: Engine = SyntheticEngine(50, at=1e9)
    assert await engine.ask(FleetQuery()) == await SyntheticEngine(50, at=1e9).ask(FleetQuery())


async def test_each_tick_changes_every_host_that_lives() -> None:
    engine = SyntheticEngine(50, at=1e9)
    reader = engine.subscribe("fleet")
    first = await anext(reader)
    engine.step()
    second = await anext(reader)
    assert isinstance(first, FleetFrame)
    assert isinstance(second, FleetFrame)
    assert first.full
    assert not second.full
    assert len(second.hosts) >= 46


async def test_an_act_needs_arming_and_the_right_words() -> None:
    engine = SyntheticEngine(20, at=1e9)
    reader = engine.subscribe("outcomes")
    plan = await engine.ask(PlanQuery(("run", "gpu-00*", "--", "uptime")))
    assert isinstance(plan, Plan)
    assert (await engine.do(Apply(plan.id, plan.confirm))).code == 77
    await engine.do(Arm())
    assert (await engine.do(Apply(plan.id, "synthetic 3"))).code == 77
    assert (await engine.do(Apply(plan.id, plan.confirm))).code == 0
    assert isinstance(await anext(reader), Progress)


def test_a_thousand_hosts_tick_in_well_under_a_second() -> None:
    engine = SyntheticEngine(1000)
    started = time.process_time()
    frame = engine.step()
    assert time.process_time() - started < 0.6
    assert frame.summary.counts[State.OK] == 993
