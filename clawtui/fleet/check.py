"""One thing that doctor looked at."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """A finding and what to do about it."""

    what: str
    state: str
    # ok, warning, failed, skipped
    words: str
    remedy: str = ""
