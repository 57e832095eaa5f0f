"""Whether acts may pass in a read-only context, and until when."""

from collections.abc import Callable
from dataclasses import dataclass

from clawtui.engine.boundary.plans import Outcome

MINUTES_MOST = 24 * 60


@dataclass(slots=True)
class Arming:
    """Off until somebody arms; headless verbs are armed by their --confirm instead."""

    wall: Callable[[], float]
    always: bool = False
    until: float | None = None

    def now(self) -> bool:
        """May acts pass?"""
        if self.until is not None and self.wall() >= self.until:
            self.until = None
        return self.always or self.until is not None

    def arm(self, minutes: float) -> Outcome:
        """For some minutes; 0 ends it."""
        if not 0 <= minutes <= MINUTES_MOST:
            return Outcome(done=False, words=f"between 0 and {MINUTES_MOST} minutes", code=64)
        self.until = self.wall() + minutes * 60 if minutes else None
        return Outcome(done=True, words=f"armed for {minutes:g} min" if minutes else "read-only again")
