"""What an agent says about itself (Hello) and about one second of its host (Sample)."""

from dataclasses import dataclass
from typing import NamedTuple

HOST_SCOPE = "host"


class Key(NamedTuple):
    """Full name of a metric on one host: `cpu.busy`, `service:bot latency.p95`, `mount:/var mount.free`."""

    scope: str
    name: str

    def __str__(self) -> str:
        return self.name if self.scope == HOST_SCOPE else f"{self.scope} {self.name}"

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read back what `str()` wrote; a mount path may hold spaces, a metric's name never does."""
        scope, _, name = text.rpartition(" ")
        return cls(scope or HOST_SCOPE, name)


@dataclass(frozen=True, slots=True)
class Column:
    """One number of every sample."""

    key: Key
    unit: str
    # "ratio", "bytes", "s", "ms", "1/s", "bytes/s", "count", "degC", "W", "bool"
    period_s: float
    # how often its source is read
    missing: str = ""
    # why there is no value: "no permission", "belongs to the machine", "not offered by this kernel" …


@dataclass(frozen=True, slots=True)
class ServiceInfo:
    """What the agent knows of a service before its first number."""

    name: str
    latency_is: str = ""
    # "request", "first token", "first response" or "probe": what latency.* measures
    edges_ms: tuple[float, ...] = ()
    # finite bucket edges of the source; latency.p95 is exact at these
    missing: str = ""
    # "metrics page: connection refused" …


@dataclass(frozen=True, slots=True)
class RingInfo:
    """One tier of history kept on the host."""

    tier: str
    # "1s", "1m" or "1h"
    step_s: int
    slots: int
    first: float
    # unix time of the oldest record, 0 when empty


@dataclass(frozen=True, slots=True)
class Hello:
    """First line of every connection to an agent."""

    protocol: int
    agent: str
    # its version
    host: str
    # what the machine calls itself
    fqdn: str
    machine_id: str
    boot_id: str
    pid: int
    clock: float
    # unix time there when it was written
    scope: str
    # "machine" or "process tree"
    allotment: dict[str, float]
    # cores and memory of a process tree; empty for a machine
    python: str
    digest: str
    # of the agent's own files; compared with ours to say "behind"
    addresses: tuple[str, ...]
    columns: tuple[Column, ...]
    services: tuple[ServiceInfo, ...]
    rings: tuple[RingInfo, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One second of one host, by its own clock; values in the order of the Hello's columns, None = unknown."""

    at: float
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Process:
    """One line of the process list."""

    pid: int
    user: str
    name: str
    cpu: float
    # cores used over the last interval
    memory: int
    # resident bytes
    command: str


@dataclass(frozen=True, slots=True)
class Range:
    """History of some metrics of one host: parallel arrays, oldest first.

    `times` are starts of steps by the host's clock; `low`, `mean`, `high` have one list per key with one value
    per time, None where nothing was recorded. At the 1 s tier without thinning the three are equal.
    """

    keys: tuple[Key, ...]
    step_s: float
    tier: str
    times: tuple[float, ...]
    low: tuple[tuple[float | None, ...], ...]
    mean: tuple[tuple[float | None, ...], ...]
    high: tuple[tuple[float | None, ...], ...]
    note: str = ""
    # "read from the ring by SFTP: the agent is dead" …
