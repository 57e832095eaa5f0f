"""What the host screen shows as tables, for exports; pure."""

from collections.abc import Mapping, Sequence

from clawtui.engine.boundary import HostDetail, Processes
from clawtui_screens.export import Table, stamp
from clawtui_screens.host_metrics import Offer
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
