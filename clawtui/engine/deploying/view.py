"""A rollout as people see it, from plan and state. Pure."""

import json

from clawtui.clean import clean
from clawtui.deploy.decision import Timer
from clawtui.deploy.gate import Reading
from clawtui.deploy.plan import HostPlan, RolloutPlan
from clawtui.deploy.rollout import At, Course, HostState, Job, RolloutState, left, wave_at
from clawtui.deploy.spec import OnLost
from clawtui.deploy.step import Step
from clawtui.engine.boundary.rollouts import (
    RolloutGate,
    RolloutHost,
    RolloutStep,
    RolloutTimer,
    RolloutTurn,
    RolloutUnreachable,
    RolloutView,
    RolloutWave,
)

SHOWN = 30
# lines of the log
OUTPUT = 40
# lines of one step
CODES = {"done": 0, "reverted": 1, "aborted": 1, "refused": 77, "stuck": 2}
DOING = {
    Job.LOCK: "locking",
    Job.STAGE: "staging",
    Job.SWITCH: "switching",
    Job.KEEP: "keeping",
    Job.FINISH: "finishing",
    Job.REVERT: "reverting",
}


def view(
    plan: RolloutPlan,
    state: RolloutState,
    now: float,
    *,
    timer: Timer | None = None,
    readings: tuple[Reading, ...] = (),
) -> RolloutView:
    """Everything that is shown."""
    doing = _doing(plan, state)
    return RolloutView(
        id=plan.id,
        context=plan.context,
        service=plan.service,
        release=plan.release,
        previous=plan.previous,
        state=doing,
        verdict=_verdict(plan, state, doing),
        by=state.by,
        since=state.since,
        lock_age_s=None if state.over else max(0.0, now - state.since),
        hold=state.paused,
        on_lost=_on_lost(plan),
        timer=RolloutTimer(timer.what, timer.at) if timer and not state.over else None,
        waves=tuple(_wave(plan, state, index, now) for index in range(len(plan.waves))),
        hosts=tuple(_host(plan, host, state.hosts[host.name]) for host in plan.hosts),
        gates=tuple(
            RolloutGate(read.name, read.canary, read.others, read.limit, read.verdict.value) for read in readings
        ),
        runs=_runs(plan, state),
        unreachable=tuple(RolloutUnreachable(name, why) for name, why in left(plan, state).items()),
        log=tuple(f"{_clock(at)} {clean(words, limit=300)}" for at, words in state.log[-SHOWN:]),
        code=CODES.get(state.over, 3 if state.paused else None),
        spec=plan.spec,
    )


def _doing(plan: RolloutPlan, state: RolloutState) -> str:
    if state.over:
        return state.over
    if state.course is not Course.FORWARD:
        return "reverting"
    if state.paused:
        return "paused"
    jobs = {host.job for host in state.hosts.values() if host.job}
    for job in (Job.SWITCH, Job.KEEP, Job.STAGE, Job.LOCK, Job.FINISH):
        if job in jobs:
            return DOING[job]
    return "baking" if wave_at(plan, state) in state.baking else "planned"


def _verdict(plan: RolloutPlan, state: RolloutState, doing: str) -> str:
    """The first line."""
    behind = left(plan, state)
    rest = f"; {len(behind)} left behind" if behind and not state.over else ""
    if state.over:
        return f"{doing}: {state.words}"
    if state.paused:
        return f"paused: {state.paused}{rest}"
    if doing == "reverting":
        return f"going back: {state.why}{rest}"
    index = wave_at(plan, state)
    there = sum(host.at in (At.KEPT, At.FINISHED) for host in state.hosts.values())
    where = f"wave {plan.waves[index].name}" if index < len(plan.waves) else "all waves"
    return f"{doing} {plan.release}, {where}: {there} of {len(state.hosts)} hosts keep it{rest}"


def _on_lost(plan: RolloutPlan) -> str:
    if plan.pace.on_lost is OnLost.HOLD:
        return "a host that loses us stays as it is"
    return f"a host that loses us goes back by itself within {plan.pace.dead_man_s:g} s"


def _wave(plan: RolloutPlan, state: RolloutState, index: int, now: float) -> RolloutWave:
    wave = plan.waves[index]
    members = [state.hosts[name] for name in wave.hosts]
    since = state.baking.get(index)
    done = 0.0 if since is None else min(plan.pace.bake_s, now - since)
    return RolloutWave(wave.name, _wave_state(state, index, members), wave.hosts, plan.pace.bake_s, max(0.0, done))


def _wave_state(state: RolloutState, index: int, members: list[HostState]) -> str:
    ats = {host.at for host in members if host.at is not At.LEFT}
    if At.STUCK in ats:
        return "stuck"
    if any(host.job is Job.REVERT for host in members):
        return "reverting"
    if At.REVERTED in ats:
        return "reverted"
    if ats and ats <= {At.KEPT, At.FINISHED}:
        return "kept"
    if any(host.job in (Job.SWITCH, Job.KEEP) for host in members):
        return "switching"
    if index in state.baking:
        return "baking"
    return "staged" if ats and ats <= {At.STAGED} else "waiting"


def _host(plan: RolloutPlan, host: HostPlan, state: HostState) -> RolloutHost:
    shown = DOING[state.job] if state.job else {At.LEFT: "lost"}.get(state.at, state.at.value)
    steps = tuple(_step(step, state) for step in host.steps)
    turns = tuple(RolloutTurn(at, plan.release if forward else host.before) for at, forward in state.turns)
    return RolloutHost(host.name, state.wave, shown, clean(state.words, limit=300), steps, turns)


def _step(step: Step, state: HostState) -> RolloutStep:
    known = state.steps.get(step.id)
    command = json.dumps({"kind": step.kind, "params": step.params}, ensure_ascii=False)
    if known is None:
        return RolloutStep(step.id, step.kind, step.words, "waiting", command=command[:400])
    return RolloutStep(
        step.id,
        step.kind,
        f"{step.words}: {known.words}" if known.words else step.words,
        known.state,
        known.seconds,
        command[:400],
        known.output[-OUTPUT:],
    )


def _runs(plan: RolloutPlan, state: RolloutState) -> dict[str, tuple[str, ...]]:
    """Release → hosts that serve it, as far as is known."""
    made = {plan.release: plan.same} if plan.same else {}
    for host in plan.hosts:
        at = state.hosts[host.name].at
        new = at in (At.VERIFIED, At.KEPT, At.FINISHED)
        release = plan.release if new else host.before
        made[release] = (*made.get(release, ()), host.name)
    return made


def _clock(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
