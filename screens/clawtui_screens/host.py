"""Host: which metric is over its threshold, by how much, since when, and who uses the machine then?"""

import asyncio
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.reactive import var
from textual.screen import Screen

from clawtui.clean import clean
from clawtui.engine.boundary import Note, Severity
from clawtui.errors import ClawtuiError
from clawtui_screens import host_drawing, host_words, messages, text
from clawtui_screens.desk import Desk
from clawtui_screens.export import Format, Table, file_name, save_beside, text_of
from clawtui_screens.host_asks import HistoryCame, HostAsks, Learned, OverlayCame, ProcessesCame
from clawtui_screens.host_state import CHARTS, WINDOW_WORDS, HostState
from clawtui_screens.host_tables import copied, shown_table
from clawtui_screens.look import Tone, state_tone
from clawtui_screens.menu import Menu
from clawtui_screens.menus import EXPORT
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.widgets import inspect, processes
from clawtui_screens.widgets.bar import Bar
from clawtui_screens.widgets.chart import Chart, Painters, Warmed
from clawtui_screens.widgets.chart_lines import MetricLines
from clawtui_screens.widgets.inspect_pane import Pane
from clawtui_screens.widgets.keyline import KeyLine
from clawtui_screens.widgets.line import Line
from clawtui_screens.widgets.timeaxis import axis_parts

WIDE, TALL = 100, 32
TOP_EVERY_S, OVERLAY_EVERY_S = 5, 30
SILENT_S = 2.0
"""Charts are drawn when a sample arrives; after this long without one, each second, so that the gap is seen to grow."""


class HostScreen(Screen[None]):
    """One host: words, charts on one time axis, events on the same axis; processes and facts on demand."""

    CSS_PATH = "host.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("comma", "cycle(-1)", "metric", id="chart.previous"),
        Binding("full_stop", "cycle(1)", "metric", id="chart.next"),
        Binding("left", "cursor(-1)", "cursor", id="chart.left"),
        Binding("right", "cursor(1)", "cursor", id="chart.right"),
        Binding("shift+left", "cursor(-10)", "cursor by ten", id="chart.far_left", show=False),
        Binding("shift+right", "cursor(10)", "cursor by ten", id="chart.far_right", show=False),
        Binding("plus,equals_sign", "window(1)", "window", id="chart.longer"),
        Binding("minus", "window(-1)", "window", id="chart.shorter"),
        Binding("o", "pane('processes')", "processes", id="host.processes"),
        Binding("x", "shell", "shell", id="host.shell"),
        Binding("i", "pane('inspect')", "inspect", id="host.inspect"),
        Binding("m", "median", "median", id="chart.median"),
        Binding("b", "yesterday", "yesterday", id="chart.yesterday"),
        Binding("z", "zoom", "zoom", id="app.zoom", show=False),
        Binding("y", "copy", "copy", id="app.copy", show=False),
        Binding("Y", "export", "export", id="app.export", show=False),
        Binding("escape", "peel", "back", id="host.peel", show=False),
    ]

    picture: var[Picture] = var(NOTHING_KNOWN)
    moment: var[float | None] = var[float | None](None)
    frozen_at: var[float | None] = var[float | None](None)
    trouble: var[str] = var("")

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
        self._last = 0  # the chart that had the focus last
        self._asked: tuple[object, ...] = ()
        self._painters = Painters.of()

    def compose(self) -> ComposeResult:
        """The bar, the sentence, charts, lines or a pane, events, keys."""
        glyphs = self._desk.glyphs
        bar = Bar(self._desk, place=f"Fleet › {clean(self._host, limit=60)}")
        yield bar.data_bind(HostScreen.picture, HostScreen.moment, HostScreen.frozen_at, HostScreen.trouble)
        yield Line(id="sentence", glyphs=glyphs)
        self._painters = Painters.of(ascii_only=glyphs.ascii, colours=not self.app.no_color)
        with Container(id="charts"):
            for n in range(CHARTS):
                yield Chart(self._painters, id=f"chart{n}")
        yield MetricLines(glyphs, id="lines")
        yield Pane(glyphs, id="pane")
        yield Line(id="events", glyphs=glyphs)
        yield KeyLine(glyphs)

    def on_mount(self) -> None:
        """Ask for what is not in the picture; the picture alone is drawn meanwhile."""
        self._lay_out()
        self.charts[0].focus()
        self.run_worker(self._asks.learn(), group="learn", exclusive=True)
        self.run_worker(self._warm(), group="warm")
        self.set_interval(1.0, self._tick)
        self.watch_picture(self.picture)
        self._time_changed()

    async def _warm(self) -> None:
        """Importing plotext takes a tenth of a second: in a thread, while our own painter draws."""
        await asyncio.to_thread(self._painters.large.warm)
        self.post_message(Warmed())

    def on_warmed(self, message: Warmed) -> None:
        """The large charts once more, by plotext."""
        del message
        for chart in self.charts:
            chart.repaint()

    # ------------------------------------------------------------ shape

    @property
    def charts(self) -> list[Chart]:
        """All four, shown or not."""
        return [self.query_one(f"#chart{n}", Chart) for n in range(CHARTS)]

    @property
    def shown(self) -> int:
        """How many charts there is room for."""
        wide, tall = self.size.width >= WIDE, self.size.height >= TALL
        if self.has_class("-zoomed"):
            return 1
        return (2 if wide else 1) * (2 if tall and not self._pane else 1)

    @property
    def focused_chart(self) -> int:
        """The chart that keys are about: the focused one, or the last that was."""
        for n, chart in enumerate(self.charts):
            if chart.has_focus:
                self._last = n
        return self._last if self._last < self.shown or self.has_class("-zoomed") else 0

    def on_resize(self, event: events.Resize) -> None:
        """Another number of charts."""
        del event
        self._lay_out()
        self._load()
        self._draw()

    def _lay_out(self) -> None:
        wide, tall = self.size.width >= WIDE, self.size.height >= TALL
        focused = self.focused_chart
        zoomed = self.has_class("-zoomed")
        self.set_class(wide and not zoomed, "-wide")
        self.set_class(wide and tall, "-roomy")
        self.set_class(bool(self._pane), "-pane")
        for n, chart in enumerate(self.charts):
            chart.set_class(n == focused if zoomed else n < self.shown, "-shown")
        box = self.query_one("#charts")
        one_row = not tall and not zoomed
        box.styles.height = max(6, (self.size.height - 3) // 2) if one_row else None

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
        self.state.see(picture.hosts.get(self._host), picture.age(self._host, self._desk.clock()))

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
        if message.span != self.state.history.span:
            return
        if message.answer is not None:
            self.state.history.take(message.answer)
        else:
            self.state.history.fail(message.metrics, message.words)
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
            if self._seconds % OVERLAY_EVERY_S == 0:
                self._ask_overlays()
        self._say()

    # ------------------------------------------------------------ time

    @property
    def _still(self) -> bool:
        return self.moment is not None or self.frozen_at is not None

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
        self._say()

    def _load(self) -> None:
        """Ask for the past of what is shown and was not asked for yet."""
        state, zoomed = self.state, self.has_class("-zoomed")
        metrics = state.wanted(CHARTS if zoomed else self.shown, lines=not self._pane and not zoomed)
        key = (state.history, state.history.span, metrics)
        if metrics and key != self._asked:
            self._asked = key
            asked = self._asks.history(metrics, state.span, live=state.history.span is None)
            self.run_worker(asked, group="history", exclusive=True)

    # ------------------------------------------------------------ drawing

    def _draw(self) -> None:
        state, scene = self.state, self.state.scene()
        charts = self.charts
        for chart, metric in zip(charts, state.charted, strict=False):
            if chart.has_class("-shown"):
                chart.show(host_drawing.plot_of(state.offer(metric), scene))
        if not self._pane and not self.has_class("-zoomed"):
            charted = state.charted[: self.shown]
            self.query_one("#lines", MetricLines).show(host_drawing.lines_of(state.offers, charted, state.view, scene))
        if self._pane == "inspect":
            self._fill_pane()
        self._draw_axis()

    def _draw_axis(self) -> None:
        state, scene = self.state, self.state.scene()
        metric = state.charted[self.focused_chart] if self.focused_chart < len(state.charted) else ""
        reading = host_drawing.reading(state.offers, metric, scene) or f"window {WINDOW_WORDS[state.zoom_window]}"
        extra = " · median" * (state.medians is not None) + " · yesterday" * (state.yesterdays is not None)
        width = self.size.width
        parts = axis_parts(
            state.events(), scene.start, scene.end, width, scene.glyphs, cursor=scene.cursor, reading=reading + extra
        )
        self.query_one("#events", Line).show(*parts)

    def _say(self) -> None:
        words, room = self.sentence, self.size.width - 2
        if len(words) > room > 20:
            words = f"{words[:room].rpartition(' ')[0].rstrip(',;:')} …"
        self.query_one("#sentence", Line).show((f" {words}", self._tone))

    @property
    def sentence(self) -> str:
        """The first line."""
        state, desk = self.state, self._desk
        if state.view is None and self.picture.summary is None:
            return "Waiting for the fleet."
        if self.moment is not None:
            scene = state.scene()

            def value(metric: str) -> float | None:
                return state.history.series(metric, scene.start, scene.end).at(scene.cursor or 0.0)

            return host_words.at_moment(
                state.offers, value, text.clock(self.moment, desk.zone), desk.clock() - self.moment
            )
        return host_words.sentence(self._host, state.view, state.offers, desk.clock(), state.age_s)

    @property
    def _tone(self) -> Tone:
        view = self.state.view
        tone = state_tone(view.state) if view is not None else Tone.STALE
        return Tone.PLAIN if self.moment is not None or tone in {Tone.OK, Tone.DIM} else tone

    # ------------------------------------------------------------ keys of the charts

    def action_cycle(self, step: int) -> None:
        """Another metric in the focused chart."""
        self.state.cycle(self.focused_chart, step, self.shown)
        self._chosen()

    def on_metric_lines_chosen(self, message: MetricLines.Chosen) -> None:
        """A line was clicked."""
        self.state.bring(message.metric, self.focused_chart)
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
        """5m, 30m, 2h, 24h."""
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
        metrics = tuple(self.state.charted[: CHARTS if self.has_class("-zoomed") else self.shown])
        if self.state.medians is not None and metrics:
            self.run_worker(self._asks.median(metrics), group="median", exclusive=True)
        if self.state.yesterdays is not None and metrics:
            self.run_worker(self._asks.yesterday(metrics, self.state.span), group="yesterday", exclusive=True)

    def action_zoom(self) -> None:
        """The focused chart alone, or all of them again."""
        focused = self.focused_chart
        self.toggle_class("-zoomed")
        self._last = focused
        self._lay_out()
        self.charts[focused].focus()
        self._load()
        self._draw()

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
            self.charts[min(self._last, self.shown - 1)].focus()
        if self._pane == "processes":
            self._ask_processes()
        elif self._pane == "inspect":
            self.run_worker(self._asks.learn(), group="learn", exclusive=True)
        self._draw()

    def _ask_processes(self) -> None:
        at = self.moment if self.moment is not None else self.frozen_at
        self.run_worker(self._asks.processes(at), group="processes", exclusive=True)

    def _fill_pane(self) -> None:
        pane, state = self.query_one("#pane", Pane), self.state
        if self._pane == "inspect":
            head = f"{clean(self._host, limit=60)}: facts and metrics"
            if state.detail is None:
                pane.show(head, [[(" the engine has not told them yet", Tone.DIM)]])
            else:
                scene = state.scene()
                seen = [host_drawing.seen(o, scene) for o in state.offers]
                pane.show(head, inspect.lines(state.detail, seen, self.size.width))
        elif self._pane == "processes":
            answer = self._top.answer if self._top else None
            if answer is not None:
                pane.show(processes.title(answer, self._desk.zone), processes.lines(answer, self.size.width))
            else:
                words = f"no processes: {self._top.words}" if self._top else "asking the host"
                pane.show("processes", [[(f" {words}", Tone.STALE if self._top else Tone.DIM)]])

    def action_shell(self) -> None:
        """The terminal is handed over; collectors go on."""
        self.post_message(messages.ShellWanted(self._host))

    async def action_peel(self) -> None:
        """Zoom, then pane, then frozen time; never the screen."""
        if self.has_class("-zoomed"):
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
        if chosen is None:
            return
        form = Format(chosen)
        words = self.app.export_screenshot() if form is Format.SVG else text_of(self.table(), form)
        name = file_name(f"{self._host}-{self._pane or 'charts'}", self._desk.clock(), form)
        try:
            path = save_beside(Path.cwd() / name, words)
        except ClawtuiError as error:
            self.post_message(messages.Toast(str(error), Severity.CRITICAL))
            return
        self.post_message(messages.Toast(f"written: {path}"))
        self.run_worker(
            self._note(Note("export", (self._host,), f"clawtui status {self._host} --json", str(path))), group="note"
        )

    def table(self) -> Table:
        """What is shown now: the pane, or the curves of the visible charts."""
        shown = [c.has_class("-shown") for c in self.charts]
        charted = [metric for metric, there in zip(self.state.charted, shown, strict=False) if there]
        top = self._top.answer if self._top else None
        return shown_table(self.state, self._pane, top, charted, self.sentence)

    async def _note(self, note: Note) -> None:
        try:
            await self._desk.engine.do(note)
        except ClawtuiError as error:
            self.post_message(messages.Toast(f"the export was not recorded: {error}", Severity.WARNING))
