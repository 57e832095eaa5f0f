"""From named figures of a host without an agent to the same Hello and Samples that an agent gives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clawtui.metrics.names import METRICS
from clawtui.metrics.sample import HOST_SCOPE, Column, Hello, Key, Sample, ServiceInfo

UNSEEN = "agentless: nobody looks at its processes"


@dataclass(frozen=True, slots=True)
class Who:
    """Who answers."""

    speaks: str
    # "loop in sh", "node-exporter 1.5.0"
    host: str = ""
    fqdn: str = ""
    boot_id: str = ""
    services: tuple[str, ...] = ()
    # what the fleet file names on this host: shown as not looked at


@dataclass(slots=True)
class Figures:
    """What one look found."""

    at: float
    # unix time there
    values: dict[Key, float | None] = field(default_factory=dict[Key, float | None])
    missing: dict[Key, str] = field(default_factory=dict[Key, str])

    def host(self, name: str, value: float | None, missing: str = "") -> None:
        """One figure of the whole host; `missing` says why there is none."""
        key = Key(HOST_SCOPE, name)
        self.values[key] = value
        if value is None and missing:
            self.missing[key] = missing

    def mounts(self, mounts: Mapping[str, "Fill"]) -> None:
        """Each by itself, and the worst of them."""
        inodes = [fill.inodes for fill in mounts.values() if fill.inodes is not None]
        self.host("disk.used_ratio", max((fill.used for fill in mounts.values()), default=None), "no disk was found")
        self.host("disk.inodes_ratio", max(inodes, default=None), "no disk says how many inodes it has")
        for path, fill in mounts.items():
            scope = f"mount:{path}"
            self.values[Key(scope, "mount.used_ratio")] = fill.used
            self.values[Key(scope, "mount.inodes_ratio")] = fill.inodes
            self.values[Key(scope, "mount.free")] = fill.free


@dataclass(frozen=True, slots=True)
class Fill:
    """How full a file system is, as `df` counts."""

    used: float
    inodes: float | None
    free: float


class Telling:
    """Says hello again whenever what is told changes."""

    def __init__(self, who: Who, period_s: float) -> None:
        self.who, self.period_s = who, period_s
        self.hello: Hello | None = None
        self._order: tuple[Key, ...] = ()

    def tell(self, figures: Figures) -> tuple[Hello | Sample, ...]:
        """A hello where it is needed, then the sample."""
        sample = Sample(figures.at, (*figures.values.values(), *(None for _ in self.who.services)))
        order = tuple(figures.values)
        if order == self._order and self.hello is not None:
            return (sample,)
        self._order, self.hello = order, self._greeting(figures)
        return self.hello, sample

    def _greeting(self, figures: Figures) -> Hello:
        who = self.who
        columns = [
            Column(key, METRICS[key.name].unit, self.period_s, figures.missing.get(key, "")) for key in figures.values
        ]
        columns += [Column(Key(f"service:{name}", "up"), "bool", self.period_s, UNSEEN) for name in who.services]
        return Hello(
            protocol=0,
            agent="",
            host=who.host,
            fqdn=who.fqdn,
            machine_id="",
            boot_id=who.boot_id,
            pid=0,
            clock=figures.at,
            scope="machine",
            allotment={},
            python="",
            digest="",
            addresses=(),
            columns=tuple(columns),
            services=tuple(ServiceInfo(name, missing=UNSEEN) for name in who.services),
            rings=(),
        )
