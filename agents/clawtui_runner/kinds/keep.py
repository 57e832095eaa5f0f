"""The wave's gate has passed: nothing goes back by itself any more, and the old instance ends once its requests have."""

import time

from clawtui_runner import current, deadman, disk, going_back, state, systemd, traffic
from clawtui_runner.asking import Target
from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.step import Check, Done, Step

BEFORE = "keep"


def check(step: Step) -> Check:
    """Kept, disarmed, and the old one gone."""
    release, old = step.params.text("release"), step.params.text("old_unit", "")
    ended = not old or old == step.params.text("unit", "") or not systemd.there() or not systemd.active(old)
    if state.read(step.place)["current"] == release and ended and deadman.armed(step.place) is None:
        return Check("same", f"{release} is kept")
    return Check("differs", f"{release} will be kept", (f"+ current → {release}", *([f"- {old}"] if not ended else [])))


def apply(step: Step) -> Done:
    """Disarmed first: from here on going back is somebody's decision."""
    release, switched = step.params.text("release"), _switched(step)
    unit = step.params.text("unit", switched.text("unit", ""))
    if check(step).state == "same":
        return Done(False, f"{release} is kept")
    step.remember(BEFORE, _before(step))
    deadman.disarm(step.place)
    if unit and systemd.there():
        step.run("systemctl", "enable", "--quiet", "--", unit)
    disk.link(step.place.current, f"releases/{release}")
    listen = step.params.table("listen")
    if listen.values:
        current.write(step.place, release, unit, listen, step.params)
    step.note("kept", {"release": release, "unit": unit})
    return Done(True, f"{release} is kept{_end(step, unit, switched)}")


def undo(step: Step) -> Done:
    """The old instance runs again beside the new one; which of them serves is undone by the switch."""
    before = step.recalled(BEFORE)
    if not before.values:
        return Done(False, "was not kept in this rollout")
    old = step.params.text("old_unit", "")
    if old and not _in_place(step):
        going_back.started(step, old, _old(step, _switched(step)))
    if before.text("current", ""):
        disk.link(step.place.current, before.text("current"))
    else:
        disk.remove(step.place.current)
    step.note("unkept", {"release": before.text("release", ""), "previous": before.text("previous", "")})
    return Done(True, f"{before.text('release', '') or 'nothing'} is current again")


def _before(step: Step) -> Record:
    known = state.read(step.place)
    return {"current": current.target(step.place.current), "release": known["current"], "previous": known["previous"]}


def _end(step: Step, unit: str, switched: Params) -> str:
    """Its requests first: they were its own before the switch."""
    old = step.params.text("old_unit", "")
    if not old or old == unit:
        return ""
    stop_s = step.params.number("stop_s", 30.0)
    calm = traffic.quiet(_old(step, switched), time.monotonic() + min(stop_s, step.left))
    going_back.stop(step, old)
    return f", {old} has ended" + ("" if calm else f"; it still had requests after {stop_s:g} s")


def _switched(step: Step) -> Params:
    """What the switch of this rollout wrote down."""
    folder = step.place.claw / "undo" / step.rollout
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        found = Params(path.stem, disk.read(path) or {}).table("switch")
        if found.values:
            return found
    return Params("switch", {})


def _old(step: Step, switched: Params) -> Target:
    return Target(switched.text("old_socket", ""), switched.whole("old_port", 0))


def _in_place(step: Step) -> bool:
    return _switched(step).text("mode", "") == "in-place"
