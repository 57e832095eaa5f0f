"""A rule is a limit on a metric; judging folds one value after another into a verdict, and nothing else.

No clock, no socket: `at` is the time of the sample. The same values give the same verdicts, live or from the past.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

LEAST_HOLE_S = 3.0
# a hold goes on over holes in the data up to this long, or up to half the hold


class Severity(StrEnum):
    """How bad a breach is."""

    CRITICAL = "critical"
    WARNING = "warning"


class Reason(StrEnum):
    """Why a verdict is what it is."""

    WITHIN = "within the limit"
    CROSSED = "over the limit, not held long enough yet"
    HELD = "over the limit for as long as the rule asks"
    NOT_CLEARED = "back within the limit, not yet past the clearing value"
    TOO_LITTLE = "too little beside it to mean anything"
    NO_DATA = "no value"


@dataclass(frozen=True, slots=True)
class Bound:
    """`METRIC > LIMIT` or `METRIC < LIMIT`, the limit in the metric's base unit."""

    metric: str
    above: bool
    limit: float

    def holds(self, value: float) -> bool:
        """Is the value on the far side of the limit?"""
        return value > self.limit if self.above else value < self.limit


@dataclass(frozen=True, slots=True)
class Rule:
    """One `[rule.NAME]`."""

    name: str
    when: Bound
    clear: Bound
    # when it is over: on the safe side of `when`
    hold_s: float
    severity: Severity
    unit: str
    enough: Bound | None = None
    # `min`: judged only while this holds for the metric beside it, in the same scope
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a rule says about one metric of one host, as of the last value."""

    firing: bool = False
    reason: Reason = Reason.NO_DATA
    since: float | None = None
    # when the value crossed the limit without coming back
    seen: float | None = None
    # time of the last value
    value: float | None = None


UNJUDGED = Verdict()
WITHIN = Verdict(reason=Reason.WITHIN)
TOO_LITTLE = Verdict(reason=Reason.TOO_LITTLE)


def judge(rule: Rule, before: Verdict, value: float | None, beside: float | None, at: float) -> Verdict:
    """The verdict after one more value; `beside` is the value of the metric that `min` names.

    What is unknown changes nothing: a breach is never resolved by silence.
    """
    if value is None or (rule.enough is not None and beside is None):
        return replace(before, reason=Reason.NO_DATA) if before.reason is not Reason.NO_DATA else before
    if rule.enough is not None and beside is not None and not rule.enough.holds(beside):
        return TOO_LITTLE
    over = rule.when.holds(value)
    if before.firing:
        if over:
            return Verdict(True, Reason.HELD, before.since, at, value)
        return WITHIN if rule.clear.holds(value) else Verdict(True, Reason.NOT_CLEARED, before.since, at, value)
    if not over:
        return WITHIN
    since = _crossed(rule, before, at)
    firing = at - since >= rule.hold_s
    return Verdict(firing, Reason.HELD if firing else Reason.CROSSED, since, at, value)


def _crossed(rule: Rule, before: Verdict, at: float) -> float:
    """When the hold began: now, unless it goes on from before without too long a hole and without a clock set back."""
    if before.since is None or before.seen is None:
        return at
    hole = at - before.seen
    return before.since if 0.0 <= hole <= max(LEAST_HOLE_S, rule.hold_s / 2) else at
