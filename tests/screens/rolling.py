"""Rollouts for screens, by the real machine: events are folded into a state, and the engine's own view is made of it.

What hosts answer is made up (a release that is slow, one that fails): no real host is slow at a moment that a test chooses.
"""

from collections.abc import Sequence
from dataclasses import replace

from clawtui.deploy.decision import Timer
from clawtui.deploy.gate import Reading, Verdict
from clawtui.deploy.plan import HostPlan, Left, RolloutPlan, Wave
from clawtui.deploy.rollout import Ending, Event, Job, What, folded
from clawtui.deploy.step import Phase, Step
from clawtui.engine.boundary.rollouts import Rollouts, RolloutView
from clawtui.engine.deploying.view import view
from clawtui.engine.recorded import Heard
from tests.deploy.plans import plan
from tests.screens.front import EPOCH

OLD, NEW = "20261120T101500-77aa01bc", "20261124T030922-9f2c41de"
STEPS = (
    Step("01-blob", "blob", Phase.STAGE, "model.onnx, 212 MB", {"sha256": "9f2c" * 16, "size": 212_000_000}),
    Step("02-tree", "tree", Phase.STAGE, f"release {NEW}", {"release": NEW}),
    Step("03-instance", "instance", Phase.SWITCH, f"start bot@{NEW}", {"unit": f"clawtui-bot@{NEW}.service"}),
    Step("04-switch", "switch", Phase.SWITCH, f"switch to {NEW}", {"mode": "beside", "dead_man_s": 120}),
    Step("05-verify", "verify", Phase.SWITCH, "ask it, through nginx too"),
    Step("06-keep", "keep", Phase.KEEP, f"keep {NEW}"),
)
SLOW = (
    Reading("healthy", 1.0, None, 1.0, Verdict.PASS),
    Reading("p95", 0.726, 0.208, 0.25, Verdict.FAIL),
    Reading("error ratio", 0.015, 0.002, 0.012, Verdict.FAIL),
)
FINE = (
    Reading("healthy", 1.0, None, 1.0, Verdict.PASS),
    Reading("p95", 0.211, 0.208, 0.25, Verdict.PASS),
    Reading("error ratio", 0.002, 0.002, 0.012, Verdict.PASS),
)
CANARY, SECOND, REST = ("gpu-03", "gpu-11"), ("gpu-01", "gpu-02", "gpu-04"), tuple(f"web-{n:02}" for n in range(1, 8))


def planned(name: str = "20261124T030922-bot-9f2c", *, left: Sequence[Left] = ()) -> RolloutPlan:
    """Twelve hosts in three waves."""
    made = plan(CANARY, SECOND, REST, bake_s=300.0)
    waves = tuple(
        Wave(title, hosts) for title, hosts in zip(("canary", "25%", "rest"), (CANARY, SECOND, REST), strict=True)
    )
    hosts = tuple(HostPlan(host.name, OLD, STEPS) for host in made.hosts)
    spec = "/home/ana/bot/service.toml"
    return replace(
        made, id=name, release=NEW, waves=waves, hosts=hosts, spec=spec, left=tuple(left), made=EPOCH - 300.0
    )


def staged(made: RolloutPlan, at: float = EPOCH - 280.0) -> list[Event]:
    """Locked and staged everywhere, the canary switched."""
    events = [Event(at, What.TAKEN, by="ana")]
    for job in (Job.LOCK, Job.STAGE):
        events += [Event(at + 5, What.ENDED, host.name, job, ending=Ending.OK) for host in made.hosts]
    for host in made.hosts:
        events += _steps(host.name, ("01-blob", "02-tree"), at + 4)
    for name in CANARY:
        events += _steps(name, ("03-instance", "04-switch", "05-verify"), at + 80)
        events.append(Event(at + 90, What.ENDED, name, Job.SWITCH, ending=Ending.OK))
    return events


def _steps(host: str, names: Sequence[str], at: float) -> list[Event]:
    said = ("waiting for the socket", "ready after 3 probes")
    return [Event(at, What.STEP, host, step=name, ending=Ending.OK, seconds=1.5, output=said) for name in names]


def baking(readings: tuple[Reading, ...] = FINE, **more: object) -> RolloutView:
    """The canary bakes for three minutes and ten seconds."""
    made = planned(**more)  # type: ignore[arg-type]  # what `planned` takes
    events = [*staged(made), Event(EPOCH - 190.0, What.BAKE, wave=0)]
    return view(made, folded(made, events), EPOCH, timer=Timer("bake ends", EPOCH + 110.0), readings=readings)


def held() -> RolloutView:
    """Somebody wants it to wait."""
    made = planned()
    events = [*staged(made), Event(EPOCH - 190.0, What.BAKE, wave=0)]
    events.append(Event(EPOCH - 20.0, What.ORDER, order="pause", words="ben looks at the logs", by="ben"))
    return view(made, folded(made, events), EPOCH)


def failed() -> RolloutView:
    """A host whose release does not start: on its way back."""
    made = planned(left=(Left("web-08", "no answer by SSH"),))
    made = replace(made, pace=replace(made.pace, unreachable=2))
    events = [*staged(made), Event(EPOCH - 9.0, What.PASSED, wave=0)]
    words = "start bot: it ended with status 1: ImportError: no module named onnx"
    events += [
        Event(EPOCH - 6.0, What.BEGAN, "gpu-01", Job.SWITCH),
        Event(EPOCH - 4.0, What.STEP, "gpu-01", step="03-instance", ending=Ending.FAILED, words=words, seconds=2.1),
        Event(EPOCH - 4.0, What.ENDED, "gpu-01", Job.SWITCH, ending=Ending.FAILED, words=words),
        Event(EPOCH - 3.0, What.BEGAN, "gpu-01", Job.REVERT),
    ]
    return view(made, folded(made, events), EPOCH)


def ended(over: str, words: str, name: str, since: float) -> RolloutView:
    """One of before."""
    made = replace(planned(name), made=since)
    events = [*staged(made, since + 10.0), Event(since + 400.0, What.OVER, order=over, words=words)]
    return view(made, folded(made, events), EPOCH)


HISTORY = (
    ended("done", f"{NEW} runs on 12 of 12", "20261123T101500-bot-77aa", EPOCH - 60_000.0),
    ended("reverted", f"back to {OLD} everywhere: gate p95 failed", "20261122T090000-bot-1234", EPOCH - 150_000.0),
    ended("stuck", "gpu-07 could not be taken back and wants a person", "20261121T090000-bot-4321", EPOCH - 240_000.0),
)


def heard(*rollouts: RolloutView) -> Heard:
    """As the engine tells it."""
    return Heard(0.0, "rollouts", Rollouts(rollouts))
