"""Numbers and metrics in the words that `why` and the first line use. Pure."""

import re

from clawtui.clean import clean
from clawtui.engine.boundary.hosts import Breach
from clawtui.metrics.sample import HOST_SCOPE, Key

SHORT = {
    "cpu.busy": "cpu",
    "cpu.iowait": "iowait",
    "cpu.steal": "steal",
    "memory.available": "memory available",
    "errors.ratio": "errors",
    "latency.p50": "p50",
    "latency.p95": "p95",
    "latency.p99": "p99",
    "e2e.p95": "e2e p95",
    "mount.used_ratio": "disk",
    "mount.inodes_ratio": "inodes",
    "disk.used_ratio": "disk",
    "requests.rate": "requests",
    "gpu.busy": "gpu",
}
NO_WAY_BACK = "cannot be undone"
_DATED = re.compile(r"\d{8}T\d{6}-(?P<digest>[0-9a-f]{8})")
_BYTES = (("GB", 1e9), ("MB", 1e6), ("kB", 1e3), ("B", 1.0))


def amounts(value: float, limit: float, unit: str) -> tuple[str, str, str]:
    """Value, limit and unit as they are read side by side: ("812", "500", "ms")."""
    match unit:
        case "ratio":
            return _round(value * 100), _round(limit * 100), "%"
        case "s" if max(value, limit) < 10:
            return _round(value * 1000), _round(limit * 1000), "ms"
        case "bytes" | "bytes/s":
            name, size = next(pair for pair in _BYTES if limit >= pair[1] or pair[1] == 1.0)
            return _round(value / size), _round(limit / size), name + unit[5:]
        case "degC":
            return _round(value), _round(limit), "°C"
        case "count" | "bool":
            return _round(value), _round(limit), ""
        case _:
            return _round(value), _round(limit), unit


def reverting(reverts: str) -> str:
    """The line of a plan that says what takes it back."""
    return reverts if reverts == NO_WAY_BACK else f"reverts with: {reverts}"


def percentage(ratio: float) -> str:
    """A ratio of 0–1 in per cent without the sign: 71, 2.1, 0.04; a little is never shown as none."""
    value = ratio * 100
    if abs(value) >= 9.95 or value == 0:
        return f"{value:.0f}"
    if abs(value) < 0.005:
        return "<0.01" if value > 0 else "0"
    return (f"{value:.1f}" if abs(value) >= 0.095 else f"{value:.2f}").removesuffix(".0")


def breach_words(breach: Breach, *, alone: bool, first_token: bool = False) -> str:
    """ "p95 812 > 500 ms"; the scope is named unless it is the host's only service, and latency for what it is."""
    key = Key.parse(breach.metric)
    kind, _, name = key.scope.partition(":")
    if kind == "device":
        return _device_words(breach, key.name, name)
    where = "" if key.scope == HOST_SCOPE or (kind == "service" and alone) else f"{name} "
    if key.name == "up":
        return f"{name} is down"
    value, limit, unit = amounts(breach.value, breach.limit, breach.unit)
    short = SHORT.get(key.name, key.name)
    if first_token and short in ("p50", "p95", "p99"):
        short = "ttft" if short == "p95" else f"ttft {short}"
    first = f"{short} {where}" if kind == "mount" else f"{where}{short} "
    return f"{first}{value} {'>' if breach.above else '<'} {limit} {unit}".rstrip()


def _device_words(breach: Breach, metric: str, device: str) -> str:
    """ "gpu1 97 > 90 %", "gpu1 vram 78 > 76 GB", "gpu1 throttled"."""
    if breach.unit == "bool":
        return f"{device} {metric.rpartition('.')[2]}"
    value, limit, unit = amounts(breach.value, breach.limit, breach.unit)
    what = {"gpu.busy": "", "gpu.memory_used": "vram "}.get(metric, f"{metric.removeprefix('gpu.')} ")
    return f"{device} {what}{value} {'>' if breach.above else '<'} {limit} {unit}".rstrip()


def duration(seconds: float) -> str:
    """41s, 4m10, 2h05, 3d4h: short enough for a column."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}"
    return f"{whole // 86_400}d{whole % 86_400 // 3600}h"


def _round(value: float) -> str:
    if 0 < value < 0.005:
        return "<0.01"
    return f"{value:.0f}" if abs(value) >= 10 or value == int(value) else f"{value:.2g}"


def short(release: str) -> str:
    """What tells a release from the others on a crowded line: its digest, where it is named by time and digest."""
    found = _DATED.fullmatch(release)
    return found["digest"] if found else clean(release, limit=24) or "nothing"
