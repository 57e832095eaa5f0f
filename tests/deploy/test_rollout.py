"""The machine of a rollout, driven by hand and by chance: what it decides, whatever hosts answer."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from clawtui.deploy.decision import decide
from clawtui.deploy.gate import Reading, Verdict
from clawtui.deploy.plan import HookPlan, Left, RolloutPlan
from clawtui.deploy.rollout import At, Ending, Event, Job, RolloutState, What, begun, fold, folded
from clawtui.deploy.spec import OnLost
from tests.deploy.plans import plan

Answer = Callable[[str, Job], Ending]
FINE = (Reading("healthy", 1.0, None, 1.0, Verdict.PASS),)


def well(_host: str, _job: Job) -> Ending:
    """Everything goes well."""
    return Ending.OK


@dataclass
class Drive:
    """A rollout carried out in a moment; time passes only where a timer is waited for."""

    plan: RolloutPlan
    answer: Answer = well
    readings: tuple[Reading, ...] = FINE
    now: float = 2000.0
    events: list[Event] = field(default_factory=list[Event])
    running: list[tuple[str, Job]] = field(default_factory=list[tuple[str, Job]])
    most: int = 0
    order: list[tuple[str, Job]] = field(default_factory=list[tuple[str, Job]])

    def __post_init__(self) -> None:
        self.state: RolloutState = begun(self.plan)
        self.tell(Event(self.now, What.TAKEN, by="ana"))

    def tell(self, event: Event) -> None:
        self.events.append(event)
        self.state = fold(self.plan, self.state, event)

    def turn(self, chance: random.Random | None = None) -> bool:
        """One decision and what follows from it; False where nothing more happens by itself."""
        made = decide(self.plan, self.state, self.readings, self.now)
        for event in made.events:
            self.tell(event)
        for host, job in made.starts:
            self.tell(Event(self.now, What.BEGAN, host, job))
            self.running.append((host, job))
            self.order.append((host, job))
        self.most = max(self.most, sum(job is Job.SWITCH for _, job in self.running))
        if self.running:
            at = chance.randrange(len(self.running)) if chance else 0
            host, job = self.running.pop(at)
            self.tell(Event(self.now, What.ENDED, host, job, ending=self.answer(host, job), words=f"{job} answered"))
            return True
        if made.timer:
            self.now = made.timer.at
        return bool(made.events or made.timer)

    def whole(self, chance: random.Random | None = None) -> "Drive":
        for _ in range(2000):
            if not self.turn(chance):
                return self
        raise AssertionError(f"never ends: {self.state}")


def fails(name: str, at: Job, ending: Ending = Ending.FAILED) -> Answer:
    """One host answers so in one job."""
    return lambda host, job: ending if (host, job) == (name, at) else Ending.OK


def test_all_goes_well_wave_by_wave() -> None:
    made = Drive(plan(("a",), ("b", "c"), bake_s=5)).whole()
    assert made.state.over == "done"
    assert made.state.words == "R2 runs on 3 of 3"
    switched = [host for host, job in made.order if job is Job.SWITCH]
    assert switched == ["a", "b", "c"]
    kept = made.order.index(("a", Job.KEEP))
    assert kept < made.order.index(("b", Job.SWITCH))


def test_every_host_is_locked_before_any_is_staged_and_staged_before_any_is_switched() -> None:
    made = Drive(plan(("a",), ("b", "c"))).whole()
    jobs = [job for _, job in made.order]
    assert jobs[:7] == [Job.LOCK] * 3 + [Job.STAGE] * 3 + [Job.SWITCH]


def test_a_wave_bakes_before_it_is_kept() -> None:
    made = Drive(plan(("a",), ("b",), bake_s=60)).whole()
    assert made.now == pytest.approx(2000.0 + 120)


def test_no_more_hosts_are_unavailable_at_once_than_the_plan_says() -> None:
    made = Drive(plan(("a", "b", "c", "d", "e"), at_once=2)).whole()
    assert made.most == 2
    assert made.state.over == "done"


def test_a_lock_of_somebody_else_changes_nothing_anywhere() -> None:
    made = Drive(plan(("a",), ("b",)), fails("b", Job.LOCK, Ending.REFUSED)).whole()
    assert made.state.over == "refused"
    assert {job for _, job in made.order} == {Job.LOCK}


def test_a_release_that_does_not_start_takes_all_back_waves_backwards() -> None:
    made = Drive(plan(("a",), ("b", "c"), ("d",)), fails("d", Job.SWITCH)).whole()
    assert made.state.over == "reverted"
    assert [host for host, job in made.order if job is Job.REVERT] == ["d", "b", "c", "a"]
    assert "d: switch answered" in made.state.words


def test_waves_that_never_began_are_not_touched_on_the_way_back() -> None:
    made = Drive(plan(("a",), ("b",)), fails("a", Job.SWITCH)).whole()
    assert {host for host, job in made.order if job in (Job.SWITCH, Job.REVERT)} == {"a"}


@pytest.mark.parametrize(("budget", "over"), [(0, "refused"), (1, "done")])
def test_a_host_that_cannot_be_reached_is_left_behind_within_the_budget(budget: int, over: str) -> None:
    made = Drive(plan(("a",), ("b", "c"), unreachable=budget), fails("b", Job.LOCK, Ending.LOST)).whole()
    assert made.state.over == over
    if over == "done":
        assert "left behind: b" in made.state.words


def test_a_full_disk_in_staging_leaves_one_host_behind() -> None:
    made = Drive(plan(("a",), ("b", "c"), unreachable=1), fails("c", Job.STAGE)).whole()
    assert made.state.over == "done"
    assert made.state.hosts["c"].at is At.LEFT


def test_hosts_that_were_dark_when_it_was_planned_count_too() -> None:
    dark = replace(plan(("a",), ("b",), unreachable=1), left=(Left("z", "no answer"),))
    assert Drive(dark).whole().state.over == "done"
    assert Drive(dark, fails("b", Job.STAGE, Ending.LOST)).whole().state.over == "refused"


def test_a_host_lost_after_its_switch_is_said_to_go_back_by_itself() -> None:
    made = Drive(plan(("a",), ("b",), unreachable=1), fails("a", Job.SWITCH, Ending.LOST)).whole()
    assert "goes back by itself within 120 s" in made.state.hosts["a"].words
    assert made.state.over == "done"


def test_a_kept_host_lost_on_the_way_back_wants_a_person() -> None:
    def answer(host: str, job: Job) -> Ending:
        if (host, job) == ("b", Job.SWITCH):
            return Ending.FAILED
        return Ending.LOST if (host, job) == ("a", Job.REVERT) else Ending.OK

    made = Drive(plan(("a",), ("b",)), answer).whole()
    assert made.state.over == "stuck"
    assert "a could not be taken back" in made.state.words


@pytest.mark.parametrize(
    ("said", "over"), [(Verdict.PASS, "done"), (Verdict.FAIL, "reverted"), (Verdict.INCONCLUSIVE, "")]
)
def test_the_gate_decides_at_the_end_of_the_bake(said: Verdict, over: str) -> None:
    made = Drive(plan(("a",), ("b",), bake_s=60), readings=(Reading("p95", 0.3, 0.1, 0.12, said),)).whole()
    assert made.state.over == over
    assert bool(made.state.paused) == (said is Verdict.INCONCLUSIVE)
    assert made.now >= 2060.0


def test_an_outright_breach_does_not_wait_for_the_end_of_the_bake() -> None:
    made = Drive(
        plan(("a",), ("b",), bake_s=60), readings=(Reading("p95", 9.0, 0.1, 0.12, Verdict.FAIL, outright=True),)
    )
    while made.state.over == "" and made.now < 2060:
        made.turn()
        made.now += 0.1
    assert made.state.over == "reverted"
    assert made.now < 2010


def test_next_lets_a_wave_through_that_nobody_can_judge() -> None:
    made = Drive(plan(("a",), ("b",)), readings=(Reading("p95", None, None, None, Verdict.INCONCLUSIVE),)).whole()
    made.tell(Event(made.now, What.ORDER, order="next", by="ana"))
    made.whole()
    made.tell(Event(made.now, What.ORDER, order="next", by="ana"))
    assert made.whole().state.over == "done"


def test_next_before_a_wave_bakes_lets_nothing_through_unseen() -> None:
    made = Drive(plan(("a",), bake_s=60))
    made.tell(Event(made.now, What.ORDER, order="pause", by="ana"))
    made.tell(Event(made.now, What.ORDER, order="next", by="ana"))
    assert made.whole().now == pytest.approx(2060.0)


def test_a_pause_begins_nothing_and_resume_goes_on() -> None:
    made = Drive(plan(("a",), ("b",)))
    made.tell(Event(made.now, What.ORDER, order="pause", by="ana"))
    made.whole()
    assert {job for _, job in made.order} == {Job.LOCK}
    made.tell(Event(made.now, What.ORDER, order="resume", by="ana"))
    assert made.whole().state.over == "done"


def stopped_in_wave_two() -> Drive:
    """The first wave is kept, the second one bakes."""
    made = Drive(plan(("a",), ("b",), ("c",), bake_s=60))
    while not (1 in made.state.baking and 1 not in made.state.passed):
        made.turn()
    return made


def test_abort_takes_back_what_is_not_kept_and_leaves_what_is() -> None:
    made = stopped_in_wave_two()
    made.tell(Event(made.now, What.ORDER, order="abort", by="ana"))
    made.whole()
    assert made.state.over == "aborted"
    assert [host for host, job in made.order if job is Job.REVERT] == ["b"]


def test_undo_takes_back_everything() -> None:
    made = stopped_in_wave_two()
    made.tell(Event(made.now, What.ORDER, order="undo", by="ana"))
    made.whole()
    assert made.state.over == "reverted"
    assert [host for host, job in made.order if job is Job.REVERT] == ["b", "a"]


def test_after_a_crash_every_host_is_locked_again_and_one_that_went_back_by_itself_is_switched_again() -> None:
    made = stopped_in_wave_two()
    made.tell(Event(made.now, What.TAKEN, by="bo"))
    made.answer = fails("b", Job.LOCK, Ending.GONE)
    made.order.clear()
    made.whole()
    assert made.order[:3] == [("a", Job.LOCK), ("b", Job.LOCK), ("c", Job.LOCK)]
    assert ("b", Job.SWITCH) in made.order
    assert ("a", Job.SWITCH) not in made.order
    assert made.state.over == "done"


def test_a_lock_that_cannot_be_had_again_on_the_way_back_wants_a_person() -> None:
    made = stopped_in_wave_two()
    made.tell(Event(made.now, What.ORDER, order="undo"))
    made.tell(Event(made.now, What.TAKEN, by="bo"))
    made.answer = fails("b", Job.LOCK, Ending.REFUSED)
    assert made.whole().state.over == "stuck"


def test_credentials_that_are_gone_pause_it_until_somebody_lends_theirs() -> None:
    made = stopped_in_wave_two()
    made.tell(Event(made.now, What.CUT, "b", words="cut"))
    made.answer = fails("b", Job.LOCK, Ending.CREDENTIALS)
    made.whole()
    assert made.state.over == ""
    assert "needs credentials" in made.state.paused
    made.answer = well
    made.tell(Event(made.now, What.ORDER, order="resume", by="ana", words="credentials were lent"))
    assert made.whole().state.over == "done"


def test_a_line_that_is_cut_again_and_again_is_given_up() -> None:
    made = Drive(plan(("a",), ("b",), unreachable=1))
    for _ in range(4):
        made.tell(Event(made.now, What.CUT, "a", words="cut"))
    assert made.state.hosts["a"].at is At.LEFT
    assert made.whole().state.over == "done"


def test_a_hook_may_wait_for_a_person_and_may_stop_everything() -> None:
    hooked = replace(plan(("a",)), hooks=HookPlan(before="/x/before"))
    waits, stops = Drive(hooked), Drive(hooked)
    for made in (waits, stops):
        made.whole()
        assert decide(made.plan, made.state, FINE, made.now).hook == "before"
    waits.tell(Event(waits.now, What.HOOK, order="before", ending=Ending.REFUSED, words="look first"))
    assert waits.whole().state.paused == "look first"
    stops.tell(Event(stops.now, What.HOOK, order="before", ending=Ending.FAILED, words="no"))
    assert stops.whole().state.over == "refused"


def test_the_journal_folds_to_the_same_state() -> None:
    made = Drive(plan(("a",), ("b", "c"), bake_s=5), fails("c", Job.SWITCH)).whole()
    assert folded(made.plan, made.events) == made.state


def test_whatever_hosts_answer_it_ends_and_leaves_no_host_between_two_releases() -> None:
    for seed in range(300):
        by_chance(seed)


def by_chance(seed: int) -> None:
    chance = random.Random(seed)
    endings = (Ending.OK,) * 12 + (Ending.FAILED, Ending.LOST, Ending.GONE)

    def answer(_host: str, job: Job) -> Ending:
        ending = chance.choice(endings)
        return Ending.OK if ending is Ending.GONE and job is not Job.LOCK else ending

    on_lost = chance.choice((OnLost.REVERT, OnLost.HOLD))
    made = Drive(plan(("a",), ("b", "c"), ("d", "e", "f"), unreachable=chance.randrange(3), on_lost=on_lost), answer)
    for _ in range(chance.randrange(60)):
        made.turn(chance)
    if chance.random() < 0.3:
        made.running.clear()
        made.tell(Event(made.now, What.TAKEN, by="bo"))
    if chance.random() < 0.3:
        made.tell(Event(made.now, What.ORDER, order=chance.choice(("abort", "undo")), by="bo"))
    made.whole(chance)
    assert made.state.over in ("done", "reverted", "aborted", "refused", "stuck")
    if made.state.over in ("done", "reverted", "refused"):
        resting = {At.FINISHED, At.LEFT} if made.state.over == "done" else {At.REVERTED, At.LEFT}
        assert all(host.at in resting for host in made.state.hosts.values() if host.touched or host.kept)
    assert folded(made.plan, made.events) == made.state


def test_a_step_that_failed_still_says_why_once_it_was_taken_back() -> None:
    made = Drive(plan(("a",)))
    for event in (
        Event(2001.0, What.BEGAN, "a", Job.SWITCH),
        Event(
            2002.0, What.STEP, "a", step="02-instance", ending=Ending.FAILED, words="no model", output=("traceback",)
        ),
        Event(2003.0, What.BEGAN, "a", Job.REVERT),
        Event(2004.0, What.STEP, "a", step="02-instance"),
        Event(2005.0, What.STEP, "a", step="02-instance", ending=Ending.UNDONE, words="stopped", output=("gone",)),
    ):
        made.tell(event)
    step = made.state.hosts["a"].steps["02-instance"]
    assert (step.state, step.words, step.output) == ("failed", "no model", ("traceback", "gone"))
