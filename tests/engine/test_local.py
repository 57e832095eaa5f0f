"""The whole engine against real hosts: sshd processes of the demo with real agents, through every call of the boundary."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from clawtui.alerts.rules_file import load_rules
from clawtui.demo.fleet import DemoFleet
from clawtui.engine.boundary import Event
from clawtui.engine.boundary.actions import Actions, ActionsQuery, Note
from clawtui.engine.boundary.charts import Limits, LimitsQuery, MedianQuery, RangeAnswer, RangeQuery
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery, HostDetail, HostQuery, Look, SampleFrame
from clawtui.engine.boundary.plans import Apply, Arm, Plan, PlanQuery, Progress
from clawtui.engine.boundary.processes import Processes, ProcessesQuery
from clawtui.engine.boundary.prompts import Notice
from clawtui.engine.boundary.shell import ShellCommand, ShellQuery
from clawtui.engine.boundary.value import State
from clawtui.engine.local import LocalEngine
from clawtui.errors import UsageError
from clawtui.feed import Reader
from clawtui.fleet.host import Fleet, Host
from clawtui.places import Places
from clawtui.settings import Settings, load


@asynccontextmanager
async def engine() -> AsyncIterator[LocalEngine]:
    async with DemoFleet() as demo:
        settings = load(demo.places, {}, {})
        async with LocalEngine(demo.fleet, settings, load_rules(demo.places), demo.places) as running:
            yield running


async def seen(reader: Reader[Event], names: set[str], seconds: float = 20.0) -> None:
    """Read frames until all these hosts have live numbers."""
    left = set(names)
    async with asyncio.timeout(seconds):
        async for event in reader:
            if isinstance(event, FleetFrame):
                left -= {v.name for v in event.hosts if v.metrics.get("cpu.busy") is not None}
            if not left:
                return


async def test_real_hosts_through_every_call_of_the_boundary() -> None:
    async with engine() as running:
        names = {host.name for host in running.fleet.hosts}
        await seen(running.subscribe("fleet"), names)
        name = running.fleet.hosts[0].name

        frame = await running.ask(FleetQuery())
        assert isinstance(frame, FleetFrame)
        assert frame.full
        assert {v.name for v in frame.hosts} == names
        assert {v.state for v in frame.hosts} <= {State.OK, State.WARNING, State.CRITICAL}
        assert all(v.badges == () for v in frame.hosts)

        detail = await running.ask(HostQuery(name))
        assert isinstance(detail, HostDetail)
        assert detail.facts["agent"].startswith("0.1.0")
        assert detail.facts["fingerprint"].startswith("SHA256:")
        assert "belongs to the machine" in {column.missing for column in detail.columns}

        now = time.time()
        past = await running.ask(RangeQuery(name, ("cpu.busy", "nothing.here"), now - 60, now, 30))
        assert isinstance(past, RangeAnswer)
        assert len(past.times) == len(past.mean[0]) == len(past.mean[1])
        assert any(value is not None for value in past.mean[0])
        assert all(value is None for value in past.mean[1])
        assert now - 65 <= past.times[0] <= past.times[-1] <= now + 5

        top = await running.ask(ProcessesQuery(name))
        assert isinstance(top, Processes)
        assert top.processes

        median = await running.ask(MedianQuery("cpu.busy"))
        assert isinstance(median, RangeAnswer)
        assert median.mean[0][-1] is not None

        limits = await running.ask(LimitsQuery())
        assert isinstance(limits, Limits)
        assert ("latency.p95", 0.5) in {(limit.metric, limit.limit) for limit in limits.limits}

        shell = await running.ask(ShellQuery(name))
        assert isinstance(shell, ShellCommand)
        assert shell.argv[0] == "ssh"

        reader = running.subscribe("outcomes", "actions", f"host:{name}")
        plan = await running.ask(PlanQuery(("run", "*", "--", "printf 'a\\000b'")))
        assert isinstance(plan, Plan)
        outcome = await running.do(Apply(plan.id, plan.confirm))
        assert (outcome.code, {h.stdout for h in outcome.hosts}) == (0, {b"a\x00b"})
        await running.do(Note("shell", (name,), f"clawtui shell {name}", "opened"))
        await running.do(Look(name))
        kinds: list[type[Event]] = []
        async with asyncio.timeout(30):
            async for event in reader:
                kinds.append(type(event))
                if isinstance(event, SampleFrame):
                    assert event.values["cpu.busy"] is not None
                    break
        assert kinds.count(Progress) == len(names)
        actions = await running.ask(ActionsQuery())
        assert isinstance(actions, Actions)
        assert [action.verb for action in actions.actions] == ["shell", "run", "run"]

        with pytest.raises(UsageError, match=f"did you mean {name}"):
            await running.ask(HostQuery(f"{name}x"))
        assert (await running.do(Arm(5.0))).done


async def test_when_its_agent_dies_the_host_says_so_and_its_past_is_read_from_the_rings() -> None:
    async with engine() as running:
        name = running.fleet.hosts[0].name
        await seen(running.subscribe("fleet"), {name})
        hello = running.followers[name].standing.hello
        assert hello is not None
        plan = await running.ask(PlanQuery(("run", name, "--", f"kill -STOP {hello.pid}")))
        assert isinstance(plan, Plan)
        assert (await running.do(Apply(plan.id, plan.confirm))).code == 0
        async with asyncio.timeout(10.0):
            async for event in running.subscribe("fleet"):
                assert isinstance(event, FleetFrame)
                if any(v.name == name and v.why.startswith("agent silent, ssh ok") for v in event.hosts):
                    break
        now = time.time()
        past = await running.ask(RangeQuery(name, ("cpu.busy",), now - 60, now, 0))
        assert isinstance(past, RangeAnswer)
        assert past.note == "read from the rings by SFTP: agent silent, ssh ok"
        assert any(value is not None for value in past.mean[0])


async def test_an_engine_that_follows_nobody_still_answers_and_acts() -> None:
    async with DemoFleet() as demo:
        settings = load(demo.places, {}, {})
        one_shot = LocalEngine(demo.fleet, settings, load_rules(demo.places), demo.places, follow=False)
        async with one_shot:
            plan = await one_shot.ask(PlanQuery(("run", "*", "--", "true")))
            assert isinstance(plan, Plan)
            assert (await one_shot.do(Apply(plan.id, plan.confirm))).code == 0
            frame = await one_shot.ask(FleetQuery())
            assert isinstance(frame, FleetFrame)
            assert {view.state for view in frame.hosts} == {State.LOADING}


async def test_a_fault_in_making_frames_is_told_and_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    places = Places.of({"HOME": "/nonexistent"})
    fleet = Fleet("x", hosts=(Host("a", "127.0.0.1", port=1, refusal="PKCS11Provider in config:3"),))
    async with LocalEngine(fleet, Settings(), (), places) as running:
        reader = running.subscribe("fleet", "notices")
        clock = running.frames.clock
        monkeypatch.setattr(running.frames, "clock", None)
        async with asyncio.timeout(30):
            async for event in reader:
                if isinstance(event, Notice):
                    assert event.text.startswith("the fleet screen may be old; clawtui's own fault: TypeError")
                    break
        running.frames.clock = clock
        frame = await running.ask(FleetQuery())
        assert isinstance(frame, FleetFrame)
        assert frame.hosts[0].state is State.REFUSED
