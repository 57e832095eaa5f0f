"""What a fleet looks like: its hosts, their services and mounts, and the frames that carry them."""

from clawtui.engine.boundary.value import Severity, State, Value


class Breach(Value, frozen=True):
    """A rule that does not hold on a host now."""

    rule: str
    metric: str
    """`str(Key)`: "cpu.busy", "service:bot latency.p95"."""
    value: float
    limit: float
    above: bool
    """True: value > limit is bad; False: value < limit is bad."""
    unit: str
    severity: Severity
    since: float
    """When the value first crossed the limit without coming back."""
    held_s: float = 0.0
    """How long the rule wants it held; a breach that has not been held that long is not listed."""


class ServiceView(Value, frozen=True):
    """One service on one host."""

    name: str
    state: State
    metrics: dict[str, float | None] = {}
    latency_is: str = "request"
    exact: bool = True
    """False: the limit lies between two bucket edges, so latency.p95 is interpolated there."""
    missing: str = ""


class MountView(Value, frozen=True):
    """One real file system."""

    path: str
    metrics: dict[str, float | None] = {}


class DeviceView(Value, frozen=True):
    """One GPU."""

    name: str
    metrics: dict[str, float | None] = {}


class HostView(Value, frozen=True):
    """One row of the fleet: all that the table and the strip below it show."""

    name: str
    state: State
    badges: tuple[str, ...] = ()
    why: str = ""
    """The reason in words: "ssh refused, 3 tries", "p95 812 > 500 ms"."""
    remedy: str = ""
    """What the operator can do about it, as a sentence or a command; may be empty."""
    since: float | None = None
    """When this state began."""
    age_s: float | None = None
    """Seconds since the last sample arrived; None before the first. The reader adds the time it holds the value."""
    period_s: float = 1.0
    groups: tuple[str, ...] = ()
    site: str = ""
    region: str = ""
    labels: dict[str, str] = {}
    address: str = ""
    via: str = ""
    """The bastion before it, or the one of those before it that is at fault."""
    behind: str = ""
    """What is wrong with that bastion, where this keeps the host from being seen: "lost", "refused", "not trusted yet"."""
    metrics: dict[str, float | None] = {}
    services: tuple[ServiceView, ...] = ()
    mounts: tuple[MountView, ...] = ()
    devices: tuple[DeviceView, ...] = ()
    breaches: tuple[Breach, ...] = ()
    """Worst first."""
    spark: tuple[float | None, ...] = ()
    """The last 30 min of `spark_metric`: 60 values of 30 s each, oldest first."""
    spark_metric: str = ""
    """The breached metric; else response time where there is one; else cpu.busy. As `str(Key)`."""
    sparks: dict[str, tuple[float | None, ...]] = {}
    """The same 30 min for the overview metrics (cpu.busy, memory.available, latency.p95, errors.ratio), by `str(Key)`;
    only in answers to HostQuery, to keep frames small."""
    clock_offset: float | None = None
    fingerprint: str = ""
    agent: str = ""
    """Version of its agent; empty where there is none."""
    context: str = ""
    """Set where several contexts are shown together: then `name` is CONTEXT/HOST."""


class Summary(Value, frozen=True):
    """The bar and the first line of the fleet screen."""

    context: str
    kind: str
    """prod, staging or dev."""
    read_only: bool
    armed_until: float | None
    """Unix time when arming ends; None when not armed."""
    counts: dict[str, int]
    """Hosts by state."""
    headline: str
    """What is wrong, which host, since when, in words."""
    watcher: str = ""
    """Who notifies; empty means nobody is paged, and the bar says so."""
    source: str = ""
    """Where the fleet comes from: the file's path, "ssh_config (no fleet file)" …"""
    problems: tuple[str, ...] = ()
    """Things that are wrong with the operator's own set-up, each with its remedy."""
    certificate_ends: float | None = None
    """Unix time when the first of the certificates that we came in by ends; None where there is none."""
    contexts: dict[str, str] = {}
    """Where several contexts are shown together: each one's name and kind."""


class Happening(Value, frozen=True):
    """Something that happened to a host while we followed it."""

    at: float
    kind: str
    """fires, ends (a rule), restart, down, up (a service), lost, back (the host)."""
    words: str
    metric: str = ""
    """The rule's metric, or the scope that it is about; empty for the host itself."""


class FleetFrame(Value, frozen=True):
    """What changed since the frame before; at most a few a second. The first one after subscribing holds all hosts."""

    at: float
    summary: Summary
    hosts: tuple[HostView, ...] = ()
    """Changed or new."""
    removed: tuple[str, ...] = ()
    full: bool = False
    """`hosts` is the whole fleet: forget what was known before."""


class SampleFrame(Value, frozen=True):
    """One live sample of the host that is being looked at, by engine time."""

    host: str
    at: float
    values: dict[str, float | None]
    """By `str(Key)`; every column that the host offers."""


class Look(Value, frozen=True):
    """Which host is on screen ("" for none): its sources are read each second and its samples are sent."""

    host: str


class FleetQuery(Value, frozen=True):
    """→ FleetFrame with everything."""


class HostQuery(Value, frozen=True):
    """→ HostDetail."""

    host: str


class ColumnView(Value, frozen=True):
    """One metric that a host offers."""

    metric: str
    unit: str
    period_s: float
    missing: str = ""


class HostDetail(Value, frozen=True):
    """Everything known about one host."""

    view: HostView
    columns: tuple[ColumnView, ...] = ()
    facts: dict[str, str] = {}
    """Words for `i` inspect: address, jump chain, key fingerprint, cipher, agent version, boot id, kernel, origin …"""
    happenings: tuple[Happening, ...] = ()
    """What the engine has seen happen since it follows this host, oldest first."""
