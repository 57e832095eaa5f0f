"""A recording replays what was said, and finds answers whatever the window of time."""

import asyncio
from pathlib import Path

import pytest

from clawtui.engine.boundary.charts import RangeAnswer, RangeQuery
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery, HostQuery, HostView, Look, Summary
from clawtui.engine.boundary.plans import Arm
from clawtui.engine.boundary.prompts import Notice
from clawtui.engine.boundary.value import Severity, State
from clawtui.engine.recorded import Heard, RecordedEngine, record
from clawtui.errors import ClawtuiError, ConfigError

SUMMARY = Summary("demo", "dev", False, None, {}, "all well")
FIRST = FleetFrame(1.0, SUMMARY, (HostView("a", State.OK), HostView("b", State.LOADING)), full=True)
SECOND = FleetFrame(2.0, SUMMARY, (HostView("b", State.DOWN, why="ssh refused, 3 tries"),))
RANGE = RangeQuery("a", ("cpu.busy",), 0.0, 60.0)
ANSWER = RangeAnswer("a", ("cpu.busy",), 1.0, (0.0,), ((0.5,),), ((0.5,),), ((None,),))


def recording() -> RecordedEngine:
    notice = Notice(Severity.INFO, "hello")
    return RecordedEngine.of(
        [Heard(0.0, "fleet", FIRST), Heard(0.0, "notices", notice), Heard(0.5, "fleet", SECOND)], [(RANGE, ANSWER)]
    )


async def test_a_reader_hears_the_whole_recording_of_its_topics_and_then_silence() -> None:
    events = recording().subscribe("fleet")
    assert [await anext(events), await anext(events)] == [FIRST, SECOND]
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await anext(events)


async def test_the_same_question_about_another_window_finds_the_recorded_answer() -> None:
    assert await recording().ask(RangeQuery("a", ("cpu.busy",), 100.0, 200.0, 80)) == ANSWER


async def test_the_fleet_is_the_fold_of_all_frames() -> None:
    frame = await recording().ask(FleetQuery())
    assert isinstance(frame, FleetFrame)
    assert [(view.name, view.state) for view in frame.hosts] == [("a", State.OK), ("b", State.DOWN)]


async def test_an_unrecorded_question_is_an_error_and_an_unrecorded_act_is_refused() -> None:
    engine = recording()
    with pytest.raises(ClawtuiError, match="HostQuery"):
        await engine.ask(HostQuery("nowhere"))
    assert (await engine.do(Arm())).code == 77
    assert (await engine.do(Look("a"))).done
    assert engine.done == [Arm(), Look("a")]


async def test_what_was_recorded_replays(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    await record(recording(), path, queries=(RANGE, FleetQuery()), seconds=0.05)
    again = RecordedEngine(path)
    events = again.subscribe("fleet", "notices")
    assert await anext(events) == FIRST
    assert isinstance(await anext(events), Notice)
    assert await again.ask(RANGE) == ANSWER


def test_a_broken_line_is_named_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "feed.jsonl"
    path.write_text('{"t": 0, "topic": "fleet"}\n{"t": "late"}\n')
    with pytest.raises(ConfigError, match=r"feed\.jsonl:2"):
        RecordedEngine(path)
