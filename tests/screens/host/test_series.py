"""History and live samples become the points that a painter draws."""

from clawtui_screens.widgets.chart_series import Series, Track, runs, split


def flat(values: list[float | None], step_s: float = 1.0) -> Series:
    times = tuple(i * step_s for i in range(len(values)))
    return Series(times, tuple(values), tuple(values), tuple(values), step_s)


def test_a_spike_of_one_second_survives_a_day_in_fifty_columns() -> None:
    values: list[float | None] = [1.0] * 86_400
    values[40_000] = 99.0
    [run] = runs(flat(values), 0, 86_400, 50)
    assert max(v for _, v in run) == 99.0
    assert len(run) <= 100


def test_minimum_and_maximum_stand_in_the_order_in_which_they_came() -> None:
    [run] = runs(flat([5, 9, 1, 5]), 0, 4, 1)
    assert [v for _, v in run] == [9, 1]
    [run] = runs(flat([5, 1, 9, 5]), 0, 4, 1)
    assert [v for _, v in run] == [1, 9]


def test_a_gap_stays_a_gap() -> None:
    assert [[v for _, v in run] for run in runs(flat([1, 2, None, None, 3, 4]), 0, 6, 6)] == [[1, 2], [3, 4]]


def test_silence_without_any_record_is_a_gap_too() -> None:
    series = Series((0, 1, 2, 60, 61), (1,) * 5, (1,) * 5, (1,) * 5, 1.0)
    assert len(runs(series, 0, 62, 62)) == 2


def test_coarse_steps_are_joined_even_where_columns_lie_between_them() -> None:
    assert len(runs(flat([1, 2, 3, 4], step_s=30), 0, 120, 100)) == 1


def test_the_extremes_of_a_thinned_step_are_both_drawn() -> None:
    series = Series((0.0, 60.0), (1.0, 2.0), (5.0, 5.0), (9.0, 8.0), 60.0)
    [run] = runs(series, 0, 120, 60)
    assert sorted(v for _, v in run) == [1, 2, 8, 9]


def test_an_empty_window_and_no_columns_give_nothing() -> None:
    assert runs(flat([1, 2]), 5, 5, 10) == []
    assert runs(flat([1, 2]), 0, 5, 0) == []
    assert runs(Series(), 0, 5, 10) == []


def test_the_part_beyond_the_limit_begins_exactly_at_the_limit() -> None:
    pieces = split([(0, 400), (1, 600), (2, 600), (3, 400)], 500, above=True)
    assert [bad for bad, _ in pieces] == [False, True, False]
    assert pieces[1][1][0] == (0.5, 500)
    assert pieces[1][1][-1] == (2.5, 500)


def test_a_lower_limit_is_broken_from_below() -> None:
    assert [bad for bad, _ in split([(0, 600), (1, 400)], 500, above=False)] == [False, True]
    assert [bad for bad, _ in split([(0, 500)], 500, above=False)] == [False]


def test_live_samples_follow_history_without_doubling_it() -> None:
    track = Track(1.0, 300)
    for t in range(8, 13):
        track.append(float(t), 2.0)
    history = [float(t) for t in range(10)]
    track.load(history, [1.0] * 10, [1.0] * 10, [1.0] * 10, 1.0)
    assert track.series(0, 20).times == tuple(float(t) for t in range(13))
    assert track.series(0, 20).mean[9:11] == (1.0, 2.0)


def test_live_samples_fold_into_the_steps_of_a_long_window() -> None:
    track = Track(60.0, 86_400)
    for t in range(120):
        track.append(float(t), 100.0 if t == 30 else 1.0)
    series = track.series(0, 200)
    assert series.times == (0.0, 60.0)
    assert series.high == (100.0, 1.0)
    assert series.low == (1.0, 1.0)
    assert series.mean[0] == (100 + 59) / 60


def test_an_unknown_sample_is_a_gap_and_a_sample_from_the_past_is_dropped() -> None:
    track = Track(1.0, 300)
    track.append(10.0, 1.0)
    track.append(11.0, None)
    track.append(5.0, 7.0)
    assert track.series(0, 20).mean == (1.0, None)


def test_what_is_older_than_the_window_is_forgotten() -> None:
    track = Track(1.0, 100)
    for t in range(1000):
        track.append(float(t), 1.0)
    assert len(track.series(0, 1000).times) < 130


def test_the_value_at_a_moment_is_none_in_a_gap() -> None:
    series = Series((0.0, 1.0, 30.0), (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), (1.0, 2.0, 3.0), 1.0)
    assert series.at(1.2) == 2.0
    assert series.at(15.0) is None
    assert series.at(31.0) == 3.0
    assert Series().at(0.0) is None
