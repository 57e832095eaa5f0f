"""Fleet: is it broken, which host, since when, and what changed just before?"""

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen

from clawtui.engine.boundary.charts import Limit, Limits, LimitsQuery
from clawtui.engine.boundary.forwards import ForwardView
from clawtui.engine.boundary.rollouts import RolloutView
from clawtui.engine.boundary.value import Severity
from clawtui.engine.boundary.views import SavedView
from clawtui.errors import ClawtuiError
from clawtui_screens import finding, fleet_words, keys, order
from clawtui_screens.arrangement import Arrangement
from clawtui_screens.desk import Desk
from clawtui_screens.fleet_rows import FleetRows
from clawtui_screens.hoststrip import HostStrip
from clawtui_screens.messages import (
    CopyOut,
    ExportWanted,
    ForwardWanted,
    LimitsSeen,
    MenuWanted,
    OpenHost,
    ShellWanted,
    Toast,
)
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.survey import Survey
from clawtui_screens.widgets.bar import Bar
from clawtui_screens.widgets.forwardline import ForwardLine
from clawtui_screens.widgets.keyline import KeyLine
from clawtui_screens.widgets.line import Line
from clawtui_screens.widgets.table import Cells, Key, Table


class FleetScreen(Screen[None]):
    """The whole fleet as one list, worst first, and the strip of the selected host."""

    BINDINGS: ClassVar[list[BindingType]] = keys.FLEET

    picture: var[Picture] = var(NOTHING_KNOWN)
    moment: var[float | None] = var[float | None](None)
    frozen_at: var[float | None] = var[float | None](None)
    trouble: var[str] = var("")
    forwards: var[tuple[ForwardView, ...]] = var[tuple[ForwardView, ...]](())
    rollouts: var[tuple[RolloutView, ...]] = var[tuple[RolloutView, ...]](())
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
        self._survey = Survey()
        self._offered = (True, False)
        self._anchor: str | None = None
        self.sought = ""
        self.marks: frozenset[str] = frozenset()
        self.set_reactive(FleetScreen.wish, Arrangement(fold=desk.fold))

    def compose(self) -> ComposeResult:
        """The bar, the sentence, the table, the strip, the keys."""
        yield Bar(self._desk).data_bind(
            FleetScreen.picture, FleetScreen.moment, FleetScreen.frozen_at, FleetScreen.trouble, FleetScreen.rollouts
        )
        yield Line(id="sentence", glyphs=self._desk.glyphs)
        yield Table(self._desk.glyphs, self._paint, id="hosts")
        yield HostStrip(self._desk)
        yield ForwardLine(self._desk.glyphs).data_bind(FleetScreen.forwards)
        yield KeyLine(self._desk.glyphs)

    def on_mount(self) -> None:
        """Ages count by themselves."""
        self._tell()
        self.set_interval(1.0, self._tick)

    @property
    def table(self) -> Table:
        """The list of hosts."""
        return self.query_one("#hosts", Table)

    @property
    def host(self) -> str | None:
        """The host under the cursor; None on a folded line or a heading."""
        key = self.table.cursor
        return key[1] if key is not None and key[0] == order.HOST else None

    # ------------------------------------------------------------ data

    def watch_picture(self, picture: Picture) -> None:
        """A new state of the fleet: limits are asked for with the first one."""
        if picture.summary is None or not self.is_mounted:
            return
        if not self._asked and picture.hosts:
            self._asked = True
            self.run_worker(self._ask_limits(), group="limits", exclusive=True)
        if self.is_current or self.app.screen.is_modal:
            self._arrange()
        offered = (self.host is None, picture.summary.read_only)
        if offered != self._offered:  # what keys can do has changed: the footer says so
            self._offered = offered
            self.refresh_bindings()

    def on_screen_resume(self) -> None:
        """What changed while another screen was on top."""
        if self.picture.summary is not None:
            self._arrange()

    async def _ask_limits(self) -> None:
        try:
            answer = await self._desk.engine.ask(LimitsQuery())
        except ClawtuiError as error:
            self.post_message(Toast(f"limits are not drawn: {error}", Severity.WARNING))
            return
        if isinstance(answer, Limits):
            self.post_message(LimitsSeen(answer))

    def on_limits_seen(self, message: LimitsSeen) -> None:
        """Thresholds for sparklines and the strip; of two rules for a metric the first is drawn."""
        self.limits = {limit.metric: limit for limit in reversed(message.limits.limits)}
        self._arrange()

    def watch_wish(self) -> None:
        """Another order was asked for: at once."""
        if self.is_mounted:
            self._arrange(at_once=True)

    def _arrange(self, *, at_once: bool = False) -> None:
        wanted = order.arranged(self.picture.hosts, self.wish)
        before = self._shown.rows
        still = not at_once and self._desk.clock() - self._pressed < self._desk.still_s
        rows, self._moving = order.held(before, wanted, self.picture.hosts) if still and before.keys else (wanted, 0)
        if not self.picture.hosts:
            rows = fleet_words.advice(self.picture)
        width = self.table.size.width or self.size.width
        self._survey = self._survey.renewed(self.picture, self._desk.clock())
        fitted = self._survey.fitted(width, wide=self.wide)
        self._shown = FleetRows(self.picture, rows, fitted, self.limits, self.wish.sort)
        self.table.head(self._shown.heads())
        self.table.show(rows.keys)
        self._tell()

    def _tell(self) -> None:
        """Words above and below the table."""
        left = fleet_words.sentence(self.picture, self.trouble, self.moment, self._desk)
        right = fleet_words.title(
            self._shown.rows, len(self.picture.hosts), self.wish, self._moving, self.sought, len(self.marks)
        )
        self.query_one("#sentence", Line).show(*left, right=right)
        self.query_one(HostStrip).show(self.picture.hosts.get(self.host or ""), self.limits, self._desk.clock())

    def watch_moment(self) -> None:
        """The sentence says which time it is about."""
        if self.is_mounted:
            self._tell()

    def watch_trouble(self) -> None:
        """The sentence says that the engine is gone."""
        if self.is_mounted:
            self._tell()

    def _tick(self) -> None:
        if not self.is_current:
            return
        if self._moving and self._desk.clock() - self._pressed >= self._desk.still_s:
            self._arrange()
        elif self.frozen_at is None and self.moment is None:
            self.table.repaint()

    def _paint(self, key: Key) -> Cells:
        stopped = self.frozen_at if self.moment is None else self.picture.at
        return self._shown.row(key, self._desk.clock() if stopped is None else stopped, self._desk.glyphs)

    def on_resize(self) -> None:
        """Columns come and go."""
        self.set_class(self.size.height < 20, "-low")
        self.call_after_refresh(self._arrange)

    # ------------------------------------------------------------ moving and opening

    def on_key(self) -> None:
        """Rows hold still for a while, and the cursor with its row for good."""
        self._pressed = self._desk.clock()
        self.table.hold()

    @on(Table.Opened)
    def _opened(self, message: Table.Opened) -> None:
        kind, name = message.key
        if kind == order.HOST:
            self.post_message(OpenHost(name))
        elif kind == order.FOLD:
            self.wish = replace(self.wish, unfolded=self.wish.unfolded | {name})
        else:
            self.wish = replace(self.wish, unfolded=self.wish.unfolded ^ {name})

    @on(Table.Moved)
    def _moved(self) -> None:
        self._tell()

    @on(Table.Headed)
    def _headed(self, message: Table.Headed) -> None:
        self.sort_by(message.column)

    # ------------------------------------------------------------ find and filter

    def find(self, words: str) -> None:
        """The cursor goes to the first hit at or below it; a hit among the folded unfolds them."""
        self.sought = words.strip()
        if self.sought and not self._hits():
            groups = finding.folded_away(self.sought, self._shown.rows, self.picture.hosts)
            if groups:
                self.wish = replace(self.wish, unfolded=self.wish.unfolded | groups)
        hits = self._hits()
        if hits and self.table.cursor not in hits:
            self.find_next(1)
        self._tell()
        self.refresh_bindings()

    def _hits(self) -> list[Key]:
        return finding.hits(self.sought, self.table.keys, self.picture.hosts)

    def find_next(self, step: int) -> None:
        """Round and round."""
        key = finding.beyond(self.table.keys, self.table.cursor, set(self._hits()), step)
        if key is not None:
            self.table.go(key)

    def add_filter(self, words: str) -> None:
        """On top of those that are there."""
        self.wish = self.wish.filtered(*self.wish.filters, words)

    def filter_by(self, words: str) -> None:
        """This one alone, or none."""
        self.wish = self.wish.filtered(*([words] if words else []))

    def take(self, view: SavedView) -> None:
        """List the fleet as a saved view says."""
        self.wide = view.wide
        self.wish = self.wish.of_view(view)
        self._arrange(at_once=True)

    def action_toggle_filters(self) -> None:
        """All of them off, and on again."""
        self.wish = replace(self.wish, filtering=not self.wish.filtering)

    def peel(self) -> bool:
        """The find, then the last filter; False when there was neither."""
        if self.sought:
            self.find("")
        elif self.wish.filters:
            self.wish = replace(self.wish, filters=self.wish.filters[:-1])
        else:
            return False
        return True

    # ------------------------------------------------------------ marks

    def _mark(self, names: frozenset[str]) -> None:
        self.marks = names
        self.table.mark(frozenset((order.HOST, name) for name in names))
        self._tell()
        self.refresh_bindings()

    def action_mark(self) -> None:
        """This row, and on to the next."""
        if self.host is not None:
            self._anchor = self.host
            self._mark(self.marks ^ {self.host})
            self.table.action_move(1)

    def action_mark_range(self) -> None:
        """From the last mark to here."""
        keys = self.table.keys
        ends = [keys.index(key) for key in ((order.HOST, self._anchor or ""), self.table.cursor) if key in keys]
        if len(ends) == 2:
            span = keys[min(ends) : max(ends) + 1]
            self._mark(self.marks | {name for kind, name in span if kind == order.HOST})

    def action_mark_shown(self) -> None:
        """All rows that are listed, never those that are folded away."""
        self._mark(self.marks | {name for kind, name in self.table.keys if kind == order.HOST})

    def action_unmark(self) -> None:
        """All of them."""
        self._mark(frozenset())

    # ------------------------------------------------------------ order and columns

    def action_menu(self, which: str) -> None:
        """The application shows it and comes back."""
        self.post_message(MenuWanted(which, self.wish.sort))

    def sort_by(self, column: str) -> None:
        """The same column again turns the order round."""
        self.wish = self.wish.sorted_by(column)

    def action_sort_column(self, step: int) -> None:
        """The column to the left or right of the one that is sorted by; beyond the edge stands triage order."""
        shown = [column.id for column, _ in self._shown.fitted if column.sort is not None]
        self.wish = self.wish.sorted_beside(step, shown)

    def action_group(self) -> None:
        """None, site, region, group, version, and none again."""
        together = self.picture.summary is not None and bool(self.picture.summary.contexts)
        self.wish = self.wish.regrouped(contexts=together)

    def action_wide(self) -> None:
        """More columns."""
        self.wide = not self.wide
        self._arrange(at_once=True)

    def action_zoom(self) -> None:
        """The pane that has the focus takes the room of the other."""
        name = "-zoom-strip" if self.query_one(HostStrip).has_focus else "-zoom-table"
        for known in ("-zoom-strip", "-zoom-table"):
            self.set_class(known == name and not self.has_class(known), known)
        self.call_after_refresh(self._tell)

    # ------------------------------------------------------------ acting, copying

    def action_shell(self) -> None:
        """On the host under the cursor."""
        if self.host is not None:
            self.post_message(ShellWanted(self.host))

    def action_forward(self) -> None:
        """A port of this machine that leads to the host under the cursor."""
        if self.host is not None:
            self.post_message(ForwardWanted(self.host))

    def action_copy(self) -> None:
        """Marked rows, else the one under the cursor, as text."""
        names = [name for kind, name in self.table.keys if kind == order.HOST and name in self.marks]
        names = names or ([self.host] if self.host else [])
        lines = [fleet_words.row_text(self.picture.hosts[name], self._desk.clock()) for name in names]
        if lines:
            self.post_message(CopyOut("\n".join(lines), "row" if len(lines) == 1 else f"{len(lines)} rows"))

    def export(self, form: str) -> None:
        """Exactly the rows and columns that are shown; a folded line stays a line."""
        self.post_message(ExportWanted(form, fleet_words.exported(self._shown, self._desk)))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None greys a key out; help says why."""
        del parameters
        return None if self.why_off(action) else True

    def why_off(self, action: str) -> str:
        """Why a key does nothing now; empty when it does something."""
        match action:
            case "shell" | "forward" | "mark" | "copy" if not self.is_mounted or (self.host is None and not self.marks):
                return "no host under the cursor"
            case "unmark" | "mark_range" if not self.marks:
                return "nothing is marked: space marks"
            case "toggle_filters" if not self.wish.filters:
                return "no filter: & keeps one"
            case _:
                return ""
