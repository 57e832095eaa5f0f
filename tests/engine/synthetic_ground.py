"""What the made-up fleet measures, which limits hold in it and where trouble is placed."""

import math

from clawtui.engine.boundary.charts import Limit
from clawtui.engine.boundary.value import Severity, State

GIB = 2**30
UNITS = {
    "cpu.busy": "ratio",
    "memory.available": "bytes",
    "memory.total": "bytes",
    "disk.used_ratio": "ratio",
    "disk.read": "bytes/s",
    "disk.write": "bytes/s",
    "net.rx": "bytes/s",
    "net.tx": "bytes/s",
    "load.1m": "count",
    "service:bot latency.p95": "s",
    "service:bot requests.rate": "1/s",
    "service:bot errors.ratio": "ratio",
}
KEYS = {metric: number for number, metric in enumerate(UNITS)}
LIMITS = (
    Limit("cpu-high", "cpu.busy", 0.85, True, "ratio", Severity.WARNING, 5.0),
    Limit("cpu-sustained", "cpu.busy", 0.80, True, "ratio", Severity.CRITICAL, 300.0),
    Limit("memory-low", "memory.available", 500e6, False, "bytes", Severity.CRITICAL, 5.0),
    Limit("latency-high", "latency.p95", 0.5, True, "s", Severity.WARNING, 5.0),
    Limit("errors-high", "errors.ratio", 0.05, True, "ratio", Severity.CRITICAL, 5.0),
    Limit("disk-full", "mount.used_ratio", 0.90, True, "ratio", Severity.WARNING, 30.0),
)
TROUBLE: dict[int, tuple[State, str, str]] = {
    6: (State.DOWN, "ssh refused, 3 tries", "clawtui doctor {host}"),
    2: (State.WARNING, "p95 812 > 500 ms", ""),
    10: (State.WARNING, "p95 640 > 500 ms", ""),
    4: (State.CRITICAL, "memory available 412 < 500 MB", ""),
    18: (State.STALE, "agent silent, ssh ok", "clawtui agent status {host}"),
    13: (State.NO_AGENT, "no agent answers", "clawtui agent install {host}"),
    15: (State.REFUSED, "host key changed: SHA256:abc", "clawtui trust --replace {host}"),
}
BLIND = (State.DOWN, State.STALE, State.NO_AGENT, State.REFUSED, State.LOADING)


def made_up(n: int, metric: str, since: float, seed: int, state: State) -> float:
    """The number of host n after so many seconds: waves and noise, the same for the same seed."""
    key = KEYS[metric]
    wave = math.sin(since / (40 + n % 30) + n * 1.7 + key)
    noise = math.sin(n * 12.9898 + key * 78.233 + int(since) * 37.719 + seed) * 43758.5453 % 1 - 0.5
    match metric.rpartition(" ")[2]:
        case "cpu.busy":
            return min(0.84, max(0.01, 0.45 + 0.2 * wave + 0.1 * noise))
        case "memory.available":
            return 412e6 if state is State.CRITICAL else 16 * GIB * (0.4 + 0.05 * wave)
        case "memory.total":
            return 16.0 * GIB
        case "disk.used_ratio":
            return 0.5 + n % 30 / 100
        case "latency.p95":
            slow = 0.812 if n == 2 else 0.64
            return slow + 0.02 * noise if state is State.WARNING else 0.21 + 0.06 * wave + 0.03 * noise
        case "requests.rate":
            return 88 + 10 * wave + 4 * noise
        case "errors.ratio":
            return 0.002 + 0.001 * noise
        case "load.1m":
            return 2 + wave
        case _:
            return 1e6 * (2 + wave + noise)
