"""What a slow reader loses, and what never."""

import asyncio

import pytest

from clawtui.engine.boundary import Event
from clawtui.engine.boundary.actions import Action
from clawtui.engine.boundary.hosts import FleetFrame, HostView, SampleFrame, Summary
from clawtui.engine.boundary.prompts import Notice, Prompt
from clawtui.engine.boundary.value import Severity, State
from clawtui.engine.events import fold, keeping
from clawtui.feed import Feed, Reader

SUMMARY = Summary("demo", "dev", False, None, {}, "all well")


def frame(at: float, *hosts: HostView, removed: tuple[str, ...] = (), full: bool = False) -> FleetFrame:
    return FleetFrame(at, SUMMARY, hosts, removed, full)


def feed(present: dict[str, list[Event]] | None = None, limit: int = 4) -> Feed[Event]:
    return Feed(keeping, fold, lambda topic: (present or {}).get(topic, []), limit)


async def taken(reader: Reader[Event]) -> list[Event]:
    await reader.aclose()
    return [event async for event in reader]


async def test_a_slow_reader_gets_one_frame_with_the_newest_of_every_host() -> None:
    hub = feed({"fleet": [frame(1.0, HostView("a", State.OK), HostView("b", State.OK, age_s=1.0), full=True)]})
    reader = hub.subscribe("fleet")
    for at in range(2, 1000):
        hub.publish("fleet", frame(float(at), HostView("a", State.DOWN, why=str(at))))
    (only,) = await taken(reader)
    assert isinstance(only, FleetFrame)
    assert only.full
    assert only.at == 999.0
    assert {view.name: (view.why, view.age_s) for view in only.hosts} == {"a": ("999", None), "b": ("", 999.0)}


async def test_actions_prompts_and_critical_notices_are_never_lost() -> None:
    hub = feed()
    reader = hub.subscribe("actions", "prompts", "notices", "host:a")
    for number in range(100):
        hub.publish("actions", Action(float(number), "ana", "demo", "run", ("a",), "clawtui run"))
        hub.publish("prompts", Prompt(str(number), "secret", "a", "passphrase", ""))
        hub.publish("notices", Notice(Severity.CRITICAL, str(number)))
        hub.publish("notices", Notice(Severity.INFO, str(number)))
        hub.publish("host:a", SampleFrame("a", float(number), {}))
    events = await taken(reader)
    notices = [event for event in events if isinstance(event, Notice)]
    assert len([event for event in events if isinstance(event, Action | Prompt)]) == 200
    assert len([notice for notice in notices if notice.severity is Severity.CRITICAL]) == 100
    assert [notice.text for notice in notices if notice.severity is Severity.INFO] == ["96", "97", "98", "99"]
    assert [event.at for event in events if isinstance(event, SampleFrame)] == [99.0]
    assert reader.dropped == 96


async def test_a_waiting_reader_wakes_and_others_topics_pass_it_by() -> None:
    hub = feed()
    reader = hub.subscribe("notices")
    waiting = asyncio.create_task(anext(reader))  # type: ignore[arg-type]  # anext is an awaitable, here a coroutine
    await asyncio.sleep(0)
    hub.publish("fleet", frame(1.0))
    hub.publish("notices", Notice(Severity.INFO, "now"))
    assert await waiting == Notice(Severity.INFO, "now")


async def test_closing_the_feed_ends_readers_after_what_waits() -> None:
    hub = feed()
    reader = hub.subscribe("notices")
    hub.publish("notices", Notice(Severity.INFO, "last"))
    hub.close()
    assert [event async for event in reader] == [Notice(Severity.INFO, "last")]
    with pytest.raises(StopAsyncIteration):
        await anext(hub.subscribe("notices"))


async def test_a_reader_that_was_dropped_costs_nothing() -> None:
    hub = feed()
    reader = hub.subscribe("notices")
    assert hub.heard("notices")
    del reader
    assert not hub.heard("notices")


@pytest.mark.parametrize(
    ("older", "newer", "hosts", "removed"),
    [
        (frame(1, HostView("a", State.OK)), frame(2, removed=("a",)), [], ("a",)),
        (frame(1, removed=("a",)), frame(2, HostView("a", State.OK)), ["a"], ()),
        (frame(1, HostView("a", State.OK), full=True), frame(2, removed=("a",)), [], ()),
        (frame(1, HostView("a", State.OK)), frame(2, HostView("b", State.OK), full=True), ["b"], ()),
    ],
)
def test_frames_fold_to_what_both_say(
    older: FleetFrame, newer: FleetFrame, hosts: list[str], removed: tuple[str, ...]
) -> None:
    both = fold(older, newer)
    assert isinstance(both, FleetFrame)
    assert [view.name for view in both.hosts] == hosts
    assert both.removed == removed
