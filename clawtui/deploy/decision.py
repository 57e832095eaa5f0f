"""What a coordinator does next: from plan, state, what the gates say, and the time. Pure."""

from dataclasses import dataclass

from clawtui.deploy.gate import Reading, Verdict, verdict
from clawtui.deploy.plan import RolloutPlan
from clawtui.deploy.rollout import At, Course, Event, HostState, Job, RolloutState, What, left
from clawtui.deploy.spec import OnLost


@dataclass(frozen=True, slots=True)
class Timer:
    """What happens by itself next."""

    what: str
    at: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Jobs that begin now, events that are now true, and when to look again by itself."""

    starts: tuple[tuple[str, Job], ...] = ()
    events: tuple[Event, ...] = ()
    timer: Timer | None = None
    hook: str = ""
    # to be run before anything else


def decide(plan: RolloutPlan, state: RolloutState, readings: tuple[Reading, ...], now: float) -> Decision:
    """The next thing; the same again until something has changed."""
    if state.over:
        return Decision()
    if state.locked_out:
        return Decision()
    unlocked = _unlocked(state)
    if state.course is not Course.FORWARD:
        return _back(plan, state, unlocked, now)
    if unlocked:
        return Decision(_starts(unlocked, Job.LOCK))
    if any(host.job is Job.LOCK for host in state.hosts.values()) or state.paused:
        return Decision()
    if plan.hooks.before and "before" not in state.hooked:
        return Decision(hook="before")
    staging = [host for host in state.hosts.values() if host.at is At.LOCKED]
    if staging:
        return Decision(_starts(staging, Job.STAGE))
    if any(host.job is Job.STAGE for host in state.hosts.values()):
        return Decision()
    for index, wave in enumerate(plan.waves):
        members = [state.hosts[name] for name in wave.hosts if state.hosts[name].at is not At.LEFT]
        if any(host.at not in (At.KEPT, At.FINISHED) for host in members):
            return _wave(plan, state, index, members, readings, now)
    return _finish(plan, state, now)


def _wave(
    plan: RolloutPlan,
    state: RolloutState,
    index: int,
    members: list[HostState],
    readings: tuple[Reading, ...],
    now: float,
) -> Decision:
    """Switch some at a time, let them bake, then keep them."""
    switching = [host for host in members if host.job is Job.SWITCH]
    waiting = [host for host in members if host.at is At.STAGED and host.job is None]
    if switching or waiting:
        room = max(0, plan.pace.at_once - len(switching))
        return Decision(_starts(waiting[:room], Job.SWITCH))
    if index not in state.passed:
        return _bake(plan, state, index, readings, now)
    return Decision(_starts([host for host in members if host.at is At.VERIFIED], Job.KEEP))


def _bake(plan: RolloutPlan, state: RolloutState, index: int, readings: tuple[Reading, ...], now: float) -> Decision:
    since = state.baking.get(index)
    if since is None:
        return Decision(events=(Event(now, What.BAKE, wave=index),))
    until = since + plan.pace.bake_s
    if any(reading.outright for reading in readings) and since < now:
        return Decision(events=(_undo(readings, now),))
    if now < until:
        return Decision(timer=Timer("bake ends", until))
    match verdict(readings):
        case Verdict.PASS:
            return Decision(events=(Event(now, What.PASSED, wave=index),))
        case Verdict.FAIL:
            return Decision(events=(_undo(readings, now),))
        case Verdict.INCONCLUSIVE:
            words = f"no verdict yet by {_named(readings, Verdict.INCONCLUSIVE)}: next goes on, undo goes back"
            return Decision(events=(Event(now, What.ORDER, order="pause", words=words),))


def _undo(readings: tuple[Reading, ...], now: float) -> Event:
    return Event(now, What.ORDER, order="undo", words=f"gate {_named(readings, Verdict.FAIL)} failed")


def _named(readings: tuple[Reading, ...], said: Verdict) -> str:
    return " and ".join(reading.name for reading in readings if reading.verdict is said) or "none"


def _finish(plan: RolloutPlan, state: RolloutState, now: float) -> Decision:
    kept = [host for host in state.hosts.values() if host.at is At.KEPT]
    if kept:
        return Decision(_starts(kept, Job.FINISH))
    if plan.hooks.after and "after" not in state.hooked:
        return Decision(hook="after")
    done = sum(host.at is At.FINISHED for host in state.hosts.values())
    behind = left(plan, state)
    words = f"{plan.release} runs on {done} of {done + len(behind)}"
    if behind:
        words += f"; left behind: {', '.join(sorted(behind))}: deploy resume catches them up"
    return Decision(events=(Event(now, What.OVER, order="done", words=words),))


def _back(plan: RolloutPlan, state: RolloutState, unlocked: list[HostState], now: float) -> Decision:
    """Waves backwards; nothing begins anew while something forward is still under way."""
    if any(host.job not in (None, Job.REVERT) for host in state.hosts.values()):
        return Decision()
    owed = [host for host in state.hosts.values() if _owes(state, host)]
    if again := [host for host in owed if host in unlocked]:
        return Decision(_starts(again, Job.LOCK))
    if owed:
        last = max(host.wave for host in owed)
        return Decision(_starts([host for host in owed if host.wave == last], Job.REVERT))
    return Decision(events=(_over(plan, state, now),))


def _owes(state: RolloutState, host: HostState) -> bool:
    """Has it something to take back?"""
    if host.at in (At.REVERTED, At.STUCK, At.LEFT) or not host.touched:
        return False
    return state.course is Course.BACK or not host.kept


def _over(plan: RolloutPlan, state: RolloutState, now: float) -> Event:
    hosts = state.hosts.values()
    stuck = [host.name for host in hosts if host.at is At.STUCK or (host.at is At.LEFT and _stays(plan, host))]
    if stuck:
        words = f"{', '.join(stuck)} could not be taken back and wants a person; {state.why}"
        return Event(now, What.OVER, order="stuck", words=words)
    if not any(host.at in (At.REVERTED, At.KEPT, At.FINISHED) or host.touched for host in hosts):
        return Event(now, What.OVER, order="refused", words=f"nothing that serves was changed: {state.why}")
    if state.course is Course.ABORT:
        kept = sum(host.at in (At.KEPT, At.FINISHED) for host in hosts)
        return Event(now, What.OVER, order="aborted", words=f"{kept} keep {plan.release}; {state.why}")
    words = f"back to {plan.previous or 'nothing'} everywhere: {state.why}"
    return Event(now, What.OVER, order="reverted", words=words)


def _stays(plan: RolloutPlan, host: HostState) -> bool:
    """Lost between two releases, and it does not go back by itself."""
    return host.kept or (host.touched and plan.pace.on_lost is OnLost.HOLD)


def _unlocked(state: RolloutState) -> list[HostState]:
    return [
        host
        for host in state.hosts.values()
        if not host.locked and host.at not in (At.LEFT, At.REVERTED, At.STUCK, At.FINISHED)
    ]


def _starts(hosts: list[HostState], job: Job) -> tuple[tuple[str, Job], ...]:
    return tuple((host.name, job) for host in hosts if host.job is None)
