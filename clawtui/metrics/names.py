"""Every metric name there is, with its scope and unit: wire, rings, rules, JSON and screens use these and no others."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """One name; it belongs to one kind of scope and no name is another's prefix, dot by dot."""

    name: str
    scope: str
    # "host", "mount", "service", "device": the part of a scope before its colon
    unit: str


_UNITS: Mapping[tuple[str, str], str] = {
    ("host", "ratio"): (
        "cpu.busy cpu.iowait cpu.steal pressure.cpu pressure.memory pressure.io disk.used_ratio disk.inodes_ratio"
    ),
    ("host", "bytes"): "memory.available memory.total swap.used agent.rss",
    ("host", "bytes/s"): "disk.read disk.write net.rx net.tx",
    ("host", "1/s"): "net.errors net.retransmits",
    ("host", "count"): "load.1m",
    ("host", "cores"): "agent.cpu",
    ("host", "bool"): "clock.synced",
    ("host", "s"): "agent.lateness clock.offset",
    ("mount", "ratio"): "mount.used_ratio mount.inodes_ratio",
    ("mount", "bytes"): "mount.free",
    ("service", "bool"): "up",
    ("service", "cores"): "process.cpu",
    ("service", "bytes"): "process.memory",
    ("service", "count"): "process.threads process.files restarts inflight queue",
    ("service", "1/s"): (
        "requests.rate errors.rate tokens.rate latency.le.50 latency.le.100 latency.le.250 latency.le.500"
        " latency.le.1000 latency.le.2500 latency.le.5000 latency.le.10000 latency.le.inf"
    ),
    ("service", "ratio"): "errors.ratio",
    ("service", "s"): "latency.p50 latency.p95 latency.p99 e2e.p95",
    ("device", "ratio"): "gpu.busy",
    ("device", "bytes"): "gpu.memory_used gpu.memory_total",
    ("device", "degC"): "gpu.temperature",
    ("device", "W"): "gpu.power",
    ("device", "bool"): "gpu.throttled",
    ("device", "count"): "gpu.errors",
}

METRICS: Mapping[str, Metric] = {
    name: Metric(name, scope, unit) for (scope, unit), names in _UNITS.items() for name in names.split()
}

OVERVIEW = (
    "cpu.busy",
    "memory.available",
    "disk.used_ratio",
    "disk.read",
    "disk.write",
    "net.rx",
    "net.tx",
    "latency.p95",
    "errors.ratio",
    "requests.rate",
    "gpu.busy",
)
# of these the engine keeps the last half hour of every host


def metric(name: str) -> Metric:
    """The metric of that name; raises KeyError with the nearest names in words."""
    if (found := METRICS.get(name)) is None:
        near = difflib.get_close_matches(name, METRICS, 3, 0.5)
        raise KeyError(f"no metric is called {name}; " + (f"did you mean {' or '.join(near)}?" if near else _all()))
    return found


def _all() -> str:
    return f"known: {', '.join(sorted(METRICS))}"
