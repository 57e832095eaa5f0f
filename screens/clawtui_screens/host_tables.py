"""What the host screen shows as tables, for exports; pure."""

from collections.abc import Mapping, Sequence

from clawtui.clean import clean
from clawtui.engine.boundary.hosts import HostDetail
from clawtui.engine.boundary.processes import Processes
from clawtui_screens import host_drawing, text
from clawtui_screens.export import Table, stamp
from clawtui_screens.host_metrics import Offer
from clawtui_screens.host_state import HostState
from clawtui_screens.widgets.chart_series import Series
from clawtui_screens.widgets.inspect import facts_of


def series_table(
    title: str,
    shown: Mapping[str, Series],
    *,
    offset_s: float | None,
    units: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
) -> Table:
    """The curves of some metrics: engine time, host time where its clock is known, and a column a metric.

    A thinned curve has three columns (`low`, `mean`, `high`): its extremes are what was drawn.
    """
    columns = ["time", "host_time"]
    values: list[dict[float, float | None]] = []
    for metric, series in shown.items():
        name = f"{metric} ({units[metric]})" if units and units.get(metric) else metric
        if series.low == series.mean == series.high:
            parts = {name: series.mean}
        else:
            parts = {f"{name} low": series.low, f"{name} mean": series.mean, f"{name} high": series.high}
        columns.extend(parts)
        values.extend(dict(zip(series.times, part, strict=True)) for part in parts.values())
    times = sorted({t for column in values for t in column})
    rows = tuple(
        (stamp(t), None if offset_s is None else stamp(t + offset_s), *(column.get(t) for column in values))
        for t in times
    )
    return Table(title, tuple(columns), rows, notes)


def process_table(answer: Processes, host: str) -> Table:
    """The same for an export, unrounded."""
    return Table(
        f"processes of {host}",
        ("pid", "user", "cores", "memory_bytes", "name", "command"),
        tuple((p.pid, p.user, p.cpu, p.memory, p.name, p.command) for p in answer.processes),
        (answer.note,) if answer.note else (),
    )


def inspect_table(detail: HostDetail, offers: Sequence[Offer]) -> Table:
    """The same for an export."""
    facts = tuple((k, v, None, None) for k, v in facts_of(detail))
    metrics = tuple((o.metric, o.value, o.unit, o.missing or None) for o in offers)
    return Table(f"{detail.view.name}: facts and metrics", ("what", "value", "unit", "missing"), (*facts, *metrics))


def shown_table(state: HostState, pane: str, top: Processes | None, charted: Sequence[str], sentence: str) -> Table:
    """What is on screen: the pane where one is open, else the curves of the visible charts in their window."""
    if pane == "processes":
        return process_table(top or Processes(state.host, state.desk.clock(), ()), state.host)
    if pane == "inspect" and state.detail is not None:
        return inspect_table(state.detail, state.offers)
    start, end = state.span
    shown = {metric: state.history.series(metric, start, end) for metric in charted}
    units = {metric: state.offer(metric).unit for metric in charted}
    offset = state.view.clock_offset if state.view else None
    return series_table(state.host, shown, offset_s=offset, units=units, notes=(sentence,))


def copied(state: HostState, sentence: str, pane: str = "") -> str:
    """For the clipboard: host and time, then the sentence and every figure, or the pane."""
    scene, zone = state.scene(), state.desk.zone
    at = state.moment if state.moment is not None else scene.now
    head = f"{clean(state.host)}  {text.day(at, zone)}{text.zone_mark(zone, at)}"
    if pane:
        return f"{head}\n{pane}"
    seen = [host_drawing.seen(o, scene) for o in state.offers]
    return "\n".join([head, sentence, *(f"{o.label}  {text.measure(o.value, o.unit)}" for o in seen)])
