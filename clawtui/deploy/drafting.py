"""A plan from what is wanted and what was found. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from clawtui.deploy import edge
from clawtui.deploy.facts import Facts
from clawtui.deploy.far import Message
from clawtui.deploy.gate import ASK_S
from clawtui.deploy.plan import Blob, Change, HookPlan, HostPlan, Left, Pace, RolloutPlan
from clawtui.deploy.spec import Replace, Rollout, Spec
from clawtui.deploy.step import Step
from clawtui.deploy.waves import ordered
from clawtui.fleet.host import Host
from clawtui.fleet.waves import amount

OFF_S = 5.0
# a clock that is further off spoils certificates and the order of logs
SUPPORTED = ("debian", "ubuntu")
DIFF = 400
# lines of one change that a plan holds


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be rolled out, by whom, and when it was planned."""

    spec: Spec
    context: str
    release: str
    id: str
    by: str
    now: float
    blobs: tuple[Blob, ...] = ()
    warnings: tuple[str, ...] = ()


def drafted(wish: Wish, hosts: Sequence[Host], plans: Mapping[str, HostPlan], left: tuple[Left, ...]) -> RolloutPlan:
    """The whole plan; why it cannot be carried out stands in `refused`."""
    spec, rollout = wish.spec, wish.spec.rollout
    reached = [host for host in hosts if host.name in plans]
    differ = [host for host in reached if plans[host.name].changes or plans[host.name].conflicts]
    made = RolloutPlan(
        id=wish.id,
        context=wish.context,
        service=spec.name,
        place=spec.place,
        release=wish.release,
        made=wish.now,
        by=wish.by,
        spec=str(spec.file),
        pace=Pace(
            at_once=max(1, amount(rollout.max_unavailable, len(hosts))),
            unreachable=amount(rollout.unreachable, len(hosts)),
            bake_s=rollout.bake_s,
            dead_man_s=rollout.dead_man_s,
            on_lost=rollout.on_lost,
            gates=rollout.gates,
            keep=rollout.keep,
        ),
        health=spec.health,
        waves=ordered(differ, rollout),
        hosts=tuple(plans[host.name] for host in differ),
        same=tuple(host.name for host in reached if host not in differ),
        left=left,
        blobs=wish.blobs,
        secrets=tuple(secret.name for secret in spec.secrets),
        hooks=_hooks(spec),
        freeze=rollout.freeze,
        warnings=(*wish.warnings, *short_bake(rollout)),
    )
    return replace(made, refused=_refused(made))


def host_plan(
    spec: Spec,
    name: str,
    facts: Facts,
    release: str,
    steps: Sequence[Step],
    looks: Mapping[str, Message],
    now: float,
    unfit: Sequence[str] = (),
) -> HostPlan:
    """One host: what its steps' checks have found is what will be different."""
    changes, conflicts = list[Change](), list(unfit)
    for step in steps:
        look = looks.get(step.id, {})
        words = str(look.get("words", "")) or step.words
        if look.get("state") == "conflict":
            conflicts.append(f"{step.words}: {words}")
        if look.get("state") in ("differs", "conflict"):
            found = cast("list[object]", look.get("diff") or [])
            diff = tuple(map(str, found[:DIFF]))
            changes.append(Change(step.kind, step.words, after=words, diff=diff))
    before = facts.state.current
    if before != release:
        changes.append(Change("serves", spec.name, before or "nothing", release))
    downtime = spec.run.stop_s if spec.run and spec.rollout.replace is Replace.IN_PLACE and facts.state.live else 0.0
    return HostPlan(
        name=name,
        before=before,
        steps=tuple(steps) if changes else (),
        changes=tuple(changes),
        warnings=(*_warnings(spec, facts, now), *edge.warnings(spec, facts, now)),
        conflicts=tuple(conflicts),
        downtime_s=downtime,
    )


def _hooks(spec: Spec) -> HookPlan:
    hooks = spec.hooks
    before, after, drain = (str(path or "") for path in (hooks.before, hooks.after, hooks.drain))
    return HookPlan(before, after, drain, hooks.timeout_s)


def _refused(plan: RolloutPlan) -> str:
    conflicts = [f"{host.name}: {words}" for host in plan.hosts for words in host.conflicts]
    if conflicts:
        more = f" (and {len(conflicts) - 1} more)" if len(conflicts) > 1 else ""
        return f"{conflicts[0]}{more}"
    if not plan.hosts and not plan.same:
        return "no host can be reached: " + "; ".join(f"{gone.name}: {gone.why}" for gone in plan.left[:3])
    if len(plan.left) > plan.pace.unreachable:
        named = ", ".join(gone.name for gone in plan.left[:3])
        return f"{len(plan.left)} cannot be reached ({named}), {plan.pace.unreachable} may be left behind"
    return ""


def _warnings(spec: Spec, facts: Facts, now: float) -> tuple[str, ...]:
    """What goes on all the same, and may be regretted."""
    made = list[str]()
    disk = facts.disk.get(spec.place)
    if facts.os.id and facts.os.id not in SUPPORTED:
        made.append(f"{facts.os.id} {facts.os.version} is not tried: packages there are only looked at")
    if facts.systemd is None:
        made.append("no systemd: it does not go back by itself")
    if facts.clock and abs(facts.clock - now) > OFF_S:
        made.append(f"its clock is off by {facts.clock - now:+.0f} s")
    if spec.artifacts and disk and disk.system:
        made.append(f"{spec.place} lies on the system's disk, and so will {len(spec.artifacts)} artifacts")
    if spec.run and spec.run.memory and facts.memory.available and spec.run.memory * 2 > facts.memory.available:
        made.append(f"two instances may take {spec.run.memory * 2} bytes, {facts.memory.available} are free")
    return tuple(made)


def short_bake(rollout: Rollout) -> tuple[str, ...]:
    """Fewer answers of the service, asked while a wave bakes, than the gates want are no verdict without traffic."""
    gates = rollout.gates
    if (gates.error_ratio is None and gates.p95 is None) or rollout.bake_s >= gates.requests * ASK_S:
        return ()
    words = f"a bake of {rollout.bake_s:g} s gives too few answers for the gates, which want {gates.requests}"
    return (f"{words}: it pauses then, unless an agent counts traffic; a longer bake, or gates = off",)


def no_room(spec: Spec, facts: Facts, blobs: Sequence[Blob]) -> str:
    """Why the host stays behind as one that is not reached does; empty where there is room for twice what comes."""
    disk = facts.disk.get(spec.place)
    wanted = sum(blob.size for blob in blobs if facts.blobs.get(blob.sha256) is None)
    if disk is None or not disk.total or disk.free > 2 * wanted or not wanted:
        return ""
    return f"{disk.free} bytes are free on {disk.mount}, {2 * wanted} are wanted (twice what comes)"


def unfit(spec: Spec, facts: Facts) -> tuple[str, ...]:
    """What keeps a host from taking the release at all."""
    made = list[str]()
    if facts.python is None or facts.python.error:
        why = facts.python.error if facts.python else "there is none"
        made.append(f"environment.python {spec.environment.python}: {why}")
    elif (
        spec.environment.lock
        and not facts.python.venv
        and not any("venv" in name for name in spec.environment.packages)
    ):
        made.append("python3-venv is not there: name it in environment.packages")
    return tuple(made)


def kept_name(seal: str, facts: Mapping[str, Facts], stamp: str) -> str:
    """The id of a release: the one that hosts know by this seal already, else a new one."""
    known = [facts[name].state.current for name in facts] + [one for fact in facts.values() for one in fact.releases]
    return next((release for release in known if release.endswith(f"-{seal}")), f"{stamp}-{seal}")
