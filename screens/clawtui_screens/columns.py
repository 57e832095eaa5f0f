"""The columns of the fleet table: what each says about a host, how wide it is, and when it leaves."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from clawtui.clean import clean
from clawtui.engine.boundary.charts import Limit
from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.boundary.value import State
from clawtui_screens import look, text
from clawtui_screens.cells import shortened, width_of
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.widgets.spark import spark

Runs = list[tuple[str, Tone]]
TTFT = "first token"
BLIND = (State.DOWN, State.STALE, State.NO_AGENT, State.REFUSED, State.LOADING, State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Sight:
    """One host at one moment, with all that a cell may need."""

    view: HostView
    age_s: float | None
    now: float
    glyphs: Glyphs
    limits: Mapping[str, Limit]
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    # of the contexts that are shown together

    @property
    def tone(self) -> Tone:
        """Healthy is dim; only trouble has colour."""
        return look.state_tone(self.view.state)

    @property
    def blind(self) -> bool:
        """No number of this host is current."""
        return self.view.state in BLIND

    def metric(self, name: str) -> float | None:
        """A host's own metric, or the worst of its services, mounts or devices; None when it is not current."""
        return None if self.blind else metric(self.view, name)

    def over(self, name: str) -> Tone:
        """The tone of a number: that of the worst rule it breaks."""
        for breach in self.view.breaches:
            if breach.metric.rpartition(" ")[2] == name:
                return look.severity_tone(breach.severity)
        return Tone.DIM if self.view.state in (State.OK, State.DRAINED) or self.blind else Tone.PLAIN


def metric(view: HostView, name: str) -> float | None:
    """A host's metric, or the worst over its parts."""
    if name in view.metrics:
        return view.metrics[name]
    parts = [service.metrics.get(name) for service in view.services]
    parts += [mount.metrics.get(name) for mount in view.mounts]
    parts += [device.metrics.get(name) for device in view.devices]
    known = [value for value in parts if value is not None]
    return max(known) if known else None


def response(view: HostView, *, first_token: bool) -> float | None:
    """The slowest service's p95: of whole requests, or of the time to the first token."""
    known = [
        value
        for service in view.services
        if (service.latency_is == TTFT) is first_token and (value := service.metrics.get("latency.p95")) is not None
    ]
    return max(known) if known else None


def vram_used(view: HostView) -> float | None:
    """The fullest card's share of its memory."""
    shares = [
        used / total
        for device in view.devices
        if (used := device.metrics.get("gpu.memory_used")) is not None
        and (total := device.metrics.get("gpu.memory_total"))
    ]
    return max(shares) if shares else None


def part_metric(view: HostView, metric: str) -> str:
    """A metric in as few words as tell it: its service or device where there are several, and what latency means."""
    scope, _, name = metric.rpartition(" ")
    kind, _, part = scope.partition(":")
    word = text.short_metric(name)
    if kind == "service":
        service = next((service for service in view.services if service.name == part), None)
        if service is not None and service.latency_is == TTFT:
            word = text.first_token(word)
        return f"{clean(part, limit=40)} {word}" if len(view.services) > 1 else word
    if kind == "device":
        return f"{clean(part, limit=40)} {word}".removesuffix(" gpu")
    return word


def memory_used(view: HostView) -> float | None:
    """Share of memory that is not available."""
    free, total = view.metrics.get("memory.available"), view.metrics.get("memory.total")
    return None if free is None or not total else 1 - free / total


@dataclass(frozen=True, slots=True)
class Column:
    """One column; `rank` says in which order columns come when there is room: 0 always stays."""

    id: str
    title: str
    width: int
    rank: int
    cell: Callable[[Sight, int], Runs]
    sort: Callable[[HostView], float | str | None] | None = None
    # a number sorts largest first, a word from a to z
    right: bool = True
    wide: bool = False
    # only by `w`


def _number(name: str, unit: str) -> Callable[[Sight, int], Runs]:
    def cell(sight: Sight, width: int) -> Runs:
        del width
        return [(text.bare(sight.metric(name), unit), sight.over(name))]

    return cell


def _named(name: str) -> Callable[[HostView], float | None]:
    return lambda view: metric(view, name)


def _response(*, first_token: bool) -> Callable[[Sight, int], Runs]:
    def cell(sight: Sight, width: int) -> Runs:
        del width
        value = None if sight.blind else response(sight.view, first_token=first_token)
        return [(text.milliseconds(value), sight.over("latency.p95") if value is not None else Tone.DIM)]

    return cell


def _slowness(*, first_token: bool) -> Callable[[HostView], float | None]:
    return lambda view: response(view, first_token=first_token)


def _vram(sight: Sight, width: int) -> Runs:
    del width
    return [(text.percent(None if sight.blind else vram_used(sight.view)), sight.over("gpu.memory_used"))]


def _host(sight: Sight, width: int) -> Runs:
    bare = sight.view.name.removeprefix(f"{sight.view.context}/") if sight.view.context else sight.view.name
    name = shortened(clean(bare, limit=400), width, sight.glyphs.more)
    return [(name, Tone.PLAIN if sight.view.state is not State.OK else Tone.DIM)]


def _context(sight: Sight, width: int) -> Runs:
    name = shortened(clean(sight.view.context, limit=200), width, sight.glyphs.more)
    return [(name, look.kind_tone(sight.kinds.get(sight.view.context, "")))]


def _state(sight: Sight, width: int) -> Runs:
    del width
    return [(look.state_word(sight.view.state), sight.tone)]


def _since(sight: Sight, width: int) -> Runs:
    del width
    if sight.view.since is None or sight.view.state in (State.OK, State.LOADING):
        return [("", Tone.DIM)]
    return [(text.lasting(sight.now - sight.view.since), Tone.PLAIN)]


def _memory(sight: Sight, width: int) -> Runs:
    del width
    value = None if sight.blind else memory_used(sight.view)
    return [(text.percent(value), sight.over("memory.available"))]


def _worst(sight: Sight, width: int) -> Runs:
    """The number that the row is about: the breached metric, else the one its sparkline shows."""
    view = sight.view
    if view.breaches:
        breach = view.breaches[0]
        named, figure = part_metric(view, breach.metric), text.bare(breach.value, breach.unit)
        if width_of(f"{named} {figure}") > width:  # WHY names the service
            named = named.rpartition(" ")[2]
        words = f"{named} {figure}"
        return [(text.NOTHING if sight.blind else words, look.severity_tone(breach.severity))]
    name = view.spark_metric.rpartition(" ")[2]
    value = sight.metric(name)
    unit = "ratio" if name == "cpu.busy" else "s"
    word = part_metric(view, view.spark_metric).rpartition(" ")[2] if view.spark_metric else ""
    return [(f"{word} {text.bare(value, unit)}" if value is not None else text.NOTHING, Tone.DIM)]


def _spark(sight: Sight, width: int) -> Runs:
    view = sight.view
    name = view.spark_metric.rpartition(" ")[2]
    limit = sight.limits.get(name)
    breach = next((found for found in view.breaches if found.metric == view.spark_metric), None)
    if breach is not None:
        bad = look.severity_tone(breach.severity)
        return spark(view.spark, width, sight.glyphs, limit=breach.limit, above=breach.above, bad=bad)
    if limit is not None:
        bad = look.severity_tone(limit.severity)
        return spark(view.spark, width, sight.glyphs, limit=limit.limit, above=limit.above, bad=bad)
    return spark(view.spark, width, sight.glyphs)


def _age(sight: Sight, width: int) -> Runs:
    del width
    stale = sight.view.state is State.STALE
    return [(text.age(sight.age_s), Tone.STALE if stale else Tone.DIM)]


def _why(sight: Sight, width: int) -> Runs:
    view = sight.view
    badges = "".join(f"{clean(badge)} " for badge in view.badges)
    runs: Runs = [(badges, Tone.STALE)] if badges else []
    return [*runs, (clean(view.why, limit=max(1, width * 4)), Tone.PLAIN if view.state is not State.OK else Tone.DIM)]


def _word(read: Callable[[HostView], str]) -> Callable[[Sight, int], Runs]:
    def cell(sight: Sight, width: int) -> Runs:
        return [(clean(read(sight.view), limit=width * 4), Tone.DIM)]

    return cell


def _offset(sight: Sight, width: int) -> Runs:
    del width
    value = sight.view.clock_offset
    return [(text.NOTHING if value is None else f"{value * 1000:+.0f}", Tone.DIM)]


HOST, CONTEXT, WHY, SPARK = "host", "context", "why", "spark"
COLUMNS: tuple[Column, ...] = (
    Column(HOST, "HOST", 6, 0, _host, lambda view: view.name, right=False),
    Column(CONTEXT, "CONTEXT", 8, 0, _context, lambda view: view.context, right=False),
    Column("state", "STATE", 8, 0, _state, right=False),
    Column("since", "SINCE", 6, 0, _since, lambda view: -(view.since or 0.0)),
    Column("cpu", "CPU%", 5, 5, _number("cpu.busy", "ratio"), _named("cpu.busy")),
    Column("mem", "MEM%", 5, 6, _memory, memory_used),
    Column("p95", "p95 ms", 6, 4, _response(first_token=False), _slowness(first_token=False)),
    Column("ttft", "ttft ms", 7, 4, _response(first_token=True), _slowness(first_token=True)),
    Column("worst", "NOW", 8, 1, _worst),
    Column(SPARK, "30m", 12, 2, _spark, right=False),
    Column("err", "ERR%", 5, 7, _number("errors.ratio", "ratio"), _named("errors.ratio")),
    Column("rps", "RPS", 5, 8, _number("requests.rate", "1/s"), _named("requests.rate")),
    Column("disk", "DISK%", 5, 10, _number("disk.used_ratio", "ratio"), _named("disk.used_ratio"), wide=True),
    Column("load", "LOAD", 5, 11, _number("load.1m", "count"), _named("load.1m"), wide=True),
    Column("rx", "RX B/s", 6, 12, _number("net.rx", "bytes/s"), _named("net.rx"), wide=True),
    Column("tx", "TX B/s", 6, 13, _number("net.tx", "bytes/s"), _named("net.tx"), wide=True),
    Column("gpu", "GPU%", 5, 6, _number("gpu.busy", "ratio"), _named("gpu.busy")),
    Column("vram", "VRAM%", 5, 7, _vram, vram_used),
    Column("queue", "QUEUE", 5, 8, _number("queue", "count"), _named("queue")),
    Column("site", "SITE", 8, 14, _word(lambda view: view.site), lambda view: view.site, right=False, wide=True),
    Column("agent", "AGENT", 7, 15, _word(lambda view: view.agent), lambda view: view.agent, right=False, wide=True),
    Column("offset", "CLOCK ms", 8, 16, _offset, lambda view: view.clock_offset, wide=True),
    Column(
        "address",
        "ADDRESS",
        15,
        17,
        _word(lambda view: view.address),
        lambda view: view.address,
        right=False,
        wide=True,
    ),
    Column("age", "AGE", 5, 9, _age),
    Column(WHY, "WHY", 24, 0, _why, right=False),
)
_STANDS_IN = {"p95": "worst", "ttft": "worst"}
# NOW is shown where the single metrics have no room
SPECIAL: Mapping[str, Callable[[HostView], bool]] = {
    CONTEXT: lambda view: bool(view.context),
    "ttft": lambda view: any(service.latency_is == TTFT for service in view.services),
    "queue": lambda view: any(service.metrics.get("queue") is not None for service in view.services),
    "gpu": lambda view: bool(view.devices),
    "vram": lambda view: any("gpu.memory_total" in device.metrics for device in view.devices),
}
# columns that come when some host has what they show
_USUAL = frozenset({"p95"})
ALL_SPECIAL = frozenset((*SPECIAL, *_USUAL))


def absent(views: Iterable[HostView], before: frozenset[str] = ALL_SPECIAL) -> frozenset[str]:
    """Columns that no host has anything to say in; one that has come stays, for the ground holds still."""
    missing = set(before)
    for view in views:
        if not missing:
            break
        missing -= {name for name in missing if name in SPECIAL and SPECIAL[name](view)}
        if any(service.latency_is != TTFT for service in view.services):
            missing -= _USUAL
    return frozenset(missing)


def without(missing: frozenset[str]) -> frozenset[str]:
    """Columns to leave out: p95 only gives way to the time to the first token, it does not leave a gap of its own."""
    return missing - _USUAL if "ttft" in missing else missing


def sortable(name: str) -> bool:
    """Whether rows can be put in the order of this column."""
    return any(column.id == name and column.sort is not None for column in COLUMNS)


def fitting(
    width: int, host_width: int, *, wide: bool, without: Collection[str] = (), address: int = 15
) -> list[tuple[Column, int]]:
    """The columns that have room, in their order, with their widths; HOST and WHY take what is left."""
    chosen: dict[str, int] = {}
    gutter = 3

    def used() -> int:
        return gutter + sum(chosen.values()) + 2 * (len(chosen) - 1)

    offered = [column for column in COLUMNS if column.id not in without and (wide or not column.wide)]
    for column in sorted(offered, key=lambda column: column.rank):
        size = {HOST: host_width, "address": address}.get(column.id, column.width)
        stand_in = _STANDS_IN.get(column.id, "")
        spared = chosen.get(stand_in, -2) + 2
        if column.rank == 0 or used() + 2 + size - spared <= width:
            chosen[column.id] = size
            chosen.pop(stand_in, None)
    left = width - used()
    if SPARK in chosen and left > 10:
        extra = min(18, left // 4)
        chosen[SPARK] += extra
        left -= extra
    chosen[WHY] = max(4, chosen[WHY] + left)
    return [(column, chosen[column.id]) for column in COLUMNS if column.id in chosen]
