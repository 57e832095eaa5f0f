"""What a step can be: one file a kind, each with check, apply and undo over a Step. This is the table."""

import importlib
from typing import Dict, cast

from clawtui_runner.fault import Fault
from clawtui_runner.step import Check, Done, Step

# what undo does: "back" restores what there was before, "stays" leaves what cannot be taken back or harms nobody
KINDS: Dict[str, str] = {
    "blob": "stays",
    "certificate": "back",
    "cleanup": "back",
    "compose": "back",
    "files": "back",
    "instance": "back",
    "keep": "back",
    "packages": "stays",
    "prune": "stays",
    "secrets": "back",
    "site": "back",
    "switch": "back",
    "tree": "back",
    "user": "stays",
    "venv": "stays",
    "verify": "stays",
}


class Kind:
    """The three functions of a kind's file."""

    def __init__(self, name: str) -> None:
        if name not in KINDS:
            raise Fault(
                "refused", f"a step of kind {name!r} is unknown to this runner; is the engine of another version?"
            )
        self.module = importlib.import_module(f"{__name__}.{name}")

    def check(self, step: Step) -> Check:
        """What would change; changes nothing and needs no lock."""
        return cast("Check", self.module.check(step))

    def apply(self, step: Step) -> Done:
        """Make it so; true again at once when it is so already."""
        return cast("Done", self.module.apply(step))

    def undo(self, step: Step) -> Done:
        """Back to what `apply` of the same step in the same rollout found."""
        return cast("Done", self.module.undo(step))
