"""What a host offers to its charts: every metric with its unit, value, limit and verdict, worst first; pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from clawtui.clean import clean
from clawtui.engine.boundary.charts import Limit
from clawtui.engine.boundary.hosts import Breach, ColumnView, HostView
from clawtui_screens import text
from clawtui_screens.look import Glyphs

USUAL = ("latency.p95", "cpu.busy", "memory.available", "errors.ratio")
"""The charts of a host that is well, in this order."""
NEXT = ("requests.rate", "net.rx", "net.tx", "disk.read", "disk.write", "disk.used_ratio", "mount.used_ratio", "gpu.busy",
        "gpu.memory_used", "process.cpu", "process.memory")  # fmt: skip
BUCKETS = "latency.le."
"""Histogram buckets are what percentiles are made of; nobody reads them as curves."""
_NAMES = {
    "memory.available": "mem available",
    "memory.total": "mem total",
    "errors.ratio": "errors",
    "requests.rate": "requests",
    "disk.used_ratio": "disk used",
    "mount.used_ratio": "used",
    "mount.free": "free",
    "mount.inodes_ratio": "inodes",
    "gpu.memory_used": "vram used",
    "gpu.memory_total": "vram",
    "process.memory": "memory",
    "gpu.busy": "busy",
    "gpu.temperature": "temperature",
    "process.cpu": "cores used",
    "disk.read": "disk read",
    "disk.write": "disk write",
    "net.rx": "net in",
    "net.tx": "net out",
}
_UNITS = {
    "ratio": ("busy", "iowait", "steal", "ratio", "used_ratio", "inodes_ratio"),
    "bytes": ("available", "total", "used", "free", "rss", "memory", "memory_used", "memory_total"),
    "1/s": ("rate", "retransmits"),
    "cores": ("cpu",),
    "bytes/s": ("read", "write", "rx", "tx"),
    "s": ("p50", "p95", "p99", "lateness", "offset"),
    "degC": ("temperature",),
    "W": ("power",),
    "bool": ("up", "synced", "throttled"),
}


@dataclass(frozen=True, slots=True)
class Offer:
    """One metric of one host, as it stands now."""

    metric: str
    # `str(Key)`
    label: str
    # for people: "p95", "gpu0 busy", "/var free"
    unit: str
    value: float | None = None
    limit: Limit | None = None
    breach: Breach | None = None
    missing: str = ""
    # why there is no value
    exact: bool = True
    # False: the percentile is interpolated around its limit

    @property
    def beyond(self) -> bool:
        """On the wrong side of its limit, held long enough or not."""
        return self.breach is not None or wrong(self.value, self.limit)

    @property
    def strain(self) -> float:
        """How near to its limit, 1 is at it; 0 where there is none."""
        if self.limit is None or self.value is None or not self.limit.limit:
            return 0.0
        if self.limit.above:
            return self.value / self.limit.limit
        return self.limit.limit / self.value if self.value > 0 else 99.0


def wrong(value: float | None, limit: Limit | None) -> bool:
    """Does this value break the limit?"""
    return value is not None and limit is not None and (value > limit.limit if limit.above else value < limit.limit)


def offers(view: HostView, columns: Iterable[ColumnView], limits: Iterable[Limit]) -> tuple[Offer, ...]:
    """Everything that can be drawn: what is broken first, then the usual four, then the rest by name."""
    values = dict(values_of(view))
    known = {c.metric: c for c in columns}
    rules = tuple(limits)
    inexact = {s.name for s in view.services if not s.exact}
    names = [*values, *(m for m in known if m not in values)]
    found = [
        Offer(
            metric,
            label(metric, view),
            known[metric].unit if metric in known else unit_of(metric),
            values.get(metric),
            limit_of(metric, view, rules),
            next((b for b in view.breaches if b.metric == metric), None),
            known[metric].missing if metric in known and values.get(metric) is None else "",
            not (metric.endswith("latency.p95") and _scope(metric) in inexact),
        )
        for metric in names
        if BUCKETS not in metric
    ]
    ranks = {b.metric: n for n, b in reversed(list(enumerate(view.breaches)))}
    return tuple(sorted(found, key=lambda o: (ranks.get(o.metric, len(ranks)), _place(o), o.metric)))


def leading(found: Iterable[Offer], most: int, first: str = "") -> list[str]:
    """Which metrics the charts show when a host is opened: the one asked for, the broken ones, the usual ones."""
    chosen: list[str] = []
    every = list(found)
    named = [o for o in every if first and first in {o.metric, o.metric.rpartition(" ")[2]}]
    broken = [o for o in every if o.breach is not None]
    usual = [o for name in (*USUAL, *NEXT) for o in _best(every, name)]
    for offer in (*named[:1], *broken, *usual, *every):
        if offer.metric not in chosen and len(chosen) < most:
            chosen.append(offer.metric)
    return chosen


def _best(found: list[Offer], name: str) -> list[Offer]:
    """The metric of that name in the scope that is worst off; what has no value gives way to what has."""
    same = [o for o in found if o.metric.rpartition(" ")[2] == name]
    return sorted(same, key=lambda o: (o.value is None, -o.strain))[:1]


def values_of(view: HostView) -> Iterator[tuple[str, float | None]]:
    """Every metric of a view by its full name."""
    yield from view.metrics.items()
    for kind, parts in (("service", view.services), ("device", view.devices)):
        for part in parts:
            yield from ((f"{kind}:{part.name} {name}", value) for name, value in part.metrics.items())
    for mount in view.mounts:
        yield from ((f"mount:{mount.path} {name}", value) for name, value in mount.metrics.items())


def limit_of(metric: str, view: HostView, limits: Iterable[Limit]) -> Limit | None:
    """The limit to draw: the one that is broken, else the one that strikes first."""
    broken = next((b for b in view.breaches if b.metric == metric), None)
    same = [rule for rule in limits if rule.metric == metric.rpartition(" ")[2]]
    if broken is not None:
        return next(
            (rule for rule in same if rule.rule == broken.rule),
            Limit(broken.rule, broken.metric, broken.limit, broken.above, broken.unit, broken.severity, broken.held_s),
        )
    return min(same, key=lambda rule: rule.hold_s, default=None)


def word_of(metric: str, view: HostView) -> str:
    """What is measured, without whose it is: "cpu", "ttft", "vram used"."""
    name = metric.rpartition(" ")[2]
    words = _NAMES.get(name) or text.short_metric(metric)
    service = next((s for s in view.services if s.name == _scope(metric)), None)
    if service is not None and name.startswith("latency.") and service.latency_is != "request":
        first = service.latency_is == "first token"
        return text.first_token(words) if first else f"{words} {service.latency_is}"  # of probes, never of real traffic
    return words.removeprefix("gpu.") if metric.startswith("device:") else words


def label(metric: str, view: HostView) -> str:
    """A metric's name for people; its service is named only where the host has several."""
    words, scope = word_of(metric, view), _scope(metric)
    if metric.startswith("service:"):
        return clean(f"{scope} {words}" if len(view.services) > 1 else words, limit=40)
    return clean(f"{scope} {words}" if scope else words, limit=40)


def verdict(offer: Offer, now: float, glyphs: Glyphs, *, scale_figure: str = "") -> str:
    """The limit in words: `▲ OVER limit 500 ms for 4m10`, `● limit 85 %`; empty where there is no rule."""
    if offer.limit is None:
        return ""
    figure = scale_figure or text.measure(offer.limit.limit, offer.unit)
    about = "" if offer.exact else " (interpolated)"
    if not offer.beyond:
        return f"{glyphs.fit('● ') if offer.value is not None else ''}limit {figure}{about}"
    side = "▲ OVER" if offer.limit.above else "▼ UNDER"
    lasting = f" for {text.lasting(now - offer.breach.since)}" if offer.breach else ""
    return f"{side if not glyphs.ascii else side[2:]} limit {figure}{lasting}{about}"


def unit_of(metric: str) -> str:
    """The unit by the name alone, until the host's columns are known."""
    last = metric.rpartition(".")[2]
    return next((unit for unit, names in _UNITS.items() if last in names), "count")


def merged(view: HostView, live: Mapping[str, float | None]) -> dict[str, float | None]:
    """The newest value of every metric: the live sample where there is one."""
    return {**dict(values_of(view)), **live}


def _scope(metric: str) -> str:
    return metric.rpartition(" ")[0].partition(":")[2]


def _place(offer: Offer) -> int:
    order = (*USUAL, *NEXT)
    name = offer.metric.rpartition(" ")[2]
    missing = 1000 if offer.value is None else 0
    return missing + (order.index(name) if name in order else len(order))
