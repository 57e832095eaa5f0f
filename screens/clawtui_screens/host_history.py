"""What the charts of one host draw from: a track a metric for the live window, and what was held when time stopped."""

from collections.abc import Iterable, Mapping, Sequence

from clawtui.engine.boundary.charts import RangeAnswer
from clawtui_screens.widgets.chart_series import Series, Track

POINTS = 300
"""Steps asked for in one window: two for each of the 150 columns of the widest usual chart."""


class History:
    """One window; another window is another History."""

    def __init__(self, window_s: float) -> None:
        self.window_s = window_s
        self.step_s = max(1.0, window_s / POINTS)
        self.notes: dict[str, str] = {}
        # why a metric has no history, in words
        self.loaded: set[str] = set()
        self._tracks: dict[str, Track] = {}
        self._held: dict[str, Series] | None = None
        self.span: tuple[float, float] | None = None
        # the window that is held; None while time goes on

    def append(self, at: float, values: Mapping[str, float | None]) -> None:
        """One live sample; it is kept while time stands still, too."""
        for metric, value in values.items():
            self._track(metric).append(at, value)

    def missing(self, metrics: Iterable[str]) -> tuple[str, ...]:
        """Those whose past nobody has asked for yet."""
        return tuple(m for m in metrics if m not in self.loaded)

    def take(self, answer: RangeAnswer) -> None:
        """An answer for the window that is shown now."""
        for n, metric in enumerate(answer.metrics):
            self.loaded.add(metric)
            times, low, mean, high = _shape(answer, n)
            if self._held is None:
                self._track(metric).load(times, low, mean, high, answer.step_s)
            else:
                self._held[metric] = curve(answer, n)
            self.notes[metric] = "" if any(v is not None for v in mean) else answer.note

    def fail(self, metrics: Iterable[str], words: str) -> None:
        """There is no answer: the charts say why."""
        for metric in metrics:
            self.loaded.add(metric)
            self.notes[metric] = f"no history: {words}"

    def hold(self, start: float, end: float) -> None:
        """Time stops at this window. What is known of it stays; another window has to be asked for."""
        if self.span is None and self._tracks:
            known = {metric: track.series(start, end) for metric, track in self._tracks.items()}
            oldest = end - self.window_s - 2 * self.step_s
            self._held = known if start >= oldest else {}
        else:
            self._held = {}
        if not self._held:
            self.loaded, self.notes = set(), {}
        self.span = (start, end)

    def release(self) -> None:
        """Time goes on. What was not loaded live yet has to be asked for."""
        if self.span is not None:
            self.span, self._held = None, None
            self.loaded, self.notes = set(), {}

    def series(self, metric: str, start: float, end: float) -> Series:
        """What is known of a metric in a window."""
        if self._held is not None:
            return self._held.get(metric, Series()).cut(start, end)
        track = self._tracks.get(metric)
        return track.series(start, end) if track is not None else Series()

    def _track(self, metric: str) -> Track:
        if metric not in self._tracks:
            self._tracks[metric] = Track(self.step_s, self.window_s * 1.25)
        return self._tracks[metric]


def curve(answer: RangeAnswer, n: int = 0) -> Series:
    """One metric of an answer as a series."""
    if n >= len(answer.metrics):
        return Series()
    times, low, mean, high = _shape(answer, n)
    return Series(tuple(times), tuple(low), tuple(mean), tuple(high), answer.step_s)


Values = Sequence[float | None]


def _shape(answer: RangeAnswer, n: int) -> tuple[Sequence[float], Values, Values, Values]:
    """Low and high may be left out where they equal the mean."""
    mean = answer.mean[n]
    return answer.times, answer.low[n] if answer.low else mean, mean, answer.high[n] if answer.high else mean
