"""Windows without rollouts: what is in them, across midnights and weeks, and what is no window."""

from datetime import UTC, datetime

import pytest

from clawtui.deploy.freeze import frozen, window

WEEKEND, NIGHT, HOLIDAY = "Fri 16:00 - Mon 08:00", "22:00 - 06:00", "2026-12-23 12:00 - 2027-01-04 08:00"


def at(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "now", "held"),
    [
        (WEEKEND, "2026-11-27 15:59", False),  # a Friday
        (WEEKEND, "2026-11-27 16:00", True),
        (WEEKEND, "2026-11-29 00:00", True),
        (WEEKEND, "2026-11-30 07:59", True),
        (WEEKEND, "2026-11-30 08:00", False),
        ("Mon 08:00 - Fri 16:00", "2026-11-25 12:00", True),
        ("Mon 08:00 - Fri 16:00", "2026-11-28 12:00", False),
        (NIGHT, "2026-11-24 23:00", True),
        (NIGHT, "2026-11-24 05:59", True),
        (NIGHT, "2026-11-24 06:00", False),
        ("12:00 - 13:00", "2026-11-24 12:30", True),
        (HOLIDAY, "2026-12-31 23:59", True),
        (HOLIDAY, "2027-01-04 08:00", False),
        (HOLIDAY, "2027-12-31 23:59", False),
    ],
)
def test_a_window_holds_what_lies_in_it(text: str, now: str, held: bool) -> None:
    assert window(text).holds(at(now)) is held


@pytest.mark.parametrize(
    ("text", "now", "end"),
    [
        (WEEKEND, "2026-11-27 16:00", "2026-11-30 08:00"),
        (NIGHT, "2026-11-24 23:00", "2026-11-25 06:00"),
        (NIGHT, "2026-11-25 01:00", "2026-11-25 06:00"),
        (HOLIDAY, "2026-12-24 00:00", "2027-01-04 08:00"),
    ],
)
def test_a_window_says_when_it_is_over(text: str, now: str, end: str) -> None:
    assert window(text).ends(at(now)) == at(end)


def test_of_several_windows_the_one_that_ends_last_counts() -> None:
    windows = [window(NIGHT), window(WEEKEND), window("12:00 - 13:00")]
    found = frozen(windows, at("2026-11-28 23:00"))
    assert found is not None
    assert found.text == WEEKEND
    assert frozen(windows, at("2026-11-25 15:00")) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fri 16:00", "is no window"),
        ("Fri 16:00 - 08:00", "in two ways"),
        ("Fry 16:00 - Mon 08:00", "Fry is no day"),
        ("25:00 - 26:00", "25:00 is no time of day"),
        ("2026-13-01 00:00 - 2026-14-01 00:00", "2026-13-01 is no date"),
        ("2026-12-02 00:00 - 2026-12-01 00:00", "ends before it begins"),
        ("10:00 - 10:00", "ends when it begins"),
    ],
)
def test_what_is_no_window_is_said(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        window(text)
