"""From what is known of a host to what its charts and lines show; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo

from clawtui.clean import clean
from clawtui.engine.boundary.hosts import Happening, HostDetail, HostView
from clawtui.engine.boundary.value import Severity
from clawtui_screens import look, text
from clawtui_screens.host_history import History
from clawtui_screens.host_metrics import Offer, verdict
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.widgets.chart_frame import Mark, Plot
from clawtui_screens.widgets.chart_lines import MetricLine
from clawtui_screens.widgets.chart_series import Series
from clawtui_screens.widgets.chart_units import scale_of

_SIGNS = {"fires": "▲", "ends": "●"}


@dataclass(frozen=True, slots=True)
class Scene:
    """The state of the screen at one paint."""

    history: History
    start: float
    end: float
    now: float
    glyphs: Glyphs
    zone: tzinfo = UTC
    cursor: float | None = None
    stale: str = ""
    # why no number is current: "stale 41s", "down"
    medians: dict[str, Series] = field(default_factory=dict[str, Series])
    yesterdays: dict[str, Series] = field(default_factory=dict[str, Series])
    marks: tuple[Mark, ...] = ()


def seen(offer: Offer, scene: Scene) -> Offer:
    """The offer as it was at the cursor, or without a value where none is current."""
    if scene.cursor is not None:
        then = scene.history.series(offer.metric, scene.start, scene.end).at(scene.cursor)
        held = offer.breach if offer.breach and offer.breach.since <= scene.cursor else None
        return replace(offer, value=then, breach=held)
    return replace(offer, value=None, breach=None) if scene.stale else offer


def plot_of(offer: Offer, scene: Scene) -> Plot:
    """One chart."""
    series = scene.history.series(offer.metric, scene.start, scene.end)
    shown = seen(offer, scene)
    note = offer.missing or scene.history.notes.get(offer.metric, "")
    spread = series.extremes()
    if spread is None and not note and scene.stale:
        note = f"no values: {scene.stale}"
    limit = offer.limit.limit if offer.limit else None
    scale = scale_of(offer.unit, max(spread[1] if spread else 0.0, limit or 0.0, shown.value or 0.0))
    value = scale.figure(shown.value)
    words = verdict(shown, scene.cursor or scene.now, scene.glyphs)
    return Plot(
        title=scene.glyphs.fit(offer.label),
        unit=offer.unit,
        start=scene.start,
        end=scene.end,
        series=series,
        value=scene.glyphs.fit(value),
        verdict=scene.glyphs.fit(" · ".join(w for w in (scene.stale, words) if w) if scene.cursor is None else words),
        over=shown.beyond,
        limit=limit,
        above=offer.limit.above if offer.limit else True,
        median=scene.medians.get(offer.metric),
        yesterday=scene.yesterdays.get(offer.metric),
        cursor=scene.cursor,
        marks=scene.marks,
        note=scene.glyphs.fit(clean(note, limit=200)),
        dim=bool(scene.stale) and scene.cursor is None,
        zone=scene.zone,
    )


def lines_of(found: Sequence[Offer], charted: Collection[str], scene: Scene) -> tuple[MetricLine, ...]:
    """Every metric that has neither a chart nor a line already."""
    return tuple(_metric(offer, scene) for offer in found if offer.metric not in charted)


def _metric(offer: Offer, scene: Scene) -> MetricLine:
    shown = seen(offer, scene)
    words = verdict(shown, scene.cursor or scene.now, scene.glyphs)
    value = text.measure(shown.value, offer.unit)
    if offer.missing and shown.value is None:
        words = clean(offer.missing, limit=60)
    series = scene.history.series(offer.metric, scene.start, scene.end)
    limit = offer.limit.limit if offer.limit else None
    above = offer.limit is None or offer.limit.above
    bars = bars_of(series, scene, above=above)
    return MetricLine(offer.metric, offer.label, value, bars, words, tone_of(shown), limit, above)


def tone_of(offer: Offer) -> Tone:
    """Only trouble has a colour."""
    if not offer.beyond:
        return Tone.DIM
    severity = offer.breach.severity if offer.breach else offer.limit.severity if offer.limit else Severity.WARNING
    return look.severity_tone(severity)


def bars_of(series: Series, scene: Scene, *, above: bool = True, cells: int = 60) -> tuple[float | None, ...]:
    """The worst value of each of so many equal parts of the window."""
    if not series.times or scene.end <= scene.start:
        return ()
    found: list[float | None] = [None] * cells
    per_s = cells / (scene.end - scene.start)
    wide = max(1, round(series.step_s * per_s))  # a coarse step fills all cells up to the next one
    worst = max if above else min
    for t, v in zip(series.times, series.high if above else series.low, strict=True):
        first = min(cells - 1, int((t - scene.start) * per_s))
        if v is not None:
            for i in range(first, min(cells, first + wide)):
                held = found[i]
                found[i] = v if held is None else worst(held, v)
    return tuple(found)


def reading(found: Sequence[Offer], focused: str, scene: Scene) -> str:
    """What stands at the cursor: `cursor 03:13:51  p95 811 ms`."""
    if scene.cursor is None:
        return ""
    offer = next((o for o in found if o.metric == focused), None)
    shown = f"  {offer.label} {text.measure(seen(offer, scene).value, offer.unit)}" if offer else ""
    return f"cursor {text.moment(scene.cursor, scene.now, scene.zone)}{shown}"


def breaches_of(view: HostView | None, found: Sequence[Offer]) -> tuple[Mark, ...]:
    """When the rules that are broken now were first broken."""
    labels = {o.metric: o.label for o in found}
    return (
        tuple(
            Mark(b.since, f"{labels.get(b.metric, clean(b.rule))} {'over' if b.above else 'under'}", "▲")
            for b in view.breaches
        )
        if view
        else ()
    )


def happenings_of(detail: HostDetail | None, found: Sequence[Offer]) -> tuple[Mark, ...]:
    """What the engine has seen happen: alerts that began and ended, restarts, lost connections."""
    labels = {o.metric: o.label for o in found}
    return (
        tuple(
            Mark(one.at, clean(_happened(one, labels), limit=40), _SIGNS.get(one.kind, "▾"))
            for one in detail.happenings
        )
        if detail
        else ()
    )


def _happened(one: Happening, labels: Mapping[str, str]) -> str:
    """A rule is called by its metric, as everywhere on this screen."""
    return f"{labels[one.metric]} {one.kind}" if one.metric in labels and one.kind in _SIGNS else one.words
