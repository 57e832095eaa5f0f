"""The strip of the selected host: its vital numbers against their limits, so that most questions need no second screen."""

from collections.abc import Mapping

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from clawtui.clean import clean
from clawtui.engine.boundary.charts import Limit
from clawtui.engine.boundary.hosts import Breach, HostView
from clawtui.engine.boundary.value import State
from clawtui_screens import columns, look, text
from clawtui_screens.cells import width_of
from clawtui_screens.desk import Desk
from clawtui_screens.look import Tone

Runs = list[tuple[str, Tone]]
_OF_SERVICES = ("latency.p95", "errors.ratio")
VITALS = (
    ("cpu.busy", "cpu"),
    ("memory.available", "mem"),
    ("latency.p95", "p95"),
    ("errors.ratio", "err"),
    ("gpu.busy", "gpu"),
)


class HostStrip(Widget, can_focus=True):
    """A rule with the host's name, a line of vitals, a line of why and what to do; three lines, fewer where there is no room."""

    DEFAULT_CSS = "HostStrip { height: 3; width: 1fr; }"

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._lines: list[Runs] = []
        self._wrong = False

    def show(self, view: HostView | None, limits: Mapping[str, Limit], now: float) -> None:
        """This host from now on, or nothing; repaints only what differs."""
        lines = [] if view is None else strip_lines(view, limits, now, self._desk.glyphs, self.size.width)
        self._wrong = view is not None and view.state is not State.OK
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """One of the three."""
        styles, width, fit = look.palette(self.app.theme), self.size.width, self._desk.glyphs.fit
        if y == 1 and self.size.height == 2 and self._wrong:
            y = 2  # one line only: the reason is worth more than the numbers
        runs = self._lines[y] if y < len(self._lines) else []
        segments = [Segment(fit(words), styles.style(tone)) for words, tone in runs]
        strip = Strip(segments)
        if y == 0 and runs:
            rest = max(0, width - strip.cell_length)
            strip = Strip([*segments, Segment(self._desk.glyphs.rule * rest, styles.style(Tone.DIM))])
        return strip.adjust_cell_length(width, styles.style(Tone.PLAIN))


def strip_lines(view: HostView, limits: Mapping[str, Limit], now: float, glyphs: look.Glyphs, width: int) -> list[Runs]:
    """Name, vitals, reason and remedy."""
    rule = glyphs.rule * 2
    title: Runs = [(f"{rule} ", Tone.DIM), (clean(view.name, limit=60), Tone.PLAIN), (" ", Tone.DIM)]
    title += [(f"{' '.join(clean(badge, limit=40) for badge in view.badges)} ", Tone.STALE)] if view.badges else []
    vitals: Runs = []
    for name, label in VITALS:
        label = columns.part_metric(view, _worst_key(view, name)) if name in _OF_SERVICES else label
        vital = _vital(view, name, label, limits.get(name), now, wide=width >= 100)
        more = [(f" {glyphs.bar} " if vitals else " ", Tone.DIM), *vital]
        if vital and sum(width_of(words) for words, _ in (*vitals, *more)) <= width:
            vitals += more
    if not vitals:
        known = "; the rings on the host keep what was" if view.agent and view.state is not State.LOADING else ""
        vitals = [(f" no current numbers{known}", Tone.DIM)]
    reason: Runs = [(" ", Tone.DIM)]
    if view.why and view.state is not State.OK:
        reason.append((clean(view.why, limit=400), look.state_tone(view.state)))
    if view.remedy:
        reason.append((f"{'  ' if len(reason) > 1 else ''}{clean(view.remedy, limit=400)}", Tone.PLAIN))
    if len(reason) == 1:
        reason.append((_about(view), Tone.DIM))
    return [title, vitals, reason]


def _vital(view: HostView, name: str, label: str, limit: Limit | None, now: float, *, wide: bool) -> Runs:
    """`p95 812 OVER 500 by 62 % for 4m10`, `cpu 71 ok, limit 85`; not held long enough: `p95 812 just over 500`."""
    value = None if view.state in columns.BLIND else columns.metric(view, name)
    if value is None:
        return []
    unit = limit.unit if limit else {"memory.available": "bytes", "latency.p95": "s"}.get(name, "ratio")
    shown = text.measure(value, unit)
    breach = next((found for found in view.breaches if found.metric.rpartition(" ")[2] == name), None)
    if breach is not None:
        return [(f"{label} {shown} {_past(breach, now, wide=wide)}", look.severity_tone(breach.severity))]
    if limit is None:
        return [(f"{label} {shown}", Tone.DIM)]
    if value > limit.limit if limit.above else value < limit.limit:
        side = "over" if limit.above else "under"
        return [(f"{label} {shown} just {side} {text.measure(limit.limit, limit.unit)}", Tone.PLAIN)]
    return [(f"{label} {shown} ok" + (f", limit {text.measure(limit.limit, limit.unit)}" if wide else ""), Tone.DIM)]


def _worst_key(view: HostView, name: str) -> str:
    """Whose number it is: the service that breaks the rule, else the one with the largest value."""
    broken = next((breach.metric for breach in view.breaches if breach.metric.rpartition(" ")[2] == name), "")
    known = [(value, s.name) for s in view.services if (value := s.metrics.get(name)) is not None]
    return broken or (f"service:{max(known)[1]} {name}" if known else name)


def _past(breach: Breach, now: float, *, wide: bool) -> str:
    word = "OVER" if breach.above else "UNDER"
    words = f"{word} {text.measure(breach.limit, breach.unit)}"
    if not wide:
        return words
    by = f" by {abs(breach.value - breach.limit) / breach.limit * 100:.0f} %" if breach.limit else ""
    return f"{words}{by} for {text.lasting(now - breach.since)}"


def _about(view: HostView) -> str:
    """A quiet host says what it is."""
    parts = [view.address, view.site, ", ".join(view.groups), ", ".join(service.name for service in view.services)]
    return " · ".join(clean(part, limit=60) for part in parts if part)
