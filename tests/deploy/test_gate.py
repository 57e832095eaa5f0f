"""The canary against the rest."""

import pytest

from clawtui.deploy.gate import Reading, Traffic, Verdict, gates, verdict
from clawtui.deploy.spec import GateLimits

LIMITS = GateLimits(error_ratio=0.005, p95=0.2, requests=50)
OTHERS = Traffic(1000, 1, 0.100, healthy=True)


def judged(canary: Traffic, others: Traffic = OTHERS) -> dict[str, Reading]:
    return {reading.name: reading for reading in gates(LIMITS, canary, others)}


@pytest.mark.parametrize(
    ("canary", "said"),
    [
        (Traffic(100, 0, 0.110, healthy=True), Verdict.PASS),
        (Traffic(100, 5, 0.110, healthy=True), Verdict.FAIL),
        (Traffic(100, 0, 0.130, healthy=True), Verdict.FAIL),
        (Traffic(49, 0, 0.110, healthy=True), Verdict.INCONCLUSIVE),
        (Traffic(100, 0, 0.110, healthy=False), Verdict.FAIL),
        (Traffic(100, 0, 0.110, healthy=None), Verdict.INCONCLUSIVE),
        (Traffic(0, 0, None, healthy=True), Verdict.INCONCLUSIVE),
    ],
)
def test_the_worst_gate_decides(canary: Traffic, said: Verdict) -> None:
    assert verdict(gates(LIMITS, canary, OTHERS)) is said


def test_the_limit_is_the_others_and_so_much_more() -> None:
    found = judged(Traffic(100, 0, 0.1, healthy=True))
    assert found["p95"].limit == pytest.approx(0.12)
    assert found["error ratio"].limit == pytest.approx(0.006)


def test_a_small_breach_waits_for_the_end_and_a_large_one_does_not() -> None:
    assert not judged(Traffic(100, 0, 0.130, healthy=True))["p95"].outright
    assert judged(Traffic(100, 0, 0.200, healthy=True))["p95"].outright
    assert judged(Traffic(100, 10, 0.1, healthy=True))["error ratio"].outright


def test_the_last_wave_has_nobody_to_be_compared_with_and_may_be_slow_but_not_wrong() -> None:
    alone = Traffic()
    assert judged(Traffic(100, 0, 9.0, healthy=True), alone)["p95"].verdict is Verdict.PASS
    assert judged(Traffic(100, 9, 9.0, healthy=True), alone)["error ratio"].verdict is Verdict.FAIL


def test_what_is_not_to_be_judged_is_not() -> None:
    made = gates(GateLimits(None, None), Traffic(healthy=True), Traffic())
    assert [reading.name for reading in made] == ["healthy"]
    assert verdict(made) is Verdict.PASS
