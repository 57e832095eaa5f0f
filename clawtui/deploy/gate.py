"""Whether a wave may stay: the canary against the rest, by errors and by response time. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from clawtui.deploy.spec import GateLimits

ASK_S = 1.0
# while a wave bakes its gates are read, and the service is asked, each time this has passed
BREACH = 4.0
# so many times the limit is no matter of waiting for the end of the bake


class Verdict(StrEnum):
    """Three answers; the third is a pause."""

    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True, slots=True)
class Traffic:
    """What hosts served while the wave baked."""

    requests: float = 0.0
    errors: float = 0.0
    p95: float | None = None
    # seconds; the worst of the hosts
    healthy: bool | None = None
    # the service's own probe; None where nobody asked yet

    @property
    def error_ratio(self) -> float | None:
        """None where nothing was served."""
        return self.errors / self.requests if self.requests > 0 else None


@dataclass(frozen=True, slots=True)
class Reading:
    """One gate."""

    name: str
    canary: float | None
    others: float | None
    limit: float | None
    verdict: Verdict
    outright: bool = False
    # far beyond: the wave goes back at once


def gates(limits: GateLimits, canary: Traffic, others: Traffic) -> tuple[Reading, ...]:
    """Every gate that is judged; where there are no others yet, only what needs none."""
    made = [_healthy(canary)]
    if limits.error_ratio is not None:
        made.append(_errors(limits.error_ratio, limits.requests, canary, others))
    if limits.p95 is not None:
        made.append(_slow(limits.p95, limits.requests, canary, others))
    return tuple(made)


def verdict(readings: tuple[Reading, ...]) -> Verdict:
    """The worst of them."""
    said = {reading.verdict for reading in readings}
    if Verdict.FAIL in said:
        return Verdict.FAIL
    return Verdict.INCONCLUSIVE if Verdict.INCONCLUSIVE in said else Verdict.PASS


def _healthy(canary: Traffic) -> Reading:
    said = {True: Verdict.PASS, False: Verdict.FAIL, None: Verdict.INCONCLUSIVE}[canary.healthy]
    value = None if canary.healthy is None else float(canary.healthy)
    return Reading("healthy", value, None, 1.0, said, outright=canary.healthy is False)


def _errors(above: float, least: int, canary: Traffic, others: Traffic) -> Reading:
    """A share of errors that is `above` that of the others; none served here by anybody else counts as none failed."""
    theirs = others.error_ratio or 0.0
    limit = theirs + above
    ratio = canary.error_ratio
    if ratio is None or canary.requests < least:
        return Reading("error ratio", ratio, others.error_ratio, limit, Verdict.INCONCLUSIVE)
    said = Verdict.FAIL if ratio > limit else Verdict.PASS
    return Reading("error ratio", ratio, others.error_ratio, limit, said, outright=ratio > theirs + BREACH * above)


def _slow(above: float, least: int, canary: Traffic, others: Traffic) -> Reading:
    limit = None if others.p95 is None else others.p95 * (1 + above)
    if canary.p95 is None or canary.requests < least:
        return Reading("p95", canary.p95, others.p95, limit, Verdict.INCONCLUSIVE)
    if limit is None or others.p95 is None:
        return Reading("p95", canary.p95, None, None, Verdict.PASS)
    said = Verdict.FAIL if canary.p95 > limit else Verdict.PASS
    return Reading("p95", canary.p95, others.p95, limit, said, outright=canary.p95 > others.p95 * (1 + BREACH * above))
