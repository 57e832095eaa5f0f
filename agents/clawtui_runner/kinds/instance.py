"""A release's own process beside the one that serves: started, and healthy before anybody is sent to it."""

from clawtui_runner import asking, going_back, health, systemd
from clawtui_runner.fault import Fault
from clawtui_runner.step import Check, Done, Step


def check(step: Step) -> Check:
    """It runs and answers now; how often in a row is asked when it is started."""
    unit, target = step.params.text("unit"), asking.target(step.params.table("listen"))
    if systemd.there() and systemd.active(unit):
        words = health.ready(target, health.health(step.params.table("ready")), health.ANSWER_S)
        if not words:
            return Check("same", f"{unit} runs and answers")
    return Check("differs", f"{unit} will be started", (f"+ {unit}",))


def apply(step: Step) -> Done:
    """Started; where it does not become healthy it is stopped again, so that it does not start and end for ever."""
    unit, target = step.params.text("unit"), asking.target(step.params.table("listen"))
    if not systemd.there():
        raise Fault("refused", "this host has no systemd: instances can't be started here")
    changed = not systemd.active(unit)
    if changed:
        going_back.clear(target)
        systemd.ctl("reset-failed", "--", unit)
    try:
        if changed and systemd.ctl("start", "--", unit).status:
            raise Fault("failed", f"{unit} did not start{health.last(unit)}")
        words = health.wait(step, unit, target, health.health(step.params.table("ready")), "0" if changed else "")
    except Fault:
        if changed:
            systemd.ctl("stop", "--", unit)
            systemd.ctl("reset-failed", "--", unit)
        raise
    return Done(changed, words)


def undo(step: Step) -> Done:
    """Stopped."""
    unit = step.params.text("unit")
    running = systemd.there() and systemd.active(unit)
    going_back.stop(step, unit)
    return Done(running, f"{unit} is stopped")
