"""The recent past: bounded, honest about holes, filled from a ring without touching what was seen live."""

import math

import pytest

from clawtui.metrics.histogram import Buckets, exact, percentile, summed
from clawtui.metrics.series import Series, medians


def test_values_are_means_of_steps_oldest_first_with_holes() -> None:
    series = Series(step_s=10.0, steps=4)
    for at, value in ((100.0, 1.0), (105.0, 3.0), (121.0, 5.0), (122.0, None)):
        series.add(at, value)
    assert series.values(125.0) == (None, 2.0, None, 5.0)
    assert series.values(131.0) == (2.0, None, 5.0, None)
    assert series.values(1000.0) == (None, None, None, None)


def test_old_steps_fall_out_and_late_values_find_theirs() -> None:
    series = Series(step_s=10.0, steps=3)
    for at in range(0, 1000, 10):
        series.add(float(at), float(at))
    series.add(985.0, 0.0)
    series.add(100.0, 7.0)
    assert series.values(999.0) == (970.0, 490.0, 990.0)


def test_a_jump_forward_leaves_nothing_old_behind() -> None:
    series = Series(step_s=10.0, steps=3)
    series.add(5.0, 1.0)
    series.add(5000.0, 2.0)
    assert series.values(5000.0) == (None, None, 2.0)


def test_the_past_fills_holes_only() -> None:
    series = Series(step_s=10.0, steps=4)
    series.add(125.0, 9.0)
    series.fill([(95.0, 1.0), (105.0, 2.0), (108.0, 4.0), (125.0, 0.0), (0.0, 5.0)])
    assert series.values(129.0) == (1.0, 3.0, None, 9.0)


def test_filling_an_empty_series_works() -> None:
    series = Series(step_s=10.0, steps=2)
    series.fill([(95.0, 1.0), (105.0, None)])
    assert series.values(99.0) == (None, 1.0)


def test_medians_pass_over_what_is_unknown() -> None:
    assert medians([(1.0, None), (3.0, None), (9.0, 4.0)]) == (3.0, 4.0)
    assert medians([]) == ()


EDGES = (0.1, 0.5, math.inf)


@pytest.mark.parametrize(
    ("counts", "share", "value"),
    [
        ((95.0, 100.0, 100.0), 0.95, 0.1),
        ((0.0, 100.0, 100.0), 0.5, 0.3),
        ((50.0, 90.0, 100.0), 0.95, None),
        ((0.0, 0.0, 0.0), 0.5, None),
        ((10.0, 10.0, 10.0), 1.0, 0.1),
    ],
)
def test_percentiles_are_exact_at_edges_interpolated_between_and_unknown_beyond(
    counts: tuple[float, ...], share: float, value: float | None
) -> None:
    assert percentile(Buckets(EDGES, counts), share) == (None if value is None else pytest.approx(value))


def test_buckets_of_several_hosts_are_summed_at_shared_edges() -> None:
    one, two = Buckets((0.1, 0.5, math.inf), (1, 2, 3)), Buckets((0.5, 1.0, math.inf), (10, 20, 30))
    assert summed([one, two]) == Buckets((0.5, math.inf), (12, 33))
    assert summed([]) is None
    assert summed([Buckets((1.0,), (1,)), Buckets((2.0,), (1,))]) is None


def test_a_limit_is_exact_only_at_an_edge() -> None:
    assert exact((50, 500), 0.5)
    assert not exact((50, 400), 0.5)
