"""What the gates read, of several hosts together."""

import pytest

from clawtui.deploy.bake import Probes, p95, together
from clawtui.deploy.gate import Traffic


def test_requests_are_summed_and_the_slowest_host_counts() -> None:
    made = together([Traffic(100, 1, 0.1, healthy=True), Traffic(50, 0, 0.3, healthy=True)])
    assert made == Traffic(150, 1, 0.3, healthy=True)


@pytest.mark.parametrize(
    ("answers", "healthy"),
    [((True, True), True), ((True, False), False), ((True, None), None), ((False, None), False), ((), None)],
)
def test_one_sick_host_makes_a_wave_sick_and_one_unknown_makes_it_unknown(
    answers: tuple[bool | None, ...], healthy: bool | None
) -> None:
    assert together(Traffic(healthy=answer) for answer in answers).healthy is healthy


def test_answers_of_the_service_stand_for_requests_where_no_agent_tells() -> None:
    probes = Probes()
    for second in range(20):
        probes.add(well=second != 3, seconds=0.01 * (second + 1))
    assert probes.traffic == Traffic(20, 1, pytest.approx(0.2), healthy=True)


def test_the_95th_percentile_is_a_value_that_was_measured() -> None:
    assert p95([]) is None
    assert p95([1.0]) == 1.0
    assert p95([float(n) for n in range(1, 101)]) == 96.0
