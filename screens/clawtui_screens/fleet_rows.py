"""Keys of the fleet table become painted rows: hosts, folded healthy hosts, headings of groups; pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from clawtui.clean import clean
from clawtui.engine.boundary.charts import Limit
from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.boundary.value import State
from clawtui_screens import columns, look, order, text
from clawtui_screens.arrangement import TRIAGE
from clawtui_screens.columns import Column, Sight
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.order import Rows
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.widgets.table import Cells, Head, Key

_BLANK: list[tuple[str, Tone]] = [("", Tone.DIM)]


@dataclass(frozen=True, slots=True)
class FleetRows:
    """What the table shows at one moment, ready to be asked for single rows."""

    picture: Picture = NOTHING_KNOWN
    rows: Rows = field(default_factory=Rows)
    fitted: Sequence[tuple[Column, int]] = ()
    limits: Mapping[str, Limit] = field(default_factory=dict[str, Limit])
    sort: str = TRIAGE

    @property
    def _kinds(self) -> Mapping[str, str]:
        return self.picture.summary.contexts if self.picture.summary else {}

    def heads(self) -> list[Head]:
        """Titles; the sparkline's names its limit where all rows have the same metric. Without hosts there are none."""
        if not self.picture.hosts:
            return []
        return [Head(column.id, self._title(column), size, column.right) for column, size in self.fitted]

    def row(self, key: Key, now: float, glyphs: Glyphs) -> Cells:
        """One line of the table."""
        kind, name = key
        if kind == order.FOLD:
            return self._fold(name, glyphs)
        if kind == order.GROUP:
            return self._group(name, glyphs)
        if kind == order.SAY:
            return Cells(" ", Tone.DIM, ([(name, Tone.PLAIN)],), whole=True)
        view = self.picture.hosts.get(name)
        if view is None:  # between a frame that removed it and the next arrangement
            return Cells(" ", Tone.DIM, tuple(_BLANK for _ in self.fitted))
        sight = Sight(view, self.picture.age(name, now), now, glyphs, self.limits, self._kinds)
        return Cells(glyphs.states[view.state], sight.tone, tuple(c.cell(sight, size) for c, size in self.fitted))

    def _title(self, column: Column) -> str:
        if column.id != columns.SPARK:
            return f"{column.title}▾" if column.id == self.sort else column.title
        first = (self.picture.hosts.get(name) for _, name in self.rows.keys[:60])  # what is in view, or nearly
        names = {view.spark_metric.rpartition(" ")[2] for view in first if view is not None and view.spark_metric}
        if len(names) != 1:
            return "30m"
        name = names.pop()
        limit = self.limits.get(name)
        return "30m" if limit is None else f"30m ≤{text.bare(limit.limit, limit.unit)}"

    def _fold(self, group: str, glyphs: Glyphs) -> Cells:
        """`● 38 more  ok … medians; worst gpu-22 471`."""
        names = self.rows.folded.get(group, ())
        views = [view for name in names if (view := self.picture.hosts.get(name)) is not None]
        cells: list[list[tuple[str, Tone]]] = []
        for column, _ in self.fitted:
            match column.id:
                case columns.HOST:
                    cells.append([(f"{len(views):,} more", Tone.OK)])
                case "state":
                    cells.append([(look.state_word(State.OK), Tone.OK)])
                case columns.WHY:
                    cells.append([(f"medians{_slowest(views)}", Tone.DIM)])
                case _:
                    cells.append(_middle(column, views))
        return Cells(glyphs.states[State.OK], Tone.OK, tuple(cells))

    def _group(self, name: str, glyphs: Glyphs) -> Cells:
        """`── eu ── 21 hosts ●19 ▲2`."""
        members = [
            view for host in self.rows.groups.get(name, ()) if (view := self.picture.hosts.get(host)) is not None
        ]
        runs: list[tuple[str, Tone]] = [
            (f"{clean(name, limit=60)}  ", Tone.PLAIN),
            (text.plural(len(members), "host"), Tone.DIM),
        ]
        counts = Counter(view.state for view in members)
        runs += [
            (f" {glyphs.states[state]}{counts[state]}", look.state_tone(state)) for state in State if counts[state]
        ]
        return Cells(glyphs.rule, Tone.DIM, (runs,), whole=True)


def _slowest(views: Sequence[HostView]) -> str:
    """The healthy host that is nearest to trouble."""
    known = [(value, view.name) for view in views if (value := columns.metric(view, "latency.p95")) is not None]
    if known:
        value, name = max(known)
        return f", worst {clean(name, limit=24)} {text.bare(value, 's')} ms"
    busy = [(value, view.name) for view in views if (value := columns.metric(view, "cpu.busy")) is not None]
    if not busy:
        return ""
    value, name = max(busy)
    return f", busiest {clean(name, limit=24)} {text.percent(value)} %"


_UNITS = {
    "cpu": "ratio", "mem": "ratio", "p95": "s", "err": "ratio", "rps": "1/s", "disk": "ratio", "load": "count",
    "rx": "bytes/s", "tx": "bytes/s", "gpu": "ratio", "vram": "ratio", "queue": "count", "ttft": "s",
}  # fmt: skip


def _middle(column: Column, views: Sequence[HostView]) -> list[tuple[str, Tone]]:
    """The median of a column over the folded hosts."""
    unit = _UNITS.get(column.id)
    if unit is None or column.sort is None:
        return _BLANK
    known = [value for view in views if isinstance(value := column.sort(view), int | float)]
    return [(text.bare(median(known), unit), Tone.DIM)] if known else _BLANK
