"""The timer that deletes what is old; one that is no longer wanted goes, for it would delete on."""

from pathlib import Path
from typing import List

from clawtui_runner import outside, owned, systemd, timer
from clawtui_runner.outside import File
from clawtui_runner.step import Check, Done, Step


def check(step: Step) -> Check:
    """Written as wanted, and counting."""
    unit, files = step.params.text("timer"), outside.listed(step)
    if not files:
        gone = _ours(step)
        return Check("differs" if gone else "same", f"{unit} goes" if gone else "nothing is deleted", tuple(gone))
    found = outside.check(step, files)
    if found.state == "same" and systemd.there() and not timer.enabled(unit):
        return Check("differs", f"{unit} will be started", (f"+ {unit}",))
    return found


def apply(step: Step) -> Done:
    """What is deleted is said by the service's own lines."""
    unit, files = step.params.text("timer"), outside.listed(step)
    if not files:
        return _remove(step, unit)
    done = outside.apply(step, files)
    if done.changed and systemd.there() and timer.enabled(unit):
        step.run("systemctl", "restart", "--", unit)
    started = timer.on(step, unit)
    return Done(done.changed or started, done.words)


def undo(step: Step) -> Done:
    """As it was: a timer that was not there ends first, one that was counts again."""
    unit = step.params.text("timer")
    before = [name for name in step.remembered() if name.startswith("/")]
    there = step.recalled(_path(unit)).flag("there")
    if _path(unit) in before and not there:
        timer.off(step, unit)
    done = outside.undo(step, [File(Path(name), "", 0, "", "daemon-reload") for name in before])
    if there:
        timer.on(step, unit)
    return done


def _remove(step: Step, unit: str) -> Done:
    ours = _ours(step)
    if ours:
        timer.off(step, unit)
        outside.remove(step, ours)
        outside.AFTER["daemon-reload"](step)
    return Done(bool(ours), f"{unit} is gone" if ours else "nothing is deleted")


def _ours(step: Step) -> List[str]:
    """Its files that we wrote."""
    stem = _path(step.params.text("timer").rpartition(".")[0])
    return [name for name in sorted(owned.known(step.place)) if name in (f"{stem}.timer", f"{stem}.service")]


def _path(unit: str) -> str:
    return str(systemd.UNITS / unit)
