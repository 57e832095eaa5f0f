"""Host: which metric is over its threshold, by how much, since when, and who uses the machine then?"""

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen

from clawtui.clean import clean
from clawtui.engine.boundary.forwards import ForwardView
from clawtui.engine.boundary.rollouts import RolloutView
from clawtui.engine.boundary.value import Severity
from clawtui_screens import host_drawing, keys, messages
from clawtui_screens.cells import head_of, width_of
from clawtui_screens.desk import Desk
from clawtui_screens.export import Format, Table, file_name, text_of
from clawtui_screens.host_asks import HistoryCame, HostAsks, Learned, OverlayCame, ProcessesCame
from clawtui_screens.host_pane import fill
from clawtui_screens.host_saying import axis_of, sentence_of, tone_of, whole_figures
from clawtui_screens.host_state import HostState, broken
from clawtui_screens.host_tables import copied, shown_table
from clawtui_screens.menu import Menu
from clawtui_screens.menus import EXPORT
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.widgets.bar import Bar
from clawtui_screens.widgets.chart import Chart, Painters
from clawtui_screens.widgets.chart_grid import TALL, WIDE, ChartGrid
from clawtui_screens.widgets.chart_lines import MetricLines
from clawtui_screens.widgets.forwardline import ForwardLine
from clawtui_screens.widgets.inspect_pane import Pane
from clawtui_screens.widgets.keyline import KeyLine
from clawtui_screens.widgets.line import Line

TOP_EVERY_S, FACTS_EVERY_S, OVERLAY_EVERY_S = 5, 5, 30
SILENT_S = 2.0
"""Charts are drawn when a sample arrives; after this long without one, each second, so that the gap is seen to grow."""


class HostScreen(Screen[None]):
    """One host: words, charts on one time axis, events on the same axis; processes and facts on demand."""

    CSS_PATH = "host.tcss"
    BINDINGS: ClassVar[list[BindingType]] = keys.HOST

    picture: var[Picture] = var(NOTHING_KNOWN)
    moment: var[float | None] = var[float | None](None)
    frozen_at: var[float | None] = var[float | None](None)
    trouble: var[str] = var("")
    forwards: var[tuple[ForwardView, ...]] = var[tuple[ForwardView, ...]](())
    rollouts: var[tuple[RolloutView, ...]] = var[tuple[RolloutView, ...]](())

    def __init__(self, desk: Desk, host: str, metric: str = "") -> None:
        super().__init__()
        self._desk = desk
        self._host = host
        self.state = HostState(desk, host, metric)
        self._asks = HostAsks(desk.engine, host, self.post_message)
        self._pane = ""
        self._top: ProcessesCame | None = None
        self._sampled = desk.clock()
        self._seconds = 0
        self._asked: tuple[object, ...] = ()

    def compose(self) -> ComposeResult:
        """The bar, the sentence, charts, lines or a pane, events, keys."""
        glyphs = self._desk.glyphs
        bar = Bar(self._desk, place=f"Fleet › {clean(self._host, limit=60)}")
        yield bar.data_bind(
            HostScreen.picture, HostScreen.moment, HostScreen.frozen_at, HostScreen.trouble, HostScreen.rollouts
        )
        yield Line(id="sentence", glyphs=glyphs)
        yield ChartGrid(Painters.of(ascii_only=glyphs.ascii, colours=not self.app.no_color), id="charts")
        yield MetricLines(glyphs, id="lines")
        yield Pane(glyphs, id="pane")
        yield Line(id="events", glyphs=glyphs)
        yield ForwardLine(glyphs).data_bind(HostScreen.forwards)
        yield KeyLine(glyphs)

    def on_mount(self) -> None:
        """Ask for what is not in the picture; the picture alone is drawn meanwhile."""
        self._lay_out()
        self.grid.take_focus()
        self.run_worker(self._asks.learn(), group="learn", exclusive=True)
        self.run_worker(self.grid.warm(), group="warm")
        self.set_interval(1.0, self._tick)
        self.watch_picture(self.picture)
        self._time_changed()

    # ------------------------------------------------------------ shape

    @property
    def grid(self) -> ChartGrid:
        """The charts."""
        return self.query_one(ChartGrid)

    @property
    def charts(self) -> list[Chart]:
        """All four, shown or not."""
        return self.grid.charts

    def on_resize(self, event: events.Resize) -> None:
        """Another number of charts."""
        del event
        self._lay_out()
        self._load()
        self._draw()

    def _lay_out(self) -> None:
        width, height = self.size
        self.set_class(width >= WIDE and height >= TALL, "-roomy")
        self.set_class(bool(self._pane), "-pane")
        self.set_class(self.grid.zoomed, "-zoomed")
        self.grid.fit(width, height, one_row=bool(self._pane))

    # ------------------------------------------------------------ what comes

    def watch_picture(self, picture: Picture) -> None:
        """The host's row: state, breaches, values of this second."""
        if self.is_mounted:
            self._see(picture)
            self._load()
            if self._desk.clock() - self._sampled > SILENT_S:
                self._draw()
            self._say()

    def _see(self, picture: Picture) -> None:
        view = picture.hosts.get(self._host)
        if self.state.detail is not None and view is not None and broken(view) != broken(self.state.detail.view):
            self.run_worker(self._asks.facts(), group="facts", exclusive=True)
        self.state.see(view, picture.age(self._host, self._desk.clock()))

    def on_sample_seen(self, message: messages.SampleSeen) -> None:
        """One live second; while time stands still it is only kept."""
        if message.frame.host != self._host:
            return
        self._sampled = self._desk.clock()
        self.state.sample(message.frame.at, message.frame.values)
        if not self._still:
            self._load()
            self._draw()

    def on_learned(self, message: Learned) -> None:
        """Facts, limits, marks."""
        self.state.learn(message.detail, message.limits, message.marks)
        for trouble in message.troubles:
            self.post_message(messages.Toast(trouble, Severity.WARNING))
        self._load()
        self._draw()

    def on_history_came(self, message: HistoryCame) -> None:
        """The past, if its window is still the one on screen."""
        if message.span != self.state.history.span or abs(message.window_s - self.state.history.window_s) > 1:
            return
        if message.answer is not None:
            self.state.history.take(message.answer)
        else:
            self.state.history.fail(message.metrics, message.words)
        if self.state.fit_window():
            self._load()
        self._draw()

    def on_overlay_came(self, message: OverlayCame) -> None:
        """Median or yesterday."""
        if message.answer is not None:
            self.state.overlay(message.kind, message.metrics, message.answer)
            self._draw()
        elif message.words:
            self.post_message(messages.Toast(f"no {message.kind}: {message.words}", Severity.WARNING))

    def on_processes_came(self, message: ProcessesCame) -> None:
        """The list, or why there is none."""
        self._top = message
        self._fill_pane()

    def _tick(self) -> None:
        """Each second: ages, and what is refreshed by itself."""
        if not self.is_current:
            return
        self._seconds += 1
        self._see(self.picture)
        if not self._still:
            if self._desk.clock() - self._sampled > SILENT_S:
                self._draw()
            if self._pane == "processes" and self._seconds % TOP_EVERY_S == 0:
                self._ask_processes()
            if self._seconds % FACTS_EVERY_S == 0:
                self.run_worker(self._asks.facts(), group="facts", exclusive=True)
            if self._seconds % OVERLAY_EVERY_S == 0:
                self._ask_overlays()
        self._say()

    # ------------------------------------------------------------ time

    @property
    def _still(self) -> bool:
        return self.moment is not None or self.frozen_at is not None

    def watch_rollouts(self, rollouts: tuple[RolloutView, ...]) -> None:
        """Who brought which release here, and when: on every chart."""
        if self.state.deployed(rollouts) and self.is_mounted:
            self._draw()

    def watch_moment(self, moment: float | None) -> None:
        """The cursor went elsewhere, or back to live."""
        self.state.moment = moment
        if self.is_mounted:
            self._time_changed()

    def watch_frozen_at(self, frozen_at: float | None) -> None:
        """Time stopped, or goes on."""
        del frozen_at
        if self.is_mounted:
            self._time_changed()

    def _time_changed(self) -> None:
        state, before = self.state, self.state.history.span
        if not self._still:
            state.history.release()
        elif self.moment is not None:
            state.hold_around(self.moment)
        elif self.frozen_at is not None:
            state.hold_around(self.frozen_at)
        self._load()
        if state.history.span != before:
            self._ask_overlays()
        if self._pane == "processes":
            self._ask_processes()
        self._draw()

    def _load(self) -> None:
        """Ask for the past of what is shown and was not asked for yet."""
        state, grid = self.state, self.grid
        lines = not self._pane and not grid.zoomed
        metrics = state.wanted(grid.shown(state.charted), lines=lines)
        key = (state.history, state.history.span, metrics)
        if metrics and key != self._asked:
            self._asked = key
            asked = self._asks.history(metrics, state.span, live=state.history.span is None)
            self.run_worker(asked, group="history", exclusive=True)

    # ------------------------------------------------------------ drawing

    def _draw(self) -> None:
        state, scene = self.state, self.state.scene()
        self.grid.show(state.charted, lambda metric: host_drawing.plot_of(state.offer(metric), scene))
        if not self._pane and not self.grid.zoomed:
            lines = self.query_one("#lines", MetricLines)
            lines.styles.max_height = self.size.height // 3 if self.has_class("-roomy") and state.parts else None
            lines.show(state.lines(self.grid.shown(state.charted), scene))
        if self._pane == "inspect":
            self._fill_pane()
        self.query_one("#events", Line).show(*axis_of(state, self.grid.focused, self.size.width))
        self._say()

    def _say(self) -> None:
        words, room = self.sentence, self.size.width - 2
        if width_of(words) > room > 20:
            words = f"{whole_figures(head_of(words, room))} …"
        self.query_one("#sentence", Line).show((f" {words}", tone_of(self.state)))

    @property
    def sentence(self) -> str:
        """The first line."""
        return (
            "Waiting for the fleet."
            if self.state.view is None and self.picture.summary is None
            else sentence_of(self.state)
        )

    # ------------------------------------------------------------ keys of the charts

    def action_cycle(self, step: int) -> None:
        """Another metric in the focused chart."""
        self.state.cycle(self.grid.focused, step, self.grid.room)
        self._chosen()

    def on_metric_lines_chosen(self, message: MetricLines.Chosen) -> None:
        """A line was clicked."""
        self.state.bring(message.metric, self.grid.focused)
        self._chosen()

    def _chosen(self) -> None:
        self._load()
        self._ask_overlays()
        self._draw()

    def on_chart_picked(self, message: Chart.Picked) -> None:
        """A click sets the cursor."""
        message.chart.focus()
        self.post_message(messages.MomentPicked(message.moment))

    def action_cursor(self, columns: int) -> None:
        """The cursor moves by columns of the chart; past the right edge time goes on."""
        start, end = self.state.span
        width = max(20, self.charts[0].size.width - 8)
        moment = (self.moment if self.moment is not None else end) + columns * (end - start) / width
        now = self._desk.clock()
        self.post_message(messages.MomentPicked(None if moment >= now else moment))

    def action_window(self, step: int) -> None:
        """From five minutes to four hundred days."""
        if self.state.resize_window(step):
            self._chosen()

    def action_median(self) -> None:
        """Lay the fleet's median under every chart, or take it away."""
        self.state.medians = {} if self.state.medians is None else None
        self._ask_overlays()
        self._draw()

    def action_yesterday(self) -> None:
        """Lay the same time yesterday under every chart, or take it away."""
        self.state.yesterdays = {} if self.state.yesterdays is None else None
        self._ask_overlays()
        self._draw()

    def _ask_overlays(self) -> None:
        metrics = tuple(self.grid.shown(self.state.charted))
        if self.state.medians is not None and metrics:
            self.run_worker(self._asks.median(metrics), group="median", exclusive=True)
        if self.state.yesterdays is not None and metrics:
            self.run_worker(self._asks.yesterday(metrics, self.state.span), group="yesterday", exclusive=True)

    def action_zoom(self) -> None:
        """The focused chart alone, or all of them again."""
        self.grid.zoom()
        self._lay_out()
        self.grid.take_focus()
        self._chosen()

    # ------------------------------------------------------------ keys of the host

    def action_pane(self, name: str) -> None:
        """Processes or facts below the charts; the same key closes them."""
        self._pane = "" if self._pane == name else name
        self._top = None
        self._lay_out()
        if self._pane:
            self._fill_pane()
            self.query_one("#pane", Pane).scroll_to(0, 0, animate=False)
            self.query_one("#pane", Pane).focus()
        else:
            self.grid.take_focus()
        if self._pane == "processes":
            self._ask_processes()
        elif self._pane == "inspect":
            self.run_worker(self._asks.learn(), group="learn", exclusive=True)
        self._draw()

    def _ask_processes(self) -> None:
        at = self.moment if self.moment is not None else self.frozen_at
        self.run_worker(self._asks.processes(at), group="processes", exclusive=True)

    def _fill_pane(self) -> None:
        fill(self.query_one("#pane", Pane), self._pane, self.state, self._top)

    def action_shell(self) -> None:
        """The terminal is handed over; collectors go on."""
        self.post_message(messages.ShellWanted(self._host))

    def action_forward(self) -> None:
        """A port of this machine that leads here."""
        self.post_message(messages.ForwardWanted(self._host))

    async def action_peel(self) -> None:
        """Zoom, then pane, then frozen time; never the screen."""
        if self.grid.zoomed:
            self.action_zoom()
        elif self._pane:
            self.action_pane(self._pane)
        else:
            await self.run_action("app.peel")

    # ------------------------------------------------------------ leaving with something

    def action_copy(self) -> None:
        """The sentence and the figures, for a ticket; or the pane."""
        pane = self.query_one("#pane", Pane).text if self._pane else ""
        self.post_message(messages.CopyOut(copied(self.state, self.sentence, pane), what=clean(self._host, limit=60)))

    def action_export(self) -> None:
        """What is shown, as a file in the working directory."""
        what = f"export {self._pane or 'the charts shown'} as"
        self.app.push_screen(Menu(what, EXPORT, self._desk.glyphs), self._export)

    def _export(self, chosen: str | None) -> None:
        if chosen is not None:
            form = Format(chosen)
            words = self.app.export_screenshot() if form is Format.SVG else text_of(self.table(), form)
            name = file_name(f"{self._host}-{self._pane or 'charts'}", self._desk.clock(), form)
            self.run_worker(self._asks.export(name, words), group="export")

    def table(self) -> Table:
        """What is shown now: the pane, or the curves of the visible charts."""
        top = self._top.answer if self._top else None
        return shown_table(self.state, self._pane, top, self.grid.shown(self.state.charted), self.sentence)
