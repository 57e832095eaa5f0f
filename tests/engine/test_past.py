"""Which tier answers a question about the past."""

import pytest

from clawtui.engine.past import finer, tier_for
from clawtui.metrics.sample import RingInfo

DAY = 86_400.0
RINGS = (RingInfo("1s", 1, 86_400, 0.0), RingInfo("1m", 60, 43_200, 0.0))
THREE = (*RINGS, RingInfo("1h", 3600, 9600, 0.0))
SHORT = (RingInfo("1s", 1, 7200, 0.0), RingInfo("1m", 60, 1440, 0.0))
NOW = 100 * DAY


def test_what_the_coarse_tier_does_not_know_yet_is_sought_in_the_finer_ones() -> None:
    assert [finer(THREE, tier) for tier in ("1h", "1m", "1s")] == [("1m", "1s"), ("1s",), ()]


@pytest.mark.parametrize(
    ("rings", "back_s", "length_s", "points", "tier"),
    [
        (RINGS, 300, 300, 300, "1s"),
        (RINGS, 1800, 1800, 300, "1s"),
        (RINGS, DAY, DAY, 0, "1s"),
        (RINGS, DAY, DAY, 300, "1m"),
        (RINGS, 2 * DAY, 300, 300, "1m"),
        (RINGS, 90 * DAY, DAY, 300, "1m"),
        (THREE, DAY, DAY, 300, "1m"),
        (THREE, 7 * DAY, 7 * DAY, 150, "1h"),
        (THREE, 14 * DAY, 14 * DAY, 300, "1h"),
        (THREE, 90 * DAY, DAY, 300, "1h"),
        (THREE, 90 * DAY, 90 * DAY, 0, "1h"),
        (SHORT, 3600, 3600, 300, "1s"),
        (SHORT, 7300, 600, 300, "1m"),
        ((RingInfo("1s", 0, 5, 0.0),), 60, 60, 30, "1s"),
        ((), 60, 60, 30, "1s"),
    ],
)
def test_the_tier_that_reaches_and_is_as_fine_as_wanted(
    rings: tuple[RingInfo, ...], back_s: float, length_s: float, points: int, tier: str
) -> None:
    assert tier_for(rings, NOW - back_s, NOW - back_s + length_s, points, NOW) == tier
