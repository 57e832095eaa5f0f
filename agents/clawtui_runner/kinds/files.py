"""Files outside the service's folder: units and the like. Tried under their real names before they are written."""

from clawtui_runner import outside
from clawtui_runner.step import Check, Done, Step


def check(step: Step) -> Check:
    """A file that is there and not ours is a conflict; one of ours that somebody changed is shown with the change."""
    return outside.check(step, outside.listed(step))


def apply(step: Step) -> Done:
    """All are tried together, then each is written and what reads them is told."""
    return outside.apply(step, outside.listed(step))


def undo(step: Step) -> Done:
    """What was there before, as it was."""
    return outside.undo(step, outside.listed(step))
