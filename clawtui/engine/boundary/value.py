"""What all values of the boundary are made of, and the two scales that they are judged on."""

from enum import StrEnum

import msgspec


class State(StrEnum):
    """Host states, worst first; `rank` orders the fleet table."""

    DOWN = "down"
    CRITICAL = "critical"
    REFUSED = "refused"
    STALE = "stale"
    WARNING = "warning"
    NO_AGENT = "no-agent"
    DRAINED = "drained"
    UNKNOWN = "unknown"
    LOADING = "loading"
    OK = "ok"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(State).index(self)


class Severity(StrEnum):
    """How bad a breached rule or a notice is."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Value(msgspec.Struct, frozen=True, tag=True, tag_field="type"):
    """Root of everything that crosses the boundary."""
