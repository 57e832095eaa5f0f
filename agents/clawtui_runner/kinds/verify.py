"""Does what was switched to do its work, seen as its users see it? Nothing is changed by asking."""

from clawtui_runner import asking, health, state
from clawtui_runner.journal import Journal
from clawtui_runner.step import Check, Done, Step


def check(step: Step) -> Check:
    """It was asked since it was switched to."""
    release = step.params.text("release")
    if state.read(step.place)["current"] == release:
        return Check("same", f"{release} is kept")
    for record in reversed(Journal(step.place.claw / "journal.jsonl").records()):
        if record.get("what") in ("switched", "reverted"):
            break
        if record.get("what") == "verified" and record.get("release") == release:
            return Check("same", f"{release} is verified")
    return Check("differs", f"{release} will be asked")


def apply(step: Step) -> Done:
    """The instance itself, then through the proxy under the name that its users ask for."""
    unit, release = step.params.text("unit"), step.params.text("release")
    wanted = health.health(step.params.table("health" if "health" in step.params else "ready"))
    words = health.wait(step, unit, asking.target(step.params.table("listen")), wanted)
    through = asking.target(step.params.table("through"))
    if through:
        outward = step.params.table("through")
        seen = health.health(outward.table("health")) if "health" in outward else wanted
        words += f"; {health.wait(step, unit, through, seen)} through {through.host or through.words}"
    step.note("verified", {"release": release, "unit": unit})
    return Done(False, words)


def undo(step: Step) -> Done:
    """Asking left nothing behind."""
    return Done(False, "nothing to take back")
