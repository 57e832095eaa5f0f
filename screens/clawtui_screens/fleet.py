"""Fleet: is it broken, which host, since when, and what changed just before?"""

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.screen import Screen

from clawtui.clean import clean
from clawtui.engine.boundary import Limit, Limits, LimitsQuery, Severity
from clawtui.errors import ClawtuiError
from clawtui_screens import columns, order, text
from clawtui_screens.desk import Desk
from clawtui_screens.fleet_rows import FleetRows
from clawtui_screens.look import Tone
from clawtui_screens.messages import LimitsSeen, OpenHost, ShellWanted, Toast
from clawtui_screens.order import Arrangement
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.widgets.bar import Bar
from clawtui_screens.widgets.hoststrip import HostStrip
from clawtui_screens.widgets.keyline import KeyLine
from clawtui_screens.widgets.line import Line
from clawtui_screens.widgets.table import Cells, Key, Table


class FleetScreen(Screen[None]):
    """The whole fleet as one list, worst first, and the strip of the selected host."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "shell", "shell", id="fleet.shell"),
        Binding("w", "wide", "wide", id="list.wide", show=False),
    ]

    picture: var[Picture] = var(NOTHING_KNOWN)
    moment: var[float | None] = var[float | None](None)
    frozen_at: var[float | None] = var[float | None](None)
    trouble: var[str] = var("")
    wish: var[Arrangement] = var(Arrangement())
    limits: var[dict[str, Limit]] = var(dict[str, Limit])
    wide: var[bool] = var(default=False)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._shown = FleetRows()
        self._pressed = float("-inf")
        self._moving = 0
        self._asked = False
        self.set_reactive(FleetScreen.wish, Arrangement(fold=desk.fold))

    def compose(self) -> ComposeResult:
        """The bar, the sentence, the table, the strip, the keys."""
        yield Bar(self._desk).data_bind(
            FleetScreen.picture, FleetScreen.moment, FleetScreen.frozen_at, FleetScreen.trouble
        )
        yield Line(id="sentence", glyphs=self._desk.glyphs)
        yield Table(self._desk.glyphs, self._paint, id="hosts")
        yield HostStrip(self._desk)
        yield KeyLine(self._desk.glyphs)

    def on_mount(self) -> None:
        """Ages count by themselves; limits are asked for as soon as there is a fleet."""
        self.set_interval(1.0, self._tick)

    async def _ask_limits(self) -> None:
        try:
            answer = await self._desk.engine.ask(LimitsQuery())
        except ClawtuiError as error:
            self.post_message(Toast(f"limits are not drawn: {error}", Severity.WARNING))
            return
        if isinstance(answer, Limits):
            self.post_message(LimitsSeen(answer))

    def on_limits_seen(self, message: LimitsSeen) -> None:
        """Thresholds for sparklines and the strip, by metric; the milder of two rules is what is drawn."""
        self.limits = {limit.metric: limit for limit in reversed(message.limits.limits)}
        self._arrange()

    @property
    def table(self) -> Table:
        """The list of hosts."""
        return self.query_one("#hosts", Table)

    # ------------------------------------------------------------ data

    def watch_picture(self, picture: Picture) -> None:
        """A new state of the fleet."""
        if picture.summary is None or not self.is_mounted:
            return
        if not self._asked:
            self._asked = True
            self.run_worker(self._ask_limits(), group="limits", exclusive=True)
        self._arrange()

    def watch_wish(self) -> None:
        """Another order was asked for: at once."""
        if self.is_mounted:
            self._arrange(now=True)

    def _arrange(self, *, now: bool = False) -> None:
        wanted = order.arranged(self.picture.hosts, self.wish)
        before = self._shown.rows
        still = not now and self._desk.clock() - self._pressed < self._desk.still_s
        rows, self._moving = order.held(before, wanted, self.picture.hosts) if still and before.keys else (wanted, 0)
        width = self.table.size.width or self.size.width
        longest = max((len(name) for name in self.picture.hosts), default=6)
        fitted = columns.fitting(width, max(6, min(longest, 24 if width >= 100 else 14)), wide=self.wide)
        self._shown = FleetRows(self.picture, rows, fitted, self.limits)
        self.table.head(self._shown.heads())
        self.table.show(rows.keys)
        self._tell()

    def _tell(self) -> None:
        """Words above and below the table."""
        summary = self.picture.summary
        words = (
            f"{text.plural(self._moving, 'row')} want{'s' if self._moving == 1 else ''} to move  "
            if self._moving
            else ""
        )
        listed = "worst first" if self.wish.sort == order.TRIAGE else f"by {self.wish.sort}"
        kept = f"{listed} · {self._shown.rows.kept:,} of {len(self.picture.hosts):,} "
        headline = (f" {clean(summary.headline, limit=400)}" if summary else " connecting", Tone.PLAIN)
        self.query_one("#sentence", Line).show(headline, right=((words, Tone.ACCENT), (kept, Tone.DIM)))
        self.query_one(HostStrip).show(self.picture.hosts.get(self.host or ""), self.limits, self._desk.clock())

    @property
    def host(self) -> str | None:
        """The host under the cursor; None on a folded line or a heading."""
        key = self.table.cursor
        return key[1] if key is not None and key[0] == order.HOST else None

    def _tick(self) -> None:
        if not self.is_current:
            return
        if self._moving and self._desk.clock() - self._pressed >= self._desk.still_s:
            self._arrange()
        else:
            self.table.repaint()

    def _paint(self, key: Key) -> Cells:
        return self._shown.row(key, self._desk.clock(), self._desk.glyphs)

    # ------------------------------------------------------------ keys

    def on_key(self) -> None:
        """Rows hold still for a while."""
        self._pressed = self._desk.clock()

    def action_wide(self) -> None:
        """More columns."""
        self.wide = not self.wide
        self._arrange()

    def action_shell(self) -> None:
        """On the host under the cursor."""
        if self.host:
            self.post_message(ShellWanted(self.host))

    @on(Table.Opened)
    def _opened(self, message: Table.Opened) -> None:
        kind, name = message.key
        if kind == order.HOST:
            self.post_message(OpenHost(name))
        elif kind == order.FOLD:
            self.wish = replace(self.wish, unfolded=self.wish.unfolded | {name})

    @on(Table.Moved)
    def _moved(self) -> None:
        self._tell()
