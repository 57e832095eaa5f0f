"""The bar that never leaves: context, hosts by state, age of the data, what may be done, the clock."""

from collections.abc import Sequence

from rich.segment import Segment
from textual.reactive import reactive, var
from textual.strip import Strip
from textual.widget import Widget

from clawtui.clean import clean
from clawtui.engine.boundary.hosts import Summary
from clawtui.engine.boundary.rollouts import RolloutView
from clawtui.engine.boundary.value import State
from clawtui_screens import deploy_words, look, text
from clawtui_screens.cells import head_of, shortened, width_of
from clawtui_screens.desk import Desk
from clawtui_screens.look import Tone
from clawtui_screens.picture import NOTHING_KNOWN, Picture

_ORDER = (
    State.OK,
    State.DRAINED,
    State.LOADING,
    State.UNKNOWN,
    State.NO_AGENT,
    State.WARNING,
    State.STALE,
    State.REFUSED,
)
CERTIFICATE_S = 3600.0
Parts = list[tuple[str, Tone]]


class Bar(Widget):
    """Same order at every width; a narrow terminal loses words, never numbers."""

    DEFAULT_CSS = "Bar { height: 1; width: 1fr; }"

    picture: reactive[Picture] = reactive(NOTHING_KNOWN)
    moment: reactive[float | None] = reactive[float | None](None)
    frozen_at: reactive[float | None] = reactive[float | None](None)
    trouble: reactive[str] = reactive("")
    rollouts: reactive[tuple[RolloutView, ...]] = reactive[tuple[RolloutView, ...]](())
    place: var[str] = var("")

    def __init__(self, desk: Desk, place: str = "") -> None:
        super().__init__()
        self._desk = desk
        self.set_reactive(Bar.place, place)

    def on_mount(self) -> None:
        """Ages and the clock go on by themselves."""
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if self.screen.is_current:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Band at the left, clock at the right edge, what fits between them."""
        del y
        styles, width, fit = look.palette(self.app.theme), self.size.width, self._desk.glyphs.fit
        summary = self.picture.summary
        band = fit(_band(summary, wide=width >= 100))
        kind = look.kind_tone(summary.kind) if summary else Tone.DIM
        left = _middle(self.picture, self.rollouts, self._desk, wide=width >= 100)
        right = [*self._time(wide=width >= 100)]
        place = f" {self.place if width >= 100 else self.place.rpartition('› ')[2]} "
        taken = width_of(band) + sum(width_of(part) for part, _ in (*left, *right))
        if self.place and taken + width_of(place) <= width:
            right.insert(0, (place, Tone.ACCENT))
        room = width - width_of(band) - sum(width_of(part) for part, _ in right)
        segments = [Segment(band, styles.band(kind))]
        for part, tone in left:
            shown = head_of(fit(part), max(0, room))
            segments.append(Segment(shown, styles.style(tone)))
            room -= width_of(shown)
        segments.append(Segment(" " * max(0, room), styles.style(Tone.PLAIN)))
        segments += [Segment(fit(part), styles.style(tone, bold=tone is Tone.ACCENT)) for part, tone in right]
        return Strip(segments).adjust_cell_length(width, styles.style(Tone.PLAIN))

    def _time(self, *, wide: bool) -> Parts:
        now, desk = self._desk.clock(), self._desk
        clock = f" {text.clock(now, desk.zone, seconds=False)}{text.zone_mark(desk.zone, now)}"
        if self.trouble:
            return [(" ENGINE GONE ", Tone.ERROR), (clock, Tone.PLAIN)]
        if self.moment is not None:
            back = text.lasting(now - self.moment)
            return [(f" AT {text.moment(self.moment, now, desk.zone)} (−{back})", Tone.ACCENT), (clock, Tone.PLAIN)]
        if self.frozen_at is not None:
            since = text.clock(self.frozen_at, desk.zone)
            return [(f" FROZEN {'since ' if wide else ''}{since}", Tone.ACCENT), (clock, Tone.PLAIN)]
        return [(clock, Tone.PLAIN)]


def _band(summary: Summary | None, *, wide: bool) -> str:
    if summary is None:
        return " clawtui "
    if not summary.context:
        return " no fleet "
    kind = summary.kind.upper()
    if summary.contexts:
        return f" ALL {len(summary.contexts)} CONTEXTS " if wide else " ALL "
    return f" {kind} {shortened(clean(summary.context, limit=200), 24)} " if wide else f" {kind} "


def _middle(picture: Picture, rollouts: Sequence[RolloutView], desk: Desk, *, wide: bool) -> Parts:
    """Hosts by state, who is paged, what is being rolled out, how old the data is, what may be done."""
    summary = picture.summary
    if summary is None:
        return [(" connecting", Tone.DIM)]
    now, glyphs = desk.clock(), desk.glyphs
    separator = f" {glyphs.bar} " if wide else glyphs.bar
    total = sum(summary.counts.values())
    parts: Parts = [(f" {text.plural(total, 'host')}" if wide else f" {total}", Tone.PLAIN)]
    parts += _counts(summary, glyphs)
    if not (summary.context or total):  # nothing is followed that could be late
        return parts
    if not summary.watcher:
        parts += [(separator, Tone.DIM), ("nobody is paged" if wide else "no pager", Tone.DIM)]
    if (deploy := deploy_words.in_bar(rollouts, now, wide=wide)) is not None:
        parts += [(separator, Tone.DIM), deploy]
    silent = now - picture.at
    late = silent > max(3.0, 3 * desk.refresh_s)
    words = f"{'silent' if late else 'live'} {text.age(silent)}" if wide else text.age(silent)
    parts += [(separator, Tone.DIM), (words, Tone.STALE if late else Tone.DIM)]
    parts += _certificate(summary, now, separator, wide=wide)
    return parts + _armed(summary, now, separator, wide=wide)


def _counts(summary: Summary, glyphs: look.Glyphs) -> Parts:
    parts: Parts = []
    down = sum(summary.counts.get(state, 0) for state in (State.DOWN, State.CRITICAL))
    for state in _ORDER:
        if count := summary.counts.get(state, 0):
            parts.append((f" {glyphs.states[state]}{count}", look.state_tone(state)))
    if down:
        parts.append((f" {glyphs.states[State.DOWN]}{down}", Tone.ERROR))
    return parts


def _certificate(summary: Summary, now: float, separator: str, *, wide: bool) -> Parts:
    """When we shall not get in any more; a narrow terminal says it in the last hour."""
    if summary.certificate_ends is None:
        return []
    left = summary.certificate_ends - now
    if left <= 0:
        return [(separator, Tone.DIM), ("cert ended" if wide else "cert!", Tone.ERROR)]
    if not wide and left > CERTIFICATE_S:
        return []
    tone = Tone.WARNING if left <= CERTIFICATE_S else Tone.DIM
    return [(separator, Tone.DIM), (f"cert ends {text.lasting(left)}" if wide else f"cert {text.lasting(left)}", tone)]


def _armed(summary: Summary, now: float, separator: str, *, wide: bool) -> Parts:
    if summary.armed_until is not None and summary.armed_until > now:
        left = int(summary.armed_until - now)
        return [(separator, Tone.DIM), (f"ARMED {left // 60}:{left % 60:02}", Tone.ERROR)]
    if summary.read_only:
        return [(separator, Tone.DIM), ("READ-ONLY" if wide else "RO", Tone.PLAIN)]
    return []
