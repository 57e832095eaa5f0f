"""From the instance that serves to the new one, with a way back that needs nobody: armed before anything is switched."""

from typing import Tuple

from clawtui_runner import asking, current, deadman, going_back, state, systemd, traffic
from clawtui_runner.asking import Target
from clawtui_runner.fault import Fault, Record
from clawtui_runner.params import Params
from clawtui_runner.step import Check, Done, Step

BEFORE = "switch"


def check(step: Step) -> Check:
    """Requests reach it, and the journal says so too."""
    unit, target = _wanted(step)
    live = str(state.read(step.place)["live"])
    if live == unit and traffic.leads(step.place, target) and (not systemd.there() or systemd.active(unit)):
        return Check("same", f"{unit} serves")
    return Check("differs", f"{unit} will serve", (f"- {live or 'nothing'}", f"+ {unit}"))


def apply(step: Step) -> Done:
    """What there is is written down, the dead-man armed; then the requests are led over."""
    unit, target = _wanted(step)
    if check(step).state == "same":
        return Done(False, f"{unit} serves")
    step.remember(BEFORE, _before(step))
    before = step.recalled(BEFORE)
    after_s = step.params.number("dead_man_s", 0.0)
    if after_s > 0:
        deadman.arm(step.place, {"step": step.id, **_named(before)}, after_s, step.rollout, step.fence)
        step.note("armed", {"after_s": after_s, **_named(before)})
    if before.text("mode") == "in-place":
        going_back.stop(step, before.text("old_unit", ""))
    going_back.started(step, unit, target)
    traffic.lead(step, target)
    current.write(step.place, step.params.text("release"), unit, step.params.table("link"), step.params)
    step.note("switched", {**_named(before), "socket": target.socket, "port": target.port})
    return Done(
        True, f"{unit} serves" + (f"; goes back by itself after {after_s:g} s without a word" if after_s else "")
    )


def undo(step: Step) -> Done:
    """What was written down serves again."""
    before = step.recalled(BEFORE)
    if not before.values:
        return Done(False, "was not switched in this rollout")
    return Done(True, going_back.go_back(step, before))


def _wanted(step: Step) -> Tuple[str, Target]:
    return step.params.text("unit"), asking.target(step.params.table("link"))


def _named(before: Params) -> Record:
    return {name: before.values.get(name) for name in ("release", "unit", "old_release", "old_unit", "mode")}


def _before(step: Step) -> Record:
    """Everything that going back needs, so that the dead-man can do it with this alone."""
    mode = step.params.text("mode", "beside")
    if mode not in ("beside", "in-place"):
        raise Fault("refused", f"{step.params.where}.mode: {mode!r} is neither beside nor in-place")
    known = state.read(step.place)
    live, led = str(known["live"]), traffic.seen(step.place)
    old = step.params.text("old_unit", live)
    port = traffic.port(step.place)
    socket = str(step.place.live.parent / str(led["live"])) if led["live"] and not port else ""
    words = current.text(step.place)
    return {
        "release": step.params.text("release"),
        "unit": step.params.text("unit"),
        "old_unit": old if old != step.params.text("unit") else "",
        "old_release": str(known["current"]),
        "old_socket": socket,
        "old_port": port,
        "mode": mode,
        **led,
        **({"current_json": words} if words is not None else {}),
    }
