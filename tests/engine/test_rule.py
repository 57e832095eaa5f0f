"""Judging: hold, hysteresis, guards, holes and clocks, by table and against an independent oracle."""

import random
from itertools import pairwise

import pytest

from clawtui.alerts.rule import UNJUDGED, Bound, Reason, Rule, Severity, Verdict, judge

HIGH = Rule("high", Bound("cpu.busy", True, 0.85), Bound("cpu.busy", False, 0.75), 5.0, Severity.WARNING, "ratio")
LOW = Rule("low", Bound("m", False, 500.0), Bound("m", True, 600.0), 0.0, Severity.CRITICAL, "bytes")
GUARDED = Rule(
    "err", Bound("e", True, 0.05), Bound("e", False, 0.04), 0.0, Severity.CRITICAL, "ratio", Bound("r", True, 0.2)
)

Step = tuple[float, float | None]


def run(rule: Rule, steps: list[Step], beside: float | None = None) -> list[Verdict]:
    verdicts, verdict = [], UNJUDGED
    for at, value in steps:
        verdict = judge(rule, verdict, value, beside, at)
        verdicts.append(verdict)
    return verdicts


def seconds(*values: float | None, start: float = 100.0) -> list[Step]:
    return [(start + second, value) for second, value in enumerate(values)]


@pytest.mark.parametrize(
    ("values", "firing", "reason"),
    [
        ([0.5], False, Reason.WITHIN),
        ([0.85] * 10, False, Reason.WITHIN),
        ([0.9] * 5, False, Reason.CROSSED),
        ([0.9] * 6, True, Reason.HELD),
        ([0.9, 0.9, 0.9, 0.84, 0.9, 0.9, 0.9, 0.9, 0.9], False, Reason.CROSSED),
        ([0.9] * 6 + [0.8], True, Reason.NOT_CLEARED),
        ([0.9] * 6 + [0.8] * 100, True, Reason.NOT_CLEARED),
        ([0.9] * 6 + [0.74], False, Reason.WITHIN),
        ([0.9] * 6 + [0.75], True, Reason.NOT_CLEARED),
        ([None], False, Reason.NO_DATA),
        ([0.9] * 6 + [None] * 50, True, Reason.NO_DATA),
        ([0.9, None, None, 0.9, None, 0.9], True, Reason.HELD),
    ],
)
def test_a_breach_is_held_before_it_fires_and_cleared_before_it_ends(
    values: list[float | None], firing: bool, reason: Reason
) -> None:
    last = run(HIGH, seconds(*values))[-1]
    assert (last.firing, last.reason) == (firing, reason)


def test_since_is_the_first_crossing_and_survives_the_dip_that_does_not_clear() -> None:
    verdicts = run(HIGH, seconds(0.5, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.8, 0.9))
    assert verdicts[-1].since == 101.0
    assert verdicts[-1].value == 0.9


def test_a_rule_for_too_little_fires_below_its_limit() -> None:
    assert [verdict.firing for verdict in run(LOW, seconds(501, 500, 499, 550, 601))] == [
        False,
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("beside", "firing", "reason"),
    [(0.3, True, Reason.HELD), (0.2, False, Reason.TOO_LITTLE), (None, False, Reason.NO_DATA)],
)
def test_a_guard_keeps_a_rule_quiet_where_the_value_means_nothing(
    beside: float | None, firing: bool, reason: Reason
) -> None:
    verdict = run(GUARDED, seconds(0.5), beside)[-1]
    assert (verdict.firing, verdict.reason) == (firing, reason)


def test_an_unknown_guard_does_not_resolve_a_breach_but_a_known_one_does() -> None:
    firing = judge(GUARDED, UNJUDGED, 0.5, 1.0, 1.0)
    assert judge(GUARDED, firing, 0.5, None, 2.0).firing
    assert not judge(GUARDED, firing, 0.5, 0.0, 2.0).firing


@pytest.mark.parametrize(
    ("second_at", "firing"),
    [(103.0, False), (108.0, False), (99.0, False), (50.0, False)],
    ids=["short hole", "long hole", "clock back a second", "clock back"],
)
def test_a_hold_is_never_made_of_what_nobody_saw(second_at: float, firing: bool) -> None:
    assert run(HIGH, [(100.0, 0.9), (second_at, 0.9)])[-1].firing is firing


def test_a_short_hole_does_not_restart_the_hold() -> None:
    assert run(HIGH, [(100.0, 0.9), (103.0, 0.9), (105.0, 0.9)])[-1].firing


def oracle(steps: list[Step]) -> list[bool]:
    """The same rule said differently: looks back over all samples each time. No holes here."""
    firing, told = False, []
    for number, (at, value) in enumerate(steps):
        assert value is not None
        if firing:
            firing = not value < HIGH.clear.limit
        else:
            run_of = []
            for earlier_at, earlier in reversed(steps[: number + 1]):
                if earlier is None or earlier <= HIGH.when.limit:
                    break
                run_of.append(earlier_at)
            firing = bool(run_of) and at - run_of[-1] >= HIGH.hold_s
        told.append(firing)
    return told


@pytest.mark.parametrize("seed", range(50))
def test_judging_step_by_step_agrees_with_looking_back_over_everything(seed: int) -> None:
    chance = random.Random(seed)
    level, values = 0.8, list[float | None]()
    for _ in range(400):
        level = min(1.0, max(0.6, level + chance.uniform(-0.06, 0.06)))
        values.append(level)
    steps = seconds(*values)
    # after an end within the clearing value the oracle and the rule both begin anew
    assert [verdict.firing for verdict in run(HIGH, steps)] == oracle(steps)


@pytest.mark.parametrize("seed", range(20))
def test_no_breach_that_is_held_is_lost_whatever_holes_there_are(seed: int) -> None:
    chance = random.Random(seed)
    steps = [(100.0 + second, None if chance.random() < 0.4 else 0.9) for second in range(60)]
    seen = [at for at, value in steps if value is not None]
    longest = max((b - a for a, b in pairwise(seen)), default=0.0)
    if longest <= 3.0:
        assert run(HIGH, steps)[-1].firing
    assert sum(a.firing and not b.firing for a, b in pairwise(run(HIGH, steps))) == 0


def test_hovering_at_the_limit_is_one_breach_not_many() -> None:
    values = [0.9] * 10 + [0.84, 0.86] * 500
    verdicts = run(HIGH, seconds(*values))
    assert sum(not a.firing and b.firing for a, b in pairwise(verdicts)) == 1
