"""What a plan warns of before anything is done."""

import pytest

from clawtui.deploy.drafting import short_bake
from clawtui.deploy.spec import GateLimits, Rollout


@pytest.mark.parametrize(
    ("bake_s", "gates", "warned"),
    [
        (60.0, GateLimits(), False),
        (5.0, GateLimits(), True),
        (5.0, GateLimits(p95=None), True),
        (5.0, GateLimits(requests=5), False),
        (0.0, GateLimits(error_ratio=None, p95=None), False),
    ],
)
def test_a_bake_too_short_for_its_gates_is_said_before_it_pauses(
    bake_s: float, gates: GateLimits, warned: bool
) -> None:
    assert bool(short_bake(Rollout(bake_s=bake_s, gates=gates))) is warned
