"""What the host screen knows and what was chosen on it; no widget, no clock, no engine."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from clawtui.engine.boundary.charts import Limit, RangeAnswer
from clawtui.engine.boundary.hosts import ColumnView, HostDetail, HostView
from clawtui.engine.boundary.rollouts import RolloutView
from clawtui_screens import host_deploys, host_metrics, host_parts, host_words, look
from clawtui_screens.desk import Desk
from clawtui_screens.host_asks import DAY_S, Span
from clawtui_screens.host_drawing import Scene, breaches_of, happenings_of, lines_of
from clawtui_screens.host_history import History, curve
from clawtui_screens.host_metrics import Offer
from clawtui_screens.widgets.chart_frame import Mark
from clawtui_screens.widgets.chart_lines import MetricLine
from clawtui_screens.widgets.chart_series import Series

WINDOWS = (300.0, 1800.0, 7200.0, DAY_S, 7 * DAY_S, 30 * DAY_S, 400 * DAY_S)
WINDOW_WORDS = ("5m", "30m", "2h", "24h", "7d", "30d", "400d")
CHARTS = 4
SAME_S = 60.0
"""A rule fires this long at most after its limit was crossed for the last time: one thing, said once."""
LINES_ASKED, PARTS_ASKED = 10, 32
"""Metrics without a chart whose past is asked for too, for their sparks."""


def broken(view: HostView) -> tuple[str, ...]:
    """State and broken rules: when they change, something has happened."""
    return (view.state, *(breach.rule for breach in view.breaches))


class HostState:
    """One host on screen."""

    def __init__(self, desk: Desk, host: str, first: str = "") -> None:
        self.desk, self.host, self.first = desk, host, first
        self.view: HostView | None = None
        self.detail: HostDetail | None = None
        self.limits: tuple[Limit, ...] = ()
        self.live: Mapping[str, float | None] = {}
        self.age_s: float | None = None
        self.zoom_window = min(range(len(WINDOWS)), key=lambda n: abs(WINDOWS[n] - desk.window_s))
        self.window_by_hand = False
        self.history = History(WINDOWS[self.zoom_window])
        self.charted: list[str] = []
        self.chosen_by_hand = False
        self.moment: float | None = None
        self.medians: dict[str, Series] | None = None
        # None: not laid over
        self.yesterdays: dict[str, Series] | None = None
        self.marks: tuple[Mark, ...] = ()
        self.deploys: tuple[Mark, ...] = ()
        self.offers: tuple[Offer, ...] = ()

    # ------------------------------------------------------------ what came

    def see(self, view: HostView | None, age_s: float | None) -> None:
        """The host's row in the newest picture."""
        self.view, self.age_s = view, age_s
        self._offer()

    def learn(self, detail: HostDetail | None, limits: tuple[Limit, ...] | None, marks: tuple[Mark, ...]) -> None:
        """Facts and rules; what could not be had stays as it was."""
        self.detail = detail or self.detail
        self.limits = limits if limits is not None else self.limits
        self.marks = marks or self.marks
        if self.view is None and detail is not None:
            self.view = detail.view
        self._offer()

    def deployed(self, rollouts: Sequence[RolloutView]) -> bool:
        """What rollouts have changed here; False where that was known."""
        before, self.deploys = self.deploys, host_deploys.marks(rollouts, self.host)
        return before != self.deploys

    def sample(self, at: float, values: Mapping[str, float | None]) -> None:
        """One live second."""
        self.live = values
        self.history.append(at, values)
        self._offer()

    def _offer(self) -> None:
        if self.view is None:
            self.offers = ()
            return
        columns = self.detail.columns if self.detail else ()
        known = {c.metric for c in columns}
        columns += tuple(ColumnView(m, host_metrics.unit_of(m), 1.0) for m in self.live if m not in known)
        found = host_metrics.offers(self.view, columns, self.limits)
        self.offers = tuple(
            replace(o, value=self.live[o.metric]) if self.live.get(o.metric) is not None else o for o in found
        )
        self._choose()

    def _choose(self) -> None:
        """Worst first until the operator chooses; then only what does not exist any more is replaced."""
        there = {o.metric for o in self.offers}
        kept = [m for m in self.charted if m in there]
        broken = [o.metric for o in self.offers if o.breach is not None]
        moved = not self.chosen_by_hand and any(m not in kept for m in broken[:CHARTS])
        if len(kept) < min(CHARTS, len(there)) or moved:
            wanted = host_metrics.leading(self.offers, CHARTS, self.first)
            self.charted = (
                wanted if not self.chosen_by_hand else [*kept, *(m for m in wanted if m not in kept)][:CHARTS]
            )

    # ------------------------------------------------------------ what is shown

    @property
    def span(self) -> Span:
        """The window, held or running."""
        now = self.desk.clock()
        return self.history.span or (now - self.history.window_s, now)

    @property
    def stale(self) -> str:
        """Why no number is current; empty while they are."""
        if self.view is None:
            return "gone"
        silent = host_words.silent(self.view, self.age_s)
        if self.view.state in host_words.SILENT or silent:
            word = look.state_word(self.view.state) if self.view.state in host_words.SILENT else "STALE"
            return word.lower() if self.age_s is None else f"{word.lower()} {int(self.age_s)}s"
        return ""

    def scene(self) -> Scene:
        """Everything that drawing needs."""
        start, end = self.span
        return Scene(
            history=self.history,
            start=start,
            end=end,
            now=self.desk.clock(),
            glyphs=self.desk.glyphs,
            zone=self.desk.zone,
            cursor=self.moment,
            stale=self.stale,
            medians=self.medians or {},
            yesterdays=self.yesterdays or {},
            marks=(*self._acts, *self.deploys),
        )

    def events(self) -> tuple[Mark, ...]:
        """What was done, what happened, and which rules broke before we looked."""
        happened = happenings_of(self.detail, self.offers)
        known = [mark.at for mark in happened if mark.sign == "▲"]
        earlier = [m for m in breaches_of(self.view, self.offers) if not any(0 <= at - m.at < SAME_S for at in known)]
        return (*self._acts, *self.deploys, *happened, *earlier)

    @property
    def _acts(self) -> tuple[Mark, ...]:
        """What was done, less the deploys: they stand where the host changed, not where somebody said so."""
        return tuple(mark for mark in self.marks if not mark.text.startswith("deploy "))

    def offer(self, metric: str) -> Offer:
        """One metric, also one that is not offered any more."""
        empty = Offer(metric, metric, host_metrics.unit_of(metric), missing="not offered by this host")
        return next((o for o in self.offers if o.metric == metric), empty)

    @property
    def parts(self) -> dict[str, str]:
        """Scopes that have a line of their own, and the metric that leads it."""
        return host_parts.leads(self.view, self.offers)

    def lines(self, charted: Sequence[str], scene: Scene) -> tuple[MetricLine, ...]:
        """Services and devices, then the metrics that have no chart, in the order in which `.` brings them."""
        parts = host_parts.lines(self.view, self.offers, scene)
        return (*parts, *lines_of(self.offers, {*charted, *(line.metric for line in parts)}, scene))

    def wanted(self, shown: Sequence[str], *, lines: bool) -> tuple[str, ...]:
        """Metrics whose past the screen needs now and nobody asked for."""
        rest = [o.metric for o in self.offers if o.metric not in shown and not o.missing][:LINES_ASKED] if lines else []
        parts = tuple(self.parts.values())[:PARTS_ASKED] if lines else ()
        asked = dict.fromkeys((*shown, *parts, *rest))
        return self.history.missing(m for m in asked if not self.offer(m).missing)

    # ------------------------------------------------------------ what the keys do

    def cycle(self, place: int, step: int, shown: int) -> None:
        """Another metric in one chart: the next one that no visible chart shows."""
        parts = tuple(self.parts.values())
        every = [*parts, *(o.metric for o in self.offers if o.metric not in parts)]
        if place >= len(self.charted) or len(every) <= shown:
            return
        at = every.index(self.charted[place]) if self.charted[place] in every else 0
        taken = {m for n, m in enumerate(self.charted[:shown]) if n != place}
        for n in range(1, len(every) + 1):
            metric = every[(at + step * n) % len(every)]
            if metric not in taken:
                self.bring(metric, place)
                return

    def bring(self, metric: str, place: int) -> None:
        """This metric in this chart; one that is charted elsewhere changes places with it."""
        self.chosen_by_hand = True
        if metric in self.charted:
            other = self.charted.index(metric)
            self.charted[other] = self.charted[place]
        self.charted[place] = metric

    def resize_window(self, step: int) -> bool:
        """A shorter or longer window; False at the ends."""
        n = min(len(WINDOWS) - 1, max(0, self.zoom_window + step))
        if n == self.zoom_window:
            return False
        self.zoom_window, self.window_by_hand = n, True
        self.desk.window_s = WINDOWS[n]
        held = self.history.span
        self.history = History(WINDOWS[n])
        if held is not None:
            self.hold_around(self.moment if self.moment is not None else held[1])
        if self.yesterdays is not None:
            self.yesterdays = {}
        return True

    def fit_window(self) -> bool:
        """A host that has been known for less than five minutes opens with five, until the operator chooses; True if changed."""
        if self.window_by_hand or self.zoom_window != 1 or self.history.span is not None or not self.history.loaded:
            return False
        start, end = self.span
        known = [
            t
            for m in self.charted
            for s in [self.history.series(m, start, end)]
            for t, v in zip(s.times, s.mean, strict=True)
            if v is not None
        ]
        if not known or min(known) < end - WINDOWS[0]:
            return False
        wanted = self.desk.window_s
        self.resize_window(-1)
        self.window_by_hand, self.desk.window_s = False, wanted  # nobody chose it: the next host opens as wished
        return True

    def hold_around(self, moment: float) -> None:
        """Stop at the running window if it holds the moment, else at one around it."""
        now, window = self.desk.clock(), self.history.window_s
        span = self.history.span
        if span is not None and span[0] <= moment <= span[1]:
            return
        end = now if span is None and now - window <= moment else min(now, moment + window / 4)
        self.history.hold(end - window, end)

    def overlay(self, kind: str, metrics: Sequence[str], answer: RangeAnswer) -> None:
        """Curves to compare with, if they are still wanted."""
        if kind == "median" and self.medians is not None:
            self.medians[metrics[0]] = curve(answer)
        if kind == "yesterday" and self.yesterdays is not None:
            for n, metric in enumerate(answer.metrics):
                self.yesterdays[metric] = curve(answer, n).moved(DAY_S)
