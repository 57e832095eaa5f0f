"""How far a rollout is: a value that events are folded into. Pure.

The journal holds the events, so any state can be had again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from clawtui.deploy.plan import RolloutPlan
from clawtui.deploy.spec import OnLost


class At(StrEnum):
    """How far a host is."""

    PLANNED = "planned"
    LOCKED = "locked"
    STAGED = "staged"
    VERIFIED = "verified"
    KEPT = "kept"
    FINISHED = "finished"
    FAILED = "failed"
    # between two releases: has to go back
    REVERTED = "reverted"
    LEFT = "left"
    # behind for now: not reached, or lost
    STUCK = "stuck"
    # needs a person


class Job(StrEnum):
    """What is done on one host in one go."""

    LOCK = "lock"
    STAGE = "stage"
    SWITCH = "switch"
    KEEP = "keep"
    FINISH = "finish"
    REVERT = "revert"


class Course(StrEnum):
    """Where it goes."""

    FORWARD = "forward"
    BACK = "back"
    # every host that changed goes back
    ABORT = "abort"
    # those that are not kept go back


class What(StrEnum):
    """Kinds of events."""

    TAKEN = "taken"
    # by a coordinator: every host has to be locked (again)
    BEGAN = "began"
    STEP = "step"
    ENDED = "ended"
    CUT = "cut"
    # the line to a host: it is connected and locked again before anything else
    HOOK = "hook"
    BAKE = "bake"
    PASSED = "passed"
    ORDER = "order"
    OVER = "over"


class Ending(StrEnum):
    """How a job or a step ended."""

    OK = "ok"
    SAME = "same"
    FAILED = "failed"
    LOST = "lost"
    REFUSED = "refused"
    # locked by another, or a conflict: nothing was changed
    GONE = "gone"
    # locked, and it had gone back by itself
    UNDONE = "undone"
    CREDENTIALS = "credentials"
    # nobody lets us in any more: a person has to lend theirs


ENDS = {
    Job.STAGE: At.STAGED,
    Job.SWITCH: At.VERIFIED,
    Job.KEEP: At.KEPT,
    Job.FINISH: At.FINISHED,
    Job.REVERT: At.REVERTED,
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a rollout's journal."""

    at: float
    what: What
    host: str = ""
    job: Job | None = None
    step: str = ""
    ending: Ending | None = None
    wave: int = -1
    order: str = ""
    # pause, next, resume, abort, undo; of OVER: done, reverted, aborted, refused, stuck
    words: str = ""
    by: str = ""
    seconds: float = 0.0
    output: tuple[str, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class StepState:
    """What is known of one step on one host."""

    state: str
    words: str = ""
    seconds: float = 0.0
    output: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostState:
    """What is known of one host."""

    name: str
    wave: int
    at: At = At.PLANNED
    job: Job | None = None
    words: str = ""
    locked: bool = False
    # by the coordinator that runs now
    touched: bool = False
    # its switch has begun and was not taken back
    cuts: int = 0
    kept: bool = False
    steps: dict[str, StepState] = field(default_factory=dict[str, StepState])
    turns: tuple[tuple[float, bool], ...] = ()
    # when it began to serve another release: the new one, or the one before it again


@dataclass(frozen=True, slots=True)
class RolloutState:
    """What is known of the whole."""

    hosts: dict[str, HostState]
    course: Course = Course.FORWARD
    why: str = ""
    # it goes back
    paused: str = ""
    locked_out: bool = False
    # paused for want of credentials
    hooked: frozenset[str] = frozenset()
    # hooks that were run
    passed: frozenset[int] = frozenset()
    # waves whose gate has let them through
    baking: dict[int, float] = field(default_factory=dict[int, float])
    # since when
    over: str = ""
    words: str = ""
    by: str = ""
    since: float = 0.0
    ended: float | None = None
    log: tuple[tuple[float, str], ...] = ()


LOG = 200
CUTS = 3
# a line that is lost more often is given up


def begun(plan: RolloutPlan) -> RolloutState:
    """Before the first event."""
    hosts = {name: HostState(name, index) for index, wave in enumerate(plan.waves) for name in wave.hosts}
    return RolloutState(hosts, since=plan.made, by=plan.by)


def folded(plan: RolloutPlan, events: Iterable[Event]) -> RolloutState:
    """After all of these."""
    state = begun(plan)
    for event in events:
        state = fold(plan, state, event)
    return state


def fold(plan: RolloutPlan, state: RolloutState, event: Event) -> RolloutState:
    """After one more."""
    state = _told(state, event)
    match event.what:
        case What.TAKEN:
            hosts = {name: replace(host, locked=False, job=None, cuts=0) for name, host in state.hosts.items()}
            return replace(state, hosts=hosts, by=event.by or state.by, over="", ended=None, locked_out=False)
        case What.BEGAN:
            touched = event.job is Job.SWITCH or state.hosts[event.host].touched
            return _with(state, event.host, job=event.job, touched=touched)
        case What.STEP:
            return _stepped(state, event)
        case What.ENDED:
            return _ended(plan, state, event)
        case What.CUT:
            return _cut(plan, state, event)
        case What.HOOK:
            return _hooked(state, event)
        case What.BAKE:
            return replace(state, baking={**state.baking, event.wave: event.at})
        case What.PASSED:
            return replace(state, passed=state.passed | {event.wave})
        case What.ORDER:
            return _ordered(plan, state, event)
        case What.OVER:
            return replace(state, over=event.order, words=event.words, ended=event.at, paused="")


def left(plan: RolloutPlan, state: RolloutState) -> dict[str, str]:
    """Hosts that are behind, and why."""
    lost = {host.name: host.words for host in state.hosts.values() if host.at is At.LEFT}
    return {gone.name: gone.why for gone in plan.left} | lost


def wave_at(plan: RolloutPlan, state: RolloutState) -> int:
    """The first wave that is not through; the number of waves where all are."""
    for index, wave in enumerate(plan.waves):
        if any(state.hosts[name].at not in (At.KEPT, At.FINISHED, At.LEFT) for name in wave.hosts):
            return index
    return len(plan.waves)


def _ended(plan: RolloutPlan, state: RolloutState, event: Event) -> RolloutState:
    assert event.job is not None
    job, words = event.job, event.words
    state = _with(state, event.host, job=None, words=words)
    match event.ending:
        case Ending.OK | Ending.SAME:
            return _turned(_went_well(state, event.host, job), event.host, job, event.at)
        case Ending.GONE:
            state = _turned(state, event.host, Job.REVERT, event.at)
            state = _with(state, event.host, locked=True, touched=False, kept=False)
            at = At.STAGED if state.course is Course.FORWARD else At.REVERTED
            return _with(state, event.host, at=at)
        case Ending.LOST:
            return _lost(plan, state, event.host, job)
        case Ending.CREDENTIALS:
            return replace(state, paused=f"needs credentials: {words}; deploy attach lends yours", locked_out=True)
        case _:
            return _failed(plan, state, event.host, job, words)


def _went_well(state: RolloutState, name: str, job: Job) -> RolloutState:
    host = state.hosts[name]
    if job is Job.LOCK:
        at = At.LOCKED if host.at in (At.PLANNED, At.LEFT) else host.at
        return _with(state, name, locked=True, at=at)
    if job is Job.REVERT:
        return _with(state, name, at=At.REVERTED, touched=False, kept=False)
    return _with(state, name, at=ENDS[job], kept=host.kept or job is Job.KEEP)


def _turned(state: RolloutState, name: str, job: Job, at: float) -> RolloutState:
    """What it serves from now on; a host that never switched has nothing to turn back from."""
    turns = state.hosts[name].turns
    forward = job is Job.SWITCH
    if job not in (Job.SWITCH, Job.REVERT) or forward == bool(turns and turns[-1][1]):
        return state
    return _with(state, name, turns=(*turns, (at, forward)))


def _cut(plan: RolloutPlan, state: RolloutState, event: Event) -> RolloutState:
    host = state.hosts[event.host]
    job = host.job or Job.LOCK
    state = _with(state, host.name, job=None, locked=False, cuts=host.cuts + 1, words=event.words)
    return _lost(plan, state, host.name, job) if host.cuts >= CUTS else state


def _hooked(state: RolloutState, event: Event) -> RolloutState:
    """75 is a wish to wait for a person; a hook that fails after everything is kept changes nothing any more."""
    state = replace(state, hooked=state.hooked | {event.order})
    if event.ending is Ending.REFUSED:
        return replace(state, paused=event.words)
    if event.ending is Ending.FAILED and event.order == "before":
        return _back(state, event.words)
    return state


def _lost(plan: RolloutPlan, state: RolloutState, name: str, job: Job) -> RolloutState:
    host = state.hosts[name]
    if job is Job.FINISH:
        return _with(state, name, at=At.FINISHED)
    if job is Job.REVERT and (host.kept or plan.pace.on_lost is OnLost.HOLD):
        return _with(state, name, at=At.STUCK)
    fate = ""
    if host.touched and not host.kept:
        by_itself = f"it goes back by itself within {plan.pace.dead_man_s:g} s"
        fate = f"; {by_itself if plan.pace.on_lost is OnLost.REVERT else 'it stays as it is'}"
    return _budget(plan, _with(state, name, at=At.LEFT, locked=False, words=host.words + fate))


def _failed(plan: RolloutPlan, state: RolloutState, name: str, job: Job, words: str) -> RolloutState:
    match job:
        case Job.LOCK:
            if state.course is not Course.FORWARD:
                return _with(state, name, at=At.STUCK)
            return _back(state, f"{name}: {words}")
        case Job.STAGE:
            return _budget(plan, _with(state, name, at=At.LEFT))
        case Job.FINISH:
            return _with(state, name, at=At.FINISHED)
        case Job.REVERT:
            return _with(state, name, at=At.STUCK)
        case Job.SWITCH | Job.KEEP:
            return _back(_with(state, name, at=At.FAILED), f"{name}: {words}")


def _budget(plan: RolloutPlan, state: RolloutState) -> RolloutState:
    behind = left(plan, state)
    if len(behind) <= plan.pace.unreachable and len(behind) < len(plan.hosts) + len(plan.left):
        return state
    return _back(state, f"{len(behind)} left behind ({', '.join(sorted(behind)[:3])}), {plan.pace.unreachable} may be")


def _back(state: RolloutState, why: str, course: Course = Course.BACK) -> RolloutState:
    if state.course is Course.BACK:
        return state
    return replace(state, course=course, why=state.why or why, paused="", locked_out=False)


def _ordered(plan: RolloutPlan, state: RolloutState, event: Event) -> RolloutState:
    match event.order:
        case "pause":
            return replace(state, paused=event.words or "paused")
        case "next":
            baking = {wave_at(plan, state)} & set(state.baking)
            return replace(state, paused="", locked_out=False, passed=state.passed | baking)
        case "resume":
            return replace(state, paused="", locked_out=False)
        case "abort":
            return _back(state, event.words or "aborted", Course.ABORT)
        case _:
            return _back(state, event.words or "undone by hand")


def _stepped(state: RolloutState, event: Event) -> RolloutState:
    host = state.hosts[event.host]
    shown = {Ending.OK: "done", Ending.LOST: "unknown", None: "running"}.get(event.ending, str(event.ending))
    step = StepState(shown, event.words, event.seconds, event.output)
    before = host.steps.get(event.step)
    if before is not None and before.state == "failed" and host.job is Job.REVERT:
        step = replace(
            before, output=(*before.output, *event.output)
        )  # that it failed, and why, is what people look for
    return _with(state, event.host, steps={**host.steps, event.step: step})


def _with(state: RolloutState, name: str, **changes: object) -> RolloutState:
    host = replace(state.hosts[name], **changes)  # type: ignore[arg-type]  # keys are HostState's own, all in this file
    return replace(state, hosts={**state.hosts, name: host})


def _told(state: RolloutState, event: Event) -> RolloutState:
    """Events that people want to read about."""
    quiet = event.what in (What.BEGAN, What.STEP) or (event.what is What.ENDED and event.ending is Ending.SAME)
    words = _words(event)
    return state if quiet or not words else replace(state, log=(*state.log, (event.at, words))[-LOG:])


def _words(event: Event) -> str:
    more = f": {event.words}" if event.words else ""
    match event.what:
        case What.TAKEN:
            return f"coordinated by {event.by}{more}"
        case What.ENDED:
            return f"{event.host} {event.job} {event.ending}{more}"
        case What.CUT:
            return f"{event.host}: the line was lost{more}"
        case What.HOOK:
            return f"hook {event.order} {event.ending}{more}"
        case What.BAKE:
            return f"wave {event.wave + 1} bakes"
        case What.PASSED:
            return f"wave {event.wave + 1} passed its gate{more}"
        case _:
            return f"{event.order}{f' by {event.by}' if event.by else ''}{more}"
