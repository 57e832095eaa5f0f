"""History of hosts and the limits drawn with it."""

from clawtui.engine.boundary.value import Severity, Value


class Limit(Value, frozen=True):
    """A threshold to draw: from the same rules that judge."""

    rule: str
    metric: str
    """Metric name without scope: it applies in every scope that has it."""
    limit: float
    above: bool
    unit: str
    severity: Severity
    hold_s: float = 0.0


class LimitsQuery(Value, frozen=True):
    """→ Limits: what the charts draw."""


class Limits(Value, frozen=True):
    """All thresholds in force."""

    limits: tuple[Limit, ...]


class RangeQuery(Value, frozen=True):
    """→ RangeAnswer: history of one host from its rings, thinned to about `points` steps keeping extremes."""

    host: str
    metrics: tuple[str, ...]
    """`str(Key)` each."""
    start: float
    end: float
    points: int = 300


class RangeAnswer(Value, frozen=True):
    """Parallel lists, oldest first; None = nothing recorded. `low`, `mean`, `high` hold one list per metric asked for."""

    host: str
    metrics: tuple[str, ...]
    step_s: float
    times: tuple[float, ...]
    low: tuple[tuple[float | None, ...], ...]
    mean: tuple[tuple[float | None, ...], ...]
    high: tuple[tuple[float | None, ...], ...]
    note: str = ""
    """Why it is short, or how it was read: "read by SFTP, the agent is dead"."""


class MedianQuery(Value, frozen=True):
    """→ RangeAnswer with host "": the fleet's median of one metric over the last 30 min (30 s steps)."""

    metric: str
    host: str = ""
    """Of whose context; needed only where several are shown together."""
