"""Where the operator has been: `[` and `]` walk, backtick goes back to the last view; pure."""

from dataclasses import dataclass, replace

FLEET = ""
DEPLOY = ":deploy"
# no host is called so: names have no colon
LONGEST = 50


@dataclass(frozen=True, slots=True)
class Trail:
    """Views in the order of visiting: a host's name, or the fleet."""

    places: tuple[str, ...] = (FLEET,)
    at: int = 0
    last: str | None = None
    # the view before this one, however it was reached

    @property
    def here(self) -> str:
        """The view on screen."""
        return self.places[self.at]

    def visit(self, place: str) -> "Trail":
        """Go somewhere new; what lay ahead is forgotten."""
        if place == self.here:
            return self
        places = (*self.places[: self.at + 1], place)[-LONGEST:]
        return Trail(places, len(places) - 1, self.here)

    def walk(self, step: int) -> "Trail":
        """Earlier or later, without forgetting."""
        at = max(0, min(self.at + step, len(self.places) - 1))
        return self if at == self.at else replace(self, at=at, last=self.here)
