"""When an upgrade has lost history, and when it only made room."""

from typing import Any

import pytest

from clawtui.fleet.agent.past import lost


def hello(clock: float, *notes: str, **first: float) -> dict[str, Any]:
    rings = [{"tier": tier.removeprefix("t"), "step": 1, "slots": 9, "first": at} for tier, at in first.items()]
    return {"clock": clock, "rings": rings, "notes": list(notes)}


BEFORE = hello(1000.0, t1s=500.0, t1m=200.0)


@pytest.mark.parametrize(
    ("after", "words"),
    [
        (hello(1010.0, t1s=500.0, t1m=200.0, t1h=200.0), ""),
        (hello(1010.0, t1s=510.0, t1m=210.0), ""),  # both rings are full and went on
        (hello(1010.0, "ring full: oldest segment dropped (1s-0001.ring)", t1s=1004.0, t1m=200.0), ""),
        (hello(1010.0, "ring set aside: x", t1s=1004.0, t1m=1004.0), "(1s, 1m): ring set aside: x"),
        (hello(1010.0, "no rings: \x1b[2Jdisk"), "(1s, 1m): no rings: "),
        (hello(1010.0, t1s=500.0), "(1m)"),
        ({"rings": [7, {}], "clock": "x", "notes": 3}, "(1s, 1m)"),
    ],
)
def test_a_tier_that_begins_later_than_it_did_is_history_lost(after: dict[str, Any], words: str) -> None:
    said = lost(BEFORE, after)
    assert words in said
    assert bool(said) is bool(words)
    assert said.isprintable()


def test_where_there_was_none_nothing_is_lost() -> None:
    assert lost({}, hello(1010.0)) == ""
