"""Going back to a release that hosts have: the steps that served it then, once more; nothing is moved."""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from clawtui.deploy.facts import Facts
from clawtui.deploy.ledger import ledgers
from clawtui.deploy.plan import Change, HostPlan, RolloutPlan, Wave
from clawtui.deploy.runner_zip import packed
from clawtui.deploy.spec import GateLimits
from clawtui.deploy.step import Params, Phase, Step
from clawtui.deploy.survey import surveying
from clawtui.engine.deploying.yard import Yard
from clawtui.errors import ConfigError, UsageError
from clawtui.history.actions import operator

NEVER = "certificate"
# an older one is no better than the one that is there, and may have ended
SERVES = (Phase.SWITCH, Phase.KEEP, Phase.FINISH)


async def undoing(yard: Yard, service: str = "", release: str = "") -> RolloutPlan:
    """To `release`, else to the one before the newest that was rolled out."""
    known = await asyncio.to_thread(_known, yard, service)
    if not known:
        raise UsageError(
            f"no rollout{f' of {service}' if service else ''} is known here; deploy apply the older source"
        )
    newest = known[0]
    names = [*(host.name for host in newest.hosts), *newest.same, *(gone.name for gone in newest.left)]
    hosts = tuple(host for host in yard.fleet.hosts if host.name in names)
    runner = await asyncio.to_thread(packed)
    async with surveying(hosts, newest.service, newest.place, {}, yard.reach, runner) as survey:
        facts, left = dict(survey.facts), survey.behind
    wanted = release or _before(newest, facts)
    plans = {
        host.name: _host(newest, known, facts[host.name], host.name, wanted) for host in hosts if host.name in facts
    }
    same = tuple(name for name, plan in plans.items() if not plan.changes and not plan.conflicts)
    plans = {name: plan for name, plan in plans.items() if name not in same}
    now = datetime.now(UTC)
    placed = {name: wave for wave in newest.waves for name in wave.hosts}
    others = Wave("others", tuple(name for name in plans if name not in placed))
    backwards = tuple(
        replace(wave, hosts=tuple(name for name in wave.hosts if name in plans))
        for wave in (others, *reversed(newest.waves))
    )
    return replace(
        newest,
        id=f"{now:%Y%m%dT%H%M%S}-{newest.service}-undo",
        release=wanted,
        made=time.time(),
        by=operator(yard.environ),
        pace=replace(newest.pace, bake_s=0.0, gates=GateLimits(error_ratio=None, p95=None)),
        # that release has passed its gates; here it only has to be healthy
        waves=tuple(wave for wave in backwards if wave.hosts),
        hosts=tuple(plans.values()),
        same=same,
        left=left,
        blobs=(),
        secrets=(),
        refused=_refused(plans, same),
    )


def _refused(plans: Mapping[str, HostPlan], same: tuple[str, ...]) -> str:
    if not plans and not same:
        return "no host can be reached"
    return next((f"{plan.name}: {words}" for plan in plans.values() for words in plan.conflicts), "")


def _known(yard: Yard, service: str) -> list[RolloutPlan]:
    """Plans of this service in this context, the newest first."""
    mine = list[RolloutPlan]()
    for ledger in ledgers(yard.places):
        if service in ("", ledger.service):
            with contextlib.suppress(ConfigError):  # one that cannot be read is no way back; history says why
                mine.append(ledger.plan())
    mine = [plan for plan in mine if plan.context == yard.fleet.name]
    return [plan for plan in mine if plan.service == mine[0].service]


def _before(newest: RolloutPlan, facts: Mapping[str, Facts]) -> str:
    """The last confirmed release that is not the one that serves on most hosts."""
    current = [fact.state.current for fact in facts.values() if fact.state.current]
    serves = max(set(current), key=current.count) if current else ""
    for fact in facts.values():
        for release in (*fact.state.confirmed, fact.state.previous):
            if release and release != serves:
                return release
    raise UsageError(f"hosts know no release of {newest.service} before {serves or 'this'}; name one that they have")


def _host(newest: RolloutPlan, known: list[RolloutPlan], facts: Facts, name: str, release: str) -> HostPlan:
    """The steps of the rollout that brought it, with the unit that serves now as the old one."""
    if facts.state.current == release and facts.state.live.endswith(f"@{release}.service"):
        return HostPlan(name, release)
    then = next((plan for plan in known if plan.release == release and _has(plan, name)), None)
    if release not in facts.releases:
        return HostPlan(name, facts.state.current, conflicts=(f"release {release} is not there any more",))
    if then is None:
        words = f"which rollout brought {release} is not known on this machine: deploy apply its source"
        return HostPlan(name, facts.state.current, conflicts=(words,))
    steps = tuple(_again(step, facts) for step in then.host(name).steps if step.phase in SERVES and step.kind != NEVER)
    change = Change("serves", newest.service, facts.state.current or "nothing", release)
    return HostPlan(name, facts.state.current, steps, (change,))


def _has(plan: RolloutPlan, name: str) -> bool:
    return any(host.name == name and host.steps for host in plan.hosts)


def _again(step: Step, facts: Facts) -> Step:
    if "old_unit" not in step.params:
        return step
    params: Params = {**step.params, "old_unit": facts.state.live}
    return replace(step, params=params)
