"""Deploy: what runs where; is the canary worse than the rest; how do I go back?"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var
from textual.screen import Screen

from clawtui.clean import clean
from clawtui.engine.boundary.forwards import ForwardView
from clawtui.engine.boundary.rollouts import RolloutHost, Rollouts, RolloutsQuery, RolloutStep, RolloutView
from clawtui.engine.boundary.value import Severity
from clawtui.engine.words import short
from clawtui.errors import ClawtuiError
from clawtui_screens import deploy_rows, deploy_words, keys
from clawtui_screens.desk import Desk
from clawtui_screens.export import Table as Exported
from clawtui_screens.look import Tone
from clawtui_screens.menu import Menu
from clawtui_screens.menus import EXPORT
from clawtui_screens.messages import CopyOut, ExportWanted, Toast
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.reader import Reader
from clawtui_screens.widgets.bar import Bar
from clawtui_screens.widgets.block import Block
from clawtui_screens.widgets.forwardline import ForwardLine
from clawtui_screens.widgets.keyline import KeyLine
from clawtui_screens.widgets.line import Line
from clawtui_screens.widgets.table import Cells, Key, Table

ROLLOUT, HOST, STEP, SAY = "rollout", "host", "step", "say"
TINY, HIGH, LOG = 20, 30, 5
# from so many lines on there is room for the log, and how many of it
NOTHING = Cells(" ", Tone.DIM, ())


class HistoryCame(Message, bubble=False):
    """Rollouts of before, or one of them whole."""

    def __init__(self, rollouts: tuple[RolloutView, ...]) -> None:
        super().__init__()
        self.rollouts = rollouts


class DeployScreen(Screen[None]):
    """One rollout with its waves, gates, hosts and steps; or all of them, where none goes on."""

    CSS_PATH = "deploy.tcss"
    BINDINGS: ClassVar[list[BindingType]] = keys.DEPLOY

    picture: var[Picture] = var(NOTHING_KNOWN)
    moment: var[float | None] = var[float | None](None)
    frozen_at: var[float | None] = var[float | None](None)
    trouble: var[str] = var("")
    forwards: var[tuple[ForwardView, ...]] = var[tuple[ForwardView, ...]](())
    rollouts: var[tuple[RolloutView, ...]] = var[tuple[RolloutView, ...]](())
    chosen: var[str] = var("")

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._before: tuple[RolloutView, ...] = ()
        self._whole: dict[str, RolloutView] = {}
        self._led = False

    def compose(self) -> ComposeResult:
        """The bar, the verdict, what runs where, waves and gates, hosts, steps, keys."""
        glyphs = self._desk.glyphs
        bar = Bar(self._desk, place="Deploy")
        yield bar.data_bind(
            DeployScreen.picture,
            DeployScreen.moment,
            DeployScreen.frozen_at,
            DeployScreen.trouble,
            DeployScreen.rollouts,
        )
        yield Line(id="sentence", glyphs=glyphs)
        yield Line(id="runs", glyphs=glyphs)
        yield Block(glyphs, id="panel")
        yield Table(glyphs, self._paint, id="rollouts")
        yield Table(glyphs, self._paint, id="hosts")
        yield Line(id="of-host", glyphs=glyphs)
        yield Table(glyphs, self._paint, id="steps")
        yield Block(glyphs, id="log")
        yield ForwardLine(glyphs).data_bind(DeployScreen.forwards)
        yield KeyLine(glyphs)

    def on_mount(self) -> None:
        """What goes on is shown first; what was comes when it is known."""
        self.run_worker(self._ask(RolloutsQuery()), group="history")
        self.set_interval(1.0, self._tick)
        self._lead()
        self._draw()

    # ------------------------------------------------------------ what it knows

    @property
    def all(self) -> list[RolloutView]:
        """Every rollout that is known, the newest first."""
        known = {view.id: view for view in (*self._before, *self.rollouts)}
        return sorted(known.values(), key=lambda view: view.id, reverse=True)

    @property
    def shown(self) -> RolloutView | None:
        """The one that is open."""
        live = next((view for view in self.all if view.id == self.chosen), None)
        whole = self._whole.get(self.chosen)
        return whole if whole is not None and live is not None and not live.under_way else live

    @property
    def about(self) -> RolloutView | None:
        """The one that keys are about: the open one, else the one under the cursor."""
        key = self._table("rollouts").cursor if self.is_mounted else None
        return self.shown or next((view for view in self.all if key == (ROLLOUT, view.id)), None)

    @property
    def host(self) -> RolloutHost | None:
        """The host under the cursor."""
        view, key = self.shown, self._table("hosts").cursor
        return next((one for one in deploy_rows.hosts(view) if key == (HOST, one.name)), None) if view else None

    def _table(self, name: str) -> Table:
        return self.query_one(f"#{name}", Table)

    def _lead(self) -> None:
        """Once: the rollout that goes on opens by itself."""
        busy = next((view for view in self.rollouts if view.under_way), None)
        if busy is not None and not self._led:
            self._led = True
            self.chosen = busy.id

    async def _ask(self, query: RolloutsQuery) -> None:
        try:
            answer = await self._desk.engine.ask(query)
        except ClawtuiError as error:
            self.post_message(Toast(f"no history of rollouts: {error}", Severity.WARNING))
            return
        if isinstance(answer, Rollouts):
            self.post_message(HistoryCame(answer.rollouts))

    def on_history_came(self, message: HistoryCame) -> None:
        """All in short, or one whole."""
        if any(host.steps for view in message.rollouts for host in view.hosts):
            self._whole |= {view.id: view for view in message.rollouts if any(host.steps for host in view.hosts)}
        if len(message.rollouts) != 1 or not self._before:
            self._before = message.rollouts
        self._draw()

    def watch_rollouts(self) -> None:
        """Something has happened."""
        if self.is_mounted:
            self._lead()
            self._draw()
            self.refresh_bindings()

    def watch_chosen(self, name: str) -> None:
        """Another one is open; what its steps said is asked for where it has long ended."""
        view = self.shown
        if view is not None and not any(host.steps for host in view.hosts):
            self.run_worker(self._ask(RolloutsQuery(id=name)), group="whole", exclusive=True)
        if self.is_mounted:
            self._draw()
            self._table("hosts" if name else "rollouts").focus()
            self.refresh_bindings()

    # ------------------------------------------------------------ drawing

    def _tick(self) -> None:
        if self.is_current and self.frozen_at is None and self.moment is None:
            self._say()

    def on_resize(self) -> None:
        """Columns come and go."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        view = self.shown
        self.set_class(view is not None, "-one")
        self.set_class(self.size.height < HIGH, "-low")
        self.set_class(self.size.height < TINY, "-tiny")
        room = self.size.width
        listed = [(ROLLOUT, one.id) for one in self.all] or [(SAY, line) for line in deploy_words.TEACHES]
        self._table("rollouts").head(deploy_rows.rollout_heads(room) if self.all else [])
        self._table("rollouts").show(listed)
        self._table("hosts").head(deploy_rows.host_heads(room))
        self._table("hosts").show([(HOST, host.name) for host in deploy_rows.hosts(view)] if view else [])
        for name in ("rollouts", "hosts"):
            self._table(name).repaint()
        self._draw_steps()
        self._say()

    def _draw_steps(self) -> None:
        host, table = self.host, self._table("steps")
        table.head(deploy_rows.step_heads(self.size.width))
        table.show([(STEP, step.id) for step in host.steps] if host else [])
        if host is not None and not table.has_focus:  # who reads the steps moves among them
            table.go((STEP, deploy_rows.leading(host)))
        table.repaint()
        name = clean(host.name, limit=80) if host else ""
        rule = self._desk.glyphs.rule * max(0, self.size.width - len(name) - 4)
        hint = " enter output and command " if host and host.steps else ""
        line = self.query_one("#of-host", Line)
        line.show((f"{self._desk.glyphs.rule * 2} {name} ", Tone.PLAIN), (rule, Tone.DIM), right=[(hint, Tone.DIM)])

    def _say(self) -> None:
        """Words that count on by themselves."""
        view, wide = self.shown, self.size.width >= 100
        stopped = self.frozen_at if self.moment is None else self.picture.at
        now = self._desk.clock() if stopped is None else stopped
        words, tone = self._history_words() if view is None else deploy_words.sentence(view, now, wide=wide)
        if self.trouble:
            words, tone = clean(self.trouble, limit=400), Tone.ERROR
        self.query_one("#sentence", Line).show((f" {words}", tone))
        left, right = deploy_words.runs(view, self._desk, wide=wide) if view else ([], [])
        self.query_one("#runs", Line).show(*left, right=right)
        high = self.size.height >= HIGH
        panel = (
            deploy_rows.panel(view, self.size.width, 6 if high else 3 if self.size.height >= TINY else 1)
            if view
            else []
        )
        self.query_one("#panel", Block).show(panel)
        self.query_one("#log", Block).show(deploy_rows.log(view, LOG) if view and high else [])

    def _history_words(self) -> tuple[str, Tone]:
        newest = self.all[0] if self.all else None
        if newest is None or newest.under_way:
            return deploy_words.sentence(newest, self._desk.clock())
        words, tone = deploy_words.sentence(newest, self._desk.clock())
        return f"no rollout goes on; the last one: {words}", tone

    def _paint(self, key: Key) -> Cells:
        kind, name = key
        room, view = self.size.width, self.shown
        if kind == SAY:
            return Cells(" ", Tone.DIM, ([(name, Tone.PLAIN)],), whole=True)
        if kind == ROLLOUT:
            found = next((one for one in self.all if one.id == name), None)
            return deploy_rows.rollout_cells(found, self._desk, room) if found else NOTHING
        if kind == HOST and view is not None:
            one = next((host for host in deploy_rows.hosts(view) if host.name == name), None)
            return deploy_rows.host_cells(view, one, self._desk, room) if one else NOTHING
        step = self._step(name)
        return deploy_rows.step_cells(step, self._desk) if step else NOTHING

    def _step(self, name: str) -> RolloutStep | None:
        host = self.host
        return next((step for step in host.steps if step.id == name), None) if host else None

    # ------------------------------------------------------------ moving and opening

    @on(Table.Moved)
    def _moved(self) -> None:
        self._draw_steps()
        self.refresh_bindings()

    @on(Table.Opened)
    def _opened(self, message: Table.Opened) -> None:
        kind, name = message.key
        if kind == ROLLOUT:
            self.chosen = name
        elif kind == HOST and self.host is not None and self.host.steps:
            self._table("steps").focus()
        elif kind == STEP and (step := self._step(name)) is not None and self.host is not None:
            title = f"{clean(self.host.name, limit=60)}: {clean(step.id, limit=40)}"
            self.app.push_screen(Reader(title, deploy_rows.step_passages(step), self._desk.glyphs))

    async def action_peel(self) -> None:
        """From the steps to the hosts, from one rollout to all of them; then time, never the screen."""
        if self.moment is not None or self.frozen_at is not None:
            await self.run_action("app.peel")
        elif self._table("steps").has_focus:
            self._table("hosts").focus()
        elif self.chosen:
            self.chosen = ""

    # ------------------------------------------------------------ leaving with something

    def action_copy(self) -> None:
        """The verdict, and each host that is in trouble: for a ticket."""
        view = self.shown
        words, _ = self._history_words() if view is None else deploy_words.sentence(view, self._desk.clock())
        bad = [host for host in deploy_rows.hosts(view) if host.state in deploy_rows.TROUBLED] if view else []
        lines = [words, *(clean(f"{host.name} {host.state} {host.words}", limit=400) for host in bad)]
        self.post_message(CopyOut("\n".join(lines), "verdict"))

    def action_export(self) -> None:
        """What is listed, as a file in the working folder."""

        def taken(form: str | None) -> None:
            if form is not None:
                self.post_message(ExportWanted(form, self._exported()))

        self.app.push_screen(Menu("write what is listed, here", EXPORT, self._desk.glyphs), callback=taken)

    def _exported(self) -> Exported:
        table, heads = (
            (self._table("hosts"), deploy_rows.host_heads(self.size.width))
            if self.shown
            else (self._table("rollouts"), deploy_rows.rollout_heads(self.size.width))
        )
        rows = [
            tuple("".join(words for words, _ in runs) for runs in self._paint(key).cells)
            for key in table.keys
            if key[0] != SAY
        ]
        title = (
            f"deploy {clean(self.shown.service, limit=40)} {short(self.shown.release)}" if self.shown else "rollouts"
        )
        return Exported(title, tuple(head.title or "WHY" for head in heads), tuple(rows))
