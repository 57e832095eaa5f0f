"""Small plans for tests."""

from clawtui.deploy.plan import Change, HostPlan, Pace, RolloutPlan, Wave
from clawtui.deploy.spec import GateLimits, Health, OnLost
from clawtui.deploy.step import Phase, Step

STEPS = (
    Step("01-tree", "tree", Phase.STAGE, "release R2", {"release": "R2"}),
    Step("02-instance", "instance", Phase.SWITCH, "start bot@R2", {"unit": "clawtui-bot@R2.service"}),
    Step("03-switch", "switch", Phase.SWITCH, "switch to R2"),
    Step("04-verify", "verify", Phase.SWITCH, "ask it"),
    Step("05-keep", "keep", Phase.KEEP, "keep R2"),
    Step("06-prune", "prune", Phase.FINISH, "keep 3 releases"),
)


def plan(
    *waves: tuple[str, ...],
    bake_s: float = 0.0,
    at_once: int = 9,
    unreachable: int = 0,
    on_lost: OnLost = OnLost.REVERT,
    gates: GateLimits | None = None,
) -> RolloutPlan:
    """A rollout of R2 over these hosts, all of which serve R1."""
    limits = gates or GateLimits(None, None)
    return RolloutPlan(
        id="20261124T120000-bot-ab12",
        context="test",
        service="bot",
        place="/srv/clawtui/bot",
        release="R2",
        made=1000.0,
        by="ana",
        spec="/x/service.toml",
        pace=Pace(at_once, unreachable, bake_s, 120.0, on_lost, limits, 3),
        health=Health(),
        waves=tuple(Wave(str(number), hosts) for number, hosts in enumerate(waves, 1)),
        hosts=tuple(
            HostPlan(name, "R1", STEPS, (Change("release", "bot", "R1", "R2"),)) for wave in waves for name in wave
        ),
    )
