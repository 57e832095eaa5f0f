"""Rollouts across the boundary: real ledgers and a real coordinator's socket, heard, asked for, held, ordered."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from clawtui.deploy.control import Control, Order, socket_of
from clawtui.deploy.gate import Reading, Verdict
from clawtui.deploy.ledger import PLAN, Ledger, folder_of
from clawtui.deploy.plan import RolloutPlan
from clawtui.deploy.rollout import Ending, Event, Job, What, folded
from clawtui.engine.boundary import encode
from clawtui.engine.boundary.plans import Apply, Plan, PlanQuery
from clawtui.engine.boundary.rollouts import HoldRollout, Rollouts, RolloutsQuery, RolloutView
from clawtui.engine.deploying.view import view
from clawtui.engine.deploying.yard import ledger_of
from clawtui.engine.local import LocalEngine
from clawtui.fleet.host import Fleet, Host
from clawtui.places import Places
from clawtui.settings import Settings
from tests.deploy.plans import plan

HOSTS = tuple(Host(name, "127.0.0.1", port=1) for name in ("a", "b"))
NOW = 3000.0


@asynccontextmanager
async def engine(places: Places) -> AsyncIterator[LocalEngine]:
    """Nobody can be reached; policy is that of production."""
    fleet = Fleet("test", hosts=HOSTS)
    async with LocalEngine(fleet, Settings(), (), places) as running:
        yield running


def events() -> list[Event]:
    """The first of two waves serves the new release."""
    return [
        Event(2000.0, What.TAKEN, by="ana"),
        *(Event(2001.0, What.ENDED, name, job, ending=Ending.OK) for job in (Job.LOCK, Job.STAGE) for name in "ab"),
        Event(2002.0, What.ENDED, "a", Job.SWITCH, ending=Ending.OK),
        Event(2003.0, What.BAKE, wave=0),
    ]


def ledger(places: Places, made: RolloutPlan) -> Ledger:
    """Begun, with those events in it."""
    found = Ledger(folder_of(places) / made.id)
    found.begin(made)
    with found.open():
        for event in events():
            found.write(event)
    return found


@asynccontextmanager
async def coordinated(places: Places, made: RolloutPlan, orders: list[Order]) -> AsyncIterator[Control]:
    """What a coordinator's process holds: its ledger, and a socket where orders are taken."""

    async def ordered(order: Order, who: str) -> str:
        del who
        orders.append(order)
        return ""

    control = Control(socket_of(places, made.id), ordered)
    with ledger(places, made).open():
        async with control.listening():
            seen = view(made, folded(made, events()), NOW)
            control.tell("view", b'{"view":' + encode(seen) + b"}")
            yield control


async def told(reader: AsyncIterator[object], true: Callable[[RolloutView], bool]) -> RolloutView:
    """The newest rollout, once this is so."""
    async with asyncio.timeout(30):
        async for event in reader:
            if isinstance(event, Rollouts) and event.rollouts and true(event.rollouts[0]):
                return event.rollouts[0]
    raise AssertionError("the feed ended")


def places_of(tmp_path: Path) -> Places:
    return Places.of({"HOME": str(tmp_path)})


async def test_a_rollout_that_nobody_coordinates_says_that_it_was_interrupted(tmp_path: Path) -> None:
    places = places_of(tmp_path)
    ledger(places, plan(("a",), ("b",)))
    async with engine(places) as running:
        seen = await told(running.subscribe("rollouts"), lambda one: one.state == "interrupted")
        assert "deploy resume" in seen.verdict
        assert seen.under_way
        assert seen.hosts[0].turns[0].release == "R2"
        assert running.frames.deployed["a"].release == "R2"


async def test_a_rollout_whose_coordinator_is_just_being_started_is_not_called_interrupted(tmp_path: Path) -> None:
    places, made = places_of(tmp_path), plan(("a",), ("b",))
    Ledger(folder_of(places) / made.id).begin(made)
    async with engine(places) as running:
        assert (await told(running.subscribe("rollouts"), lambda _: True)).state == "planned"
        old = folder_of(places) / made.id / PLAN
        os.utime(old, (1.0, 1.0))
        await told(running.subscribe("rollouts"), lambda one: one.state == "interrupted")


async def test_what_a_coordinator_says_is_heard_and_its_end_is_read_from_the_ledger(tmp_path: Path) -> None:
    places, made = places_of(tmp_path), plan(("a",), ("b",))
    async with engine(places) as running:
        reader = running.subscribe("rollouts")
        async with coordinated(places, made, []) as control:
            await told(reader, lambda one: one.state == "baking")
            seen = after(made, Event(2010.0, What.ORDER, order="pause", words="wait", by="ben"))
            control.tell("view", b'{"view":' + encode(seen) + b"}")
            await told(reader, lambda one: one.hold == "wait")
        await told(reader, lambda one: one.state == "interrupted")


def after(made: RolloutPlan, *more: Event) -> RolloutView:
    return view(made, folded(made, [*events(), *more]), NOW)


async def test_hold_is_a_note_and_needs_neither_arming_nor_a_plan(tmp_path: Path) -> None:
    places, made, orders = places_of(tmp_path), plan(("a",), ("b",)), list[Order]()
    async with engine(places) as running, coordinated(places, made, orders):
        outcome = await running.do(HoldRollout(made.id, "looking"))
        assert outcome.done
        assert orders == [{"do": "pause", "why": "looking"}]
        assert "deploy pause" in places.actions.read_text()
    async with engine(places) as running:
        refused = await running.do(HoldRollout(made.id))
        assert (refused.done, refused.code) == (False, 77)


async def test_undo_of_what_goes_on_names_what_it_takes_back_and_needs_no_arming(tmp_path: Path) -> None:
    places, made, orders = places_of(tmp_path), plan(("a",), ("b",)), list[Order]()
    async with engine(places) as running, coordinated(places, made, orders):
        shown = await running.ask(PlanQuery(("deploy", "undo", "bot")))
        assert isinstance(shown, Plan)
        assert (shown.hosts, shown.needs_arming, shown.confirm) == (("a",), False, "test 1")
        assert "back to R1" in shown.title
        assert (await running.do(Apply(shown.id, "test 1"))).done
        assert [order["do"] for order in orders] == ["undo"]


async def test_who_was_refused_its_hosts_does_not_hide_the_rollout_that_has_them(tmp_path: Path) -> None:
    places, made, orders = places_of(tmp_path), plan(("a",), ("b",)), list[Order]()
    later = replace(made, id="20261124T130000-bot-cd34")
    refused = Ledger(folder_of(places) / later.id)
    refused.begin(later)
    with refused.open():
        refused.write(Event(2500.0, What.OVER, order="refused", words="a is locked"))
    async with engine(places) as running, coordinated(places, made, orders):
        shown = await running.ask(PlanQuery(("deploy", "next")))
        assert isinstance(shown, Plan)
        assert shown.hosts == ("b",), "the wave that comes next"
        for named in ("", "bot"):
            assert ledger_of(places, named).folder.name == made.id
    assert ledger_of(places, "bot").folder.name == made.id, "also when nobody coordinates it any more"


async def test_the_next_wave_needs_arming_and_is_refused_while_a_gate_says_no(tmp_path: Path) -> None:
    places, made, orders = places_of(tmp_path), plan(("a",), ("b",)), list[Order]()
    async with engine(places) as running, coordinated(places, made, orders) as control:
        shown = await running.ask(PlanQuery(("deploy", "next")))
        assert isinstance(shown, Plan)
        assert (shown.hosts, shown.needs_arming) == (("b",), True)
        assert not (await running.do(Apply(shown.id, "test 1"))).done
        slow = (Reading("p95", 0.7, 0.2, 0.25, Verdict.FAIL),)
        seen = view(made, folded(made, events()), NOW, readings=slow)
        control.tell("view", b'{"view":' + encode(seen) + b"}")
        refused = await running.ask(PlanQuery(("deploy", "next")))
        assert isinstance(refused, Plan)
        assert "p95 says no" in refused.refused
        assert orders == []


async def test_history_is_of_one_context_in_short_and_one_of_it_is_whole(tmp_path: Path) -> None:
    places, made = places_of(tmp_path), plan(("a",), ("b",))
    ledger(places, made)
    ledger(places, replace(made, id="20261125T120000-bot-ab12"))
    ledger(places, replace(made, id="20261126T120000-bot-ab12", context="other"))
    (folder_of(places) / "broken").mkdir()
    (folder_of(places) / "broken/plan.json").write_text("{")
    async with engine(places) as running:
        every = await running.ask(RolloutsQuery())
        assert isinstance(every, Rollouts)
        assert [one.id[:8] for one in every.rollouts] == ["20261125", "20261124"]
        assert not any(host.steps for one in every.rollouts for host in one.hosts)
        whole = await running.ask(RolloutsQuery(id=made.id))
        assert isinstance(whole, Rollouts)
        assert whole.rollouts[0].hosts[0].steps[0].kind == "tree"
