"""Values become words here, once for all screens; pure, so that every unit has a test."""

from datetime import UTC, datetime, tzinfo

from clawtui.engine.words import percentage

NOTHING = "—"
_BYTES = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
SHORT_NAMES = {
    "cpu.busy": "cpu",
    "memory.available": "mem",
    "memory.used_ratio": "mem",
    "latency.p50": "p50",
    "latency.p95": "p95",
    "latency.p99": "p99",
    "e2e.p95": "e2e p95",
    "errors.ratio": "err",
    "errors.rate": "err/s",
    "requests.rate": "rps",
    "disk.used_ratio": "disk",
    "mount.used_ratio": "disk",
    "net.rx": "rx",
    "net.tx": "tx",
    "gpu.busy": "gpu",
    "gpu.memory_used": "vram",
    "gpu.temperature": "gpu °C",
}


def number(value: float | None, digits: int = 3) -> str:
    """About three significant digits, never an exponent: 0.04, 2.1, 88, 5,310."""
    if value is None:
        return NOTHING
    size = abs(value)
    if size >= 10 ** (digits - 1) or value == 0:
        return f"{value:,.0f}"
    decimals = digits - 2 if size >= 10 else digits - 1
    return f"{value:.{max(0, decimals)}f}".rstrip("0").rstrip(".") if decimals > 0 else f"{value:.0f}"


def percent(ratio: float | None) -> str:
    """A ratio of 0–1 in per cent without the sign: 71, 2.1, 0.04."""
    return NOTHING if ratio is None else percentage(ratio)


def size(value: float | None) -> str:
    """Bytes with a decimal prefix: 812, 4.1k, 500M, 12G."""
    if value is None:
        return NOTHING
    for step, letter in _BYTES:
        if abs(value) >= step * 0.9995:
            scaled = value / step
            return f"{scaled:.1f}{letter}" if abs(scaled) < 9.95 else f"{scaled:.0f}{letter}"
    return f"{value:.0f}"


def milliseconds(seconds: float | None) -> str:
    """Seconds as milliseconds without the sign: 812, 0.4."""
    return NOTHING if seconds is None else number(seconds * 1000)


def lasting(seconds: float | None) -> str:
    """A length of time in two parts: 41s, 4m10, 3h05, 2d04."""
    if seconds is None:
        return NOTHING
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02}"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02}"
    return f"{whole // 86_400}d{whole % 86_400 // 3600:02}"


def age(seconds: float | None) -> str:
    """Seconds since the last sample; seconds as long as they fit, so that one sees them count."""
    if seconds is None:
        return NOTHING
    return f"{max(0, int(seconds))}s" if seconds < 1000 else lasting(seconds)


def clock(at: float, zone: tzinfo = UTC, *, seconds: bool = True) -> str:
    """Time of day: 03:14:21."""
    return datetime.fromtimestamp(at, zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def day(at: float, zone: tzinfo = UTC) -> str:
    """Date and time: 2025-11-22 03:14:21."""
    return datetime.fromtimestamp(at, zone).strftime("%Y-%m-%d %H:%M:%S")


def moment(at: float, now: float, zone: tzinfo = UTC) -> str:
    """A time of day, with its date where that is not within the last day: 03:14:21, 11-22 03:14, 2024-11-22 03:14."""
    back = now - at
    if back < 86_400:
        return clock(at, zone)
    return datetime.fromtimestamp(at, zone).strftime("%m-%d %H:%M" if back < 300 * 86_400 else "%Y-%m-%d %H:%M")


def zone_mark(zone: tzinfo, at: float) -> str:
    """What stands behind a clock: Z for UTC, else the zone's short name."""
    return "Z" if zone is UTC else f" {datetime.fromtimestamp(at, zone).tzname() or ''}".rstrip()


def measure(value: float | None, unit: str) -> str:
    """A metric's value in the form people say it, with its unit: 71 %, 812 ms, 500 MB, 88/s."""
    if value is None:
        return NOTHING
    if unit == "ratio":
        return f"{percent(value)} %"
    if unit in ("bytes", "bytes/s"):
        return _sized(value) + ("/s" if unit == "bytes/s" else "")
    if unit == "bool":
        return "yes" if value else "no"
    if unit == "s":
        return f"{milliseconds(value)} ms" if abs(value) < 10 else lasting(value)
    if unit == "1/s":
        return f"{number(value)}/s"
    if unit == "degC":
        return f"{number(value)} °C"
    return f"{number(value)} {unit}".rstrip() if unit != "count" else number(value)


def _sized(value: float) -> str:
    """The letter of `size` belongs to the unit: 2.4 MB, 812 B."""
    words = size(value)
    return f"{words[:-1]} {words[-1]}B" if words[-1].isalpha() else f"{words} B"


def bare(value: float | None, unit: str) -> str:
    """The same for a column whose header carries the unit: 71, 812, 500M; short times are milliseconds."""
    if value is None:
        return NOTHING
    if unit == "s":
        return milliseconds(value)
    if unit == "ratio":
        return percent(value)
    return size(value) if unit in ("bytes", "bytes/s") else number(value)


def short_metric(metric: str) -> str:
    """The word for a metric on a crowded line: `service:bot latency.p95` is p95."""
    name = metric.rpartition(" ")[2]
    return SHORT_NAMES.get(name, name)


def first_token(word: str) -> str:
    """Response time of a server of tokens is the time to the first one: ttft, ttft p99."""
    return "ttft" if word == "p95" else f"ttft {word}" if word in ("p50", "p99") else word


def plural(count: int, word: str) -> str:
    """1 host, 2 hosts."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
