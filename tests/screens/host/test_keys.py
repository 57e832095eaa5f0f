"""Every key of the host screen, pressed."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace

from clawtui.engine.boundary.actions import Note
from clawtui.engine.boundary.charts import MedianQuery, RangeAnswer, RangeQuery
from clawtui.engine.boundary.processes import ProcessesQuery
from clawtui_screens.messages import CopyOut, ShellWanted, Toast
from clawtui_screens.widgets.chart import Chart
from clawtui_screens.widgets.inspect_pane import Pane
from tests.screens.host.stage import EPOCH, MadeUp, Stage, second, settle, staged


def text(app: Stage) -> str:
    return "\n".join(app.rows())


def charts(app: Stage) -> list[str]:
    return [c.plot.title for c in app.host.charts if c.display]


def ranges(engine: MadeUp) -> list[RangeQuery]:
    return [q for q in engine.asked if isinstance(q, RangeQuery)]


async def test_four_charts_at_120x40_and_one_at_80x24_the_worst_first() -> None:
    async with staged() as (app, _):
        assert charts(app) == ["p95", "cpu", "mem available", "errors"]
    async with staged("gpu-005", size=(80, 24)) as (app, _):
        assert charts(app) == ["mem available"]
        assert app.host.charts[0].size == (80, 10)


async def test_the_metric_that_was_asked_for_leads() -> None:
    async with staged(metric="net.rx", size=(80, 24)) as (app, _):
        assert charts(app) == ["net in"]


async def test_history_is_asked_for_once_for_everything_shown() -> None:
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        assert len(ranges(engine)) <= 2
        [first, *_] = ranges(engine)
        assert set(app.host.state.charted) <= {m for q in ranges(engine) for m in q.metrics}
        assert first.end - first.start == 1800
        before = len(ranges(engine))
        await second(app, pilot, engine)
        assert len(ranges(engine)) == before


async def test_comma_and_full_stop_cycle_the_focused_chart_and_no_metric_is_shown_twice() -> None:
    async with staged() as (app, pilot):
        seen = set[str]()
        for _ in range(16):
            await pilot.press("full_stop")
            assert len(set(charts(app))) == 4
            seen.add(charts(app)[0])
        assert {"requests", "net in", "disk read", "disk used", "/ used", "load.1m"} <= seen
        assert charts(app)[1:] == ["cpu", "mem available", "errors"]
        there = charts(app)[0]
        await pilot.press("full_stop", "comma")
        assert charts(app)[0] == there


async def test_tab_moves_to_the_next_chart_and_the_keys_follow() -> None:
    async with staged() as (app, pilot):
        await pilot.press("tab", "full_stop")
        assert charts(app)[0] == "p95"
        assert charts(app)[1] not in {"cpu", "p95"}


async def test_plus_and_minus_change_the_window_and_ask_again() -> None:
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        for key, seconds in (
            ("plus", 7200),
            ("plus", 86400),
            ("plus", 7 * 86400),
            ("plus", 30 * 86400),
            ("plus", 400 * 86400),
            ("plus", 400 * 86400),
            ("minus", 30 * 86400),
            ("minus", 7 * 86400),
            ("minus", 86400),
            ("minus", 7200),
            ("minus", 1800),
            ("minus", 300),
        ):
            await pilot.press(key)
            await settle(pilot)
            plot = app.host.charts[0].plot
            assert plot.end - plot.start == seconds
            assert len(plot.series.times) > 100
        assert "window 5m" in text(app)
        days = {86400, 7 * 86400, 30 * 86400, 400 * 86400}
        assert {q.end - q.start for q in ranges(engine)} == {300, 1800, 7200, *days}


class Young(MadeUp):
    """Its agent has been there for a minute."""

    def _range(self, host: str, metrics: tuple[str, ...], start: float, end: float, points: int) -> RangeAnswer:
        answer = super()._range(host, metrics, start, end, points)
        mean = tuple(
            tuple(v if t > EPOCH - 60 else None for t, v in zip(answer.times, m, strict=True)) for m in answer.mean
        )
        return replace(answer, low=mean, mean=mean, high=mean)


async def test_a_host_known_for_a_minute_opens_with_five_minutes_until_another_window_is_chosen() -> None:
    async with staged(engine=Young()) as (app, pilot):
        plot = app.host.charts[0].plot
        assert plot.end - plot.start == 300
        await pilot.press("plus")
        await settle(pilot)
        plot = app.host.charts[0].plot
        assert plot.end - plot.start == 1800


async def test_the_arrow_keys_move_one_cursor_through_all_charts_and_escape_is_live_again() -> None:
    async with staged() as (app, pilot):
        await pilot.press("left", "left")
        moment = app.moment
        assert moment is not None
        assert EPOCH - 200 < moment < EPOCH
        assert {c.plot.cursor for c in app.host.charts} == {moment}
        assert app.host.sentence.startswith("At ")
        await pilot.press("right")
        assert app.moment is not None
        assert app.moment > moment
        await pilot.press("escape")
        assert app.moment is None
        assert app.host.charts[0].plot.cursor is None


async def test_the_cursor_moved_past_now_is_live() -> None:
    async with staged() as (app, pilot):
        await pilot.press("left", "right", "right")
        assert app.moment is None


async def test_the_cursor_beyond_the_left_edge_reaches_back_through_the_rings() -> None:
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        before = len(ranges(engine))
        for _ in range(6):
            await pilot.press("shift+left")
            await settle(pilot)
        assert app.moment is not None
        assert app.moment < EPOCH - 1800
        plot = app.host.charts[0].plot
        assert plot.start < app.moment < plot.end < EPOCH
        assert plot.series.times
        assert len(ranges(engine)) > before


async def test_a_moment_of_yesterday_is_loaded_around_it_and_frozen() -> None:
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        app.moment = EPOCH - 80_000
        await settle(pilot)
        plot = app.host.charts[0].plot
        assert plot.start < EPOCH - 80_000 < plot.end
        held = plot
        await second(app, pilot, engine)
        assert app.host.charts[0].plot == held
        app.moment = None
        await settle(pilot)
        assert app.host.charts[0].plot.end == app.now


async def test_frozen_charts_stand_still_while_samples_are_kept() -> None:
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        app.frozen_at = app.now
        await settle(pilot)
        held = app.host.charts[0].plot
        for _ in range(3):
            await second(app, pilot, engine)
        assert app.host.charts[0].plot.end == held.end
        app.frozen_at = None
        await settle(pilot)
        assert app.host.charts[0].plot.end == app.now
        assert max(app.host.charts[0].plot.series.times) > held.end


async def test_a_click_sets_the_cursor_under_the_pointer() -> None:
    async with staged() as (app, pilot):
        await pilot.click("#chart1", offset=(30, 6))
        await settle(pilot)
        assert app.moment is not None
        assert abs(app.moment - (EPOCH - 900)) < 180
        assert app.host.charts[1].has_focus


async def test_a_click_on_a_line_brings_its_metric_to_the_chart() -> None:
    async with staged(size=(80, 24)) as (app, pilot):
        await pilot.click("#lines", offset=(4, 0))
        await settle(pilot)
        assert charts(app) == ["cpu"]


async def test_m_lays_the_fleet_median_under_every_chart_and_takes_it_away() -> None:
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        await pilot.press("m")
        await settle(pilot)
        assert all(c.plot.median is not None for c in app.host.charts)
        assert sum(isinstance(q, MedianQuery) for q in engine.asked) == 4
        assert "median" in text(app)
        await pilot.press("m")
        assert all(c.plot.median is None for c in app.host.charts)


async def test_b_lays_yesterday_at_the_same_time_of_day() -> None:
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        await pilot.press("b")
        await settle(pilot)
        plot = app.host.charts[0].plot
        assert plot.yesterday is not None
        assert plot.start <= plot.yesterday.times[0] < plot.end
        assert any(q.end < EPOCH - 80_000 for q in ranges(engine))
        await pilot.press("b")
        assert app.host.charts[0].plot.yesterday is None


async def test_a_refused_median_is_said_and_harms_nothing() -> None:
    async with staged(engine=MadeUp([MedianQuery])) as (app, pilot):
        await pilot.press("m")
        await settle(pilot)
        assert any(isinstance(m, Toast) and "no median: gpu-003: the agent is too old" in m.text for m in app.heard)


async def test_o_shows_processes_now_or_at_the_cursor() -> None:
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        await pilot.press("o")
        await settle(pilot)
        assert "20 processes at" in text(app)
        assert "worker-0" in text(app)
        assert app.host.query_one(Pane).has_focus
        await pilot.press("left")
        await settle(pilot)
        assert [q.at for q in engine.asked if isinstance(q, ProcessesQuery)] == [None, app.moment]
        await pilot.press("o")
        assert "worker-0" not in text(app)


async def test_the_process_list_scrolls_and_keeps_its_heading() -> None:
    async with staged(size=(60, 15)) as (app, pilot):
        await pilot.press("o")
        await settle(pilot)
        await pilot.press("G")
        await settle(pilot)
        assert "worker-19" in text(app)
        assert "20 processes" in text(app)
        await pilot.press("g")
        await settle(pilot)
        assert "worker-0" in text(app)


async def test_i_shows_facts_and_why_metrics_are_missing() -> None:
    async with staged() as (app, pilot):
        await pilot.press("i")
        await settle(pilot)
        assert "SHA256:" in text(app)
        assert "canary" in text(app)
        assert "metrics measured" in text(app)


async def test_escape_peels_one_layer_and_never_leaves() -> None:
    async with staged() as (app, pilot):
        await pilot.press("left", "o", "z")
        await settle(pilot)
        await pilot.press("escape")
        assert not app.host.has_class("-zoomed")
        assert app.host.has_class("-pane")
        await pilot.press("escape")
        assert not app.host.has_class("-pane")
        assert app.moment is not None
        await pilot.press("escape")
        assert app.moment is None
        await pilot.press("escape")
        assert app.screen is app.host


async def test_z_gives_the_focused_chart_all_the_room() -> None:
    async with staged() as (app, pilot):
        await pilot.press("tab", "z")
        await settle(pilot)
        assert charts(app) == ["cpu"]
        assert app.host.charts[1].size.width == 120
        assert app.host.charts[1].size.height >= 34
        await pilot.press("full_stop")
        assert charts(app) != ["cpu"]
        await pilot.press("z")
        await settle(pilot)
        assert len(charts(app)) == 4


async def test_x_asks_for_a_shell_on_this_host() -> None:
    async with staged() as (app, pilot):
        await pilot.press("x")
        await settle(pilot)
        assert [m.host for m in app.heard if isinstance(m, ShellWanted)] == ["gpu-003"]


async def test_y_copies_the_sentence_and_the_figures() -> None:
    async with staged() as (app, pilot):
        await pilot.press("y")
        await settle(pilot)
        [copied] = [m.text for m in app.heard if isinstance(m, CopyOut)]
        assert copied.splitlines()[1] == app.host.sentence
        assert any(line.startswith("cpu  ") for line in copied.splitlines())


async def test_the_export_holds_exactly_the_curves_of_the_visible_charts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = MadeUp()
    async with staged(engine=engine) as (app, pilot):
        await pilot.press("Y", "down", "down", "enter")
        await settle(pilot)
        [path] = tmp_path.iterdir()
        rows = [json.loads(line) for line in path.read_text().splitlines()]
        shown = app.host.charts[0].plot.series
        key = f"{app.host.state.charted[0]} (s)"
        assert [r[key] for r in rows if r[key] is not None] == list(shown.mean)
        assert rows[0]["time"] != rows[0]["host_time"]
        assert any(isinstance(i, Note) and i.verb == "export" for i in engine.done)
        await pilot.press("Y", "c")
        await pilot.press("Y", "c")
        await settle(pilot)
        assert sorted(p.suffix for p in tmp_path.iterdir()) == [".csv", ".csv", ".jsonl"]


async def test_a_picture_is_exported_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with staged(size=(80, 24)) as (_, pilot):
        await pilot.press("Y", "s")
        await settle(pilot)
        [path] = tmp_path.iterdir()
        assert path.read_text().startswith("<svg")


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with staged() as (app, pilot):
        monkeypatch.setattr(Path, "cwd", classmethod(lambda cls: tmp_path / "gone"))
        await pilot.press("Y", "t")
        await settle(pilot)
        assert any(isinstance(m, Toast) and "could not be written" in m.text for m in app.heard)


async def test_the_process_list_is_what_is_exported_while_it_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with staged() as (_, pilot):
        await pilot.press("o")
        await settle(pilot)
        await pilot.press("Y", "c")
        await settle(pilot)
        [path] = tmp_path.iterdir()
        assert path.read_text().splitlines()[0] == "pid,user,cores,memory_bytes,name,command"


async def test_charts_are_painted_when_a_sample_came_and_only_where_they_are_seen() -> None:
    engine = MadeUp()
    async with staged(engine=engine, size=(80, 24)) as (app, pilot):
        painted = [c.remembered.painted for c in app.host.charts]
        assert painted[0] > 0
        assert painted[1:] == [0, 0, 0]
        await pilot.pause()
        assert [c.remembered.painted for c in app.host.charts] == painted
        drawn = app.host.charts[0].plot
        await second(app, pilot, engine)
        assert app.host.charts[0].plot != drawn


async def test_every_chart_can_be_focused_and_every_key_has_an_id() -> None:
    async with staged() as (app, _):
        assert all(isinstance(c, Chart) and c.focusable for c in app.host.charts)
        assert all(b.id for b in app.host._bindings.key_to_bindings.get("m", []))
