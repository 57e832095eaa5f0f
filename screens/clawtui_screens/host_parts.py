"""The services and devices of one host, a line each: the worst first, each led by the metric that tells most; pure."""

from collections.abc import Mapping, Sequence

from clawtui.clean import clean
from clawtui.engine.boundary.hosts import DeviceView, HostView, ServiceView
from clawtui.engine.boundary.value import Severity, State
from clawtui_screens import host_metrics, look, text
from clawtui_screens.host_drawing import Scene, bars_of, seen, tone_of
from clawtui_screens.host_metrics import Offer, verdict
from clawtui_screens.look import Tone
from clawtui_screens.widgets.chart_lines import MetricLine

_SERVICE = ("latency.p95", "requests.rate", "process.cpu", "up")
_DEVICE = ("gpu.busy", "gpu.memory_used", "gpu.temperature")
# what leads a line, in this order; a broken rule's metric comes before them
_BESIDE = (("errors.ratio", "err", "ratio"), ("requests.rate", "", "1/s"), ("queue", "queue", "count"),
           ("process.memory", "mem", "bytes"), ("process.cpu", "cpu", "cores"))  # fmt: skip
Part = tuple[str, ServiceView | DeviceView]
# scope and view


def parts_of(view: HostView | None) -> list[Part]:
    """Services where there are several, and every device; the worst first, then by name."""
    if view is None:
        return []
    services: list[Part] = [(f"service:{s.name}", s) for s in view.services] if len(view.services) > 1 else []
    devices: list[Part] = [(f"device:{d.name}", d) for d in view.devices]
    return sorted((*services, *devices), key=lambda part: (state_of(view, part).rank, part[0] < "service:", part[0]))


def state_of(view: HostView, part: Part) -> State:
    """A service's own state; a device's by the rules that it breaks."""
    scope, one = part
    if isinstance(one, ServiceView):
        return one.state
    broken = {breach.severity for breach in view.breaches if breach.metric.startswith(f"{scope} ")}
    if Severity.CRITICAL in broken:
        return State.CRITICAL
    return State.WARNING if broken or one.metrics.get("gpu.throttled") else State.OK


def leads(view: HostView | None, offers: Sequence[Offer]) -> dict[str, str]:
    """Which metric stands for each part, by its scope, in the order of the lines."""
    if view is None:
        return {}
    there = {offer.metric: offer for offer in offers}
    found: dict[str, str] = {}
    for scope, _ in parts_of(view):
        broken = [b.metric for b in view.breaches if b.metric.startswith(f"{scope} ") and b.metric in there]
        usual = [f"{scope} {name}" for name in (_SERVICE if scope.startswith("service:") else _DEVICE)]
        known = [m for m in usual if m in there and there[m].value is not None]
        offered = [m for m in usual if m in there]
        found[scope] = next(iter((*broken, *known, *offered)), usual[0])
    return found


def lines(view: HostView | None, offers: Sequence[Offer], scene: Scene) -> list[MetricLine]:
    """One line a part."""
    if view is None:
        return []
    there, led = {offer.metric: offer for offer in offers}, leads(view, offers)
    return [_line(view, part, led[part[0]], there, scene) for part in parts_of(view)]


def _line(view: HostView, part: Part, metric: str, there: Mapping[str, Offer], scene: Scene) -> MetricLine:
    _, one = part
    offer = there.get(metric) or Offer(metric, metric, host_metrics.unit_of(metric))
    shown = seen(offer, scene)
    current = not scene.stale and scene.cursor is None
    state = state_of(view, part) if current else State.STALE if scene.stale else State.OK
    above = offer.limit is None or offer.limit.above
    word = host_metrics.word_of(metric, view)
    return MetricLine(
        metric=metric,
        name=f"{scene.glyphs.states[state] if scene.cursor is None else ' '} {clean(one.name, limit=80)}",
        value=text.measure(shown.value, offer.unit),
        spark=bars_of(scene.history.series(metric, scene.start, scene.end), scene, above=above),
        verdict="  ".join(
            _words(part, state, verdict(shown, scene.cursor or scene.now, scene.glyphs), current=current)
        ),
        tone=tone_of(shown) if shown.beyond else _tone(state),
        limit=offer.limit.limit if offer.limit else None,
        above=above,
        word=word,
    )


def _tone(state: State) -> Tone:
    return look.state_tone(state) if state.rank < State.NO_AGENT.rank else Tone.DIM


def _words(part: Part, state: State, limit: str, *, current: bool) -> list[str]:
    """State where it is not well, limit, why something is missing, and what stands beside the leading number."""
    _, one = part
    found = [look.state_word(state)] if state is not State.OK else []
    found += [limit] if limit else []
    if not current:
        return found
    if isinstance(one, ServiceView):
        found += [clean(one.missing, limit=80)] if one.missing else []
        beside = [(word, one.metrics.get(name), unit) for name, word, unit in _BESIDE]
        return found + [
            f"{word} {text.measure(value, unit)}".strip() for word, value, unit in beside if value is not None
        ]
    return found + _of_card(one.metrics)


def _of_card(metrics: Mapping[str, float | None]) -> list[str]:
    used, total = metrics.get("gpu.memory_used"), metrics.get("gpu.memory_total")
    found = (
        [f"vram {text.percent(used / total)} % of {text.measure(total, 'bytes')}"] if used is not None and total else []
    )
    found += ["throttled"] if metrics.get("gpu.throttled") else []
    found += [
        text.measure(metrics[name], unit)
        for name, unit in (("gpu.temperature", "degC"), ("gpu.power", "W"))
        if metrics.get(name) is not None
    ]
    errors = metrics.get("gpu.errors")
    return [*found, text.plural(int(errors), "error")] if errors else found
