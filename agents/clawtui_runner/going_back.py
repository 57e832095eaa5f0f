"""From a release that was switched to and not kept, to what served before: for `undo`, and for the dead-man alone."""

from pathlib import Path

from clawtui_runner import current, deadman, health, systemd, traffic
from clawtui_runner.asking import Target
from clawtui_runner.fault import Fault
from clawtui_runner.params import Params
from clawtui_runner.step import Step

LAST_WORDS_S = 2.0  # of a deadline, to ask what a unit said


def go_back(step: Step, before: Params) -> str:
    """The old instance first, then the requests, then the new one is ended: in place the new one has to go first.

    `before` is what the switch wrote down; everything here may be repeated.
    """
    old, new = before.text("old_unit", ""), before.text("unit")
    in_place = before.text("mode") == "in-place"
    if in_place:
        stop(step, new)
    if old:
        started(step, old, Target(before.text("old_socket", ""), before.whole("old_port", 0)))
    traffic.lead_back(step, before.text("live", ""), before.text("upstream", ""))
    current.restore(step.place, before.text("current_json") if "current_json" in before else None)
    if not in_place:
        stop(step, new)
    # written down first: a crash before it is disarmed goes back once more, which changes nothing
    step.note("reverted", {"release": before.text("old_release", ""), "unit": old, "from": before.text("release")})
    deadman.disarm(step.place)
    return f"{before.text('release')} is taken back, {old or 'nothing'} serves"


def started(step: Step, unit: str, target: Target) -> None:
    """Runs, at boot too, and accepts connections."""
    if not systemd.there():
        raise Fault("refused", "this host has no systemd: instances can't be started or stopped here")
    step.run("systemctl", "enable", "--quiet", "--", unit)
    if not systemd.active(unit):
        clear(target)
        step.run("systemctl", "start", "--", unit)
    health.wait(step, unit, target, health.Health("", max(1.0, step.left - LAST_WORDS_S), 1, 0.0, None))


def clear(target: Target) -> None:
    """What a process that was killed left; nobody listens there, for its unit does not run."""
    path = Path(target.socket)
    if target.socket and path.is_socket():
        path.unlink()


def stop(step: Step, unit: str) -> None:
    """Ends, and does not come back at boot. One that is gone already is no failure."""
    if unit and systemd.there() and systemd.show(unit).get("LoadState") == "loaded":
        step.run("systemctl", "disable", "--now", "--quiet", "--", unit)
        systemd.ctl("reset-failed", "--", unit)
