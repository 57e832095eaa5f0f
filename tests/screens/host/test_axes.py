"""Limits, ticks and figures of the charts."""

import itertools
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from clawtui_screens.widgets.chart_axis import time_ticks, y_axis
from clawtui_screens.widgets.chart_units import scale_of

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC).timestamp()


def test_the_axis_always_holds_the_threshold() -> None:
    axis = y_axis((0.01, 0.02), 0.85, "ratio", 12)
    assert axis.low == 0
    assert axis.high == 1.0
    assert (axis.row(0.85), "85") in axis.ticks


def test_a_lower_limit_is_held_as_well() -> None:
    axis = y_axis((4e9, 6e9), 500e6, "bytes", 12)
    assert axis.low == 0
    assert axis.high >= 6e9
    assert (axis.row(500e6), "0.5") in axis.ticks


def test_percents_never_pass_a_hundred_while_the_data_do_not() -> None:
    assert y_axis((0, 0.99), 0.85, "ratio", 10).high == 1.0
    assert y_axis((0, 1.4), None, "ratio", 10).high >= 1.4


@pytest.mark.parametrize("height", [3, 4, 7, 12, 30])
@pytest.mark.parametrize("high", [0.0, 1e-9, 0.4, 3, 812, 9e3, 1e12])
def test_every_height_has_two_ticks_in_different_rows_inside(height: int, high: float) -> None:
    ticks = y_axis((0, high), None, "ms", height).ticks
    assert len(ticks) >= 2
    assert all(0 <= row < height for row, _ in ticks)


def test_a_negative_value_lowers_the_axis() -> None:
    axis = y_axis((-0.4, 0.2), None, "s", 10)
    assert axis.low <= -0.4
    assert axis.high >= 0.2


def test_without_any_data_the_axis_still_stands() -> None:
    assert len(y_axis(None, None, "count", 10).ticks) >= 2
    assert y_axis(None, 500, "ms", 10).high >= 500


def test_dots_map_the_edges_to_the_edges() -> None:
    axis = y_axis((0, 1000), 500, "ms", 10)
    assert axis.dot(axis.low) == 0
    assert axis.dot(axis.high) == 39
    assert axis.dot(axis.high * 9) == 39
    assert axis.row(axis.low) == 9


def test_time_ticks_are_round_times_and_do_not_touch() -> None:
    ticks = time_ticks(NOON - 1700, NOON + 100, 50, UTC)
    assert [text for _, text in ticks] == ["11:40", "11:50", "12:00"]
    assert all(b - a >= 9 for (a, _), (b, _) in itertools.pairwise(ticks))


def test_a_tick_stands_over_its_moment() -> None:
    middle = next(c for c, text in time_ticks(NOON - 900, NOON + 900, 101, UTC) if text == "12:00")
    assert middle + 2 == 50


def test_short_windows_show_seconds_and_long_ones_days() -> None:
    assert time_ticks(NOON, NOON + 60, 60, UTC)[0][1].count(":") == 2
    assert time_ticks(NOON, NOON + 5 * 86400, 60, UTC)[0][1].count("-") == 1


@pytest.mark.parametrize("width", [40, 52, 70, 110])
def test_weeks_and_months_have_dates_and_a_year_its_number(width: int) -> None:
    week = time_ticks(NOON - 7 * 86_400, NOON, width, UTC)
    year = time_ticks(NOON - 400 * 86_400, NOON, width, UTC)
    assert len(week) >= 2
    assert all(len(words) == 5 and words[2] == "-" for _, words in week)
    assert len(year) >= (2 if width > 40 else 1)
    assert all(len(words) == 10 for _, words in year)
    for ticks in (week, year):
        assert all(a + len(words) < b for (a, words), (b, _) in itertools.pairwise(ticks))


def test_dates_stand_at_midnight_of_the_zone_on_both_sides_of_a_change_of_clocks() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    end = datetime(2026, 11, 10, 12, tzinfo=berlin).timestamp()
    ticks = time_ticks(end - 30 * 86_400, end, 200, berlin)
    for column, words in ticks:
        at = end - 30 * 86_400 + (column + len(words) // 2) / 199 * 30 * 86_400
        month, day = map(int, words.split("-"))
        assert abs(at - datetime(2026, month, day, tzinfo=berlin).timestamp()) < 0.51 * 30 * 86_400 / 199
    days = [datetime.strptime(f"2026-{words}", "%Y-%m-%d").toordinal() for _, words in ticks]  # noqa: DTZ007 - a date
    assert len(days) > 10
    assert {b - a for a, b in itertools.pairwise(days)} == {2}


def test_ticks_are_round_in_the_operators_zone() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))
    assert all(text.endswith(("00", "30")) for _, text in time_ticks(NOON, NOON + 7200, 60, kathmandu))
    assert time_ticks(NOON, NOON + 7200, 60, ZoneInfo("Europe/Berlin"))[0][1] >= "13:00"


def test_no_room_means_no_ticks() -> None:
    assert time_ticks(NOON, NOON + 60, 5, UTC) == []
    assert time_ticks(NOON, NOON, 50, UTC) == []


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.713, "ratio", "71 %"),
        (0.021, "ratio", "2.1 %"),
        (0.0, "ratio", "0 %"),
        (0.00003, "ratio", "<0.01 %"),
        (1.0, "ratio", "100 %"),
        (812.4, "ms", "812 ms"),
        (2.5, "ms", "2.5 ms"),
        (12.3, "s", "12 s"),
        (0.812, "s", "812 ms"),
        (500e6, "bytes", "500 MB"),
        (1.25e9, "bytes", "1.2 GB"),
        (999, "bytes", "999 B"),
        (1000, "bytes", "1 kB"),
        (41_000, "bytes/s", "41 kB/s"),
        (88.2, "1/s", "88 /s"),
        (None, "ms", "—"),
        (float("nan"), "ms", "—"),
        (61, "degC", "61 °C"),
        (3, "count", "3"),
    ],
)
def test_figures_are_read_by_people(value: float | None, unit: str, words: str) -> None:
    assert scale_of(unit, value or 0.0).figure(value) == words


def test_one_chart_has_one_scale() -> None:
    scale = scale_of("bytes", 3e9)
    assert [scale.number(v) for v in (0, 5e8, 3e9)] == ["0", "0.5", "3"]
