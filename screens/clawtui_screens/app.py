"""The shell around the screens: what every screen shares, and the keys that mean the same everywhere."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.app import App
from textual.binding import BindingType
from textual.reactive import var
from textual.screen import Screen

from clawtui.clean import clean
from clawtui.engine.boundary import Engine
from clawtui.engine.boundary.actions import Action
from clawtui.engine.boundary.forwards import ForwardView
from clawtui.engine.boundary.rollouts import RolloutView
from clawtui.engine.boundary.value import Severity
from clawtui.settings import Settings
from clawtui_screens import deploying, handover, keys, look, messages
from clawtui_screens.bridge import Bridge
from clawtui_screens.deeds import Deeds
from clawtui_screens.desk import Desk
from clawtui_screens.dialog import Dialog, Question
from clawtui_screens.fleet import FleetScreen
from clawtui_screens.palette import EverythingProvider
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from clawtui_screens.reader import Passage, Reader
from clawtui_screens.running import Running
from clawtui_screens.title import title_of, title_sequence
from clawtui_screens.trail import DEPLOY, FLEET, Trail

if TYPE_CHECKING:
    from clawtui_screens.lines import Lines

_LEVELS: dict[Severity, Literal["information", "warning", "error"]] = {
    Severity.CRITICAL: "error",
    Severity.WARNING: "warning",
    Severity.INFO: "information",
}


class ClawApp(App[None]):
    """Owns the bridge, the one cursor in time, and which screen is on top."""

    CSS_PATH: ClassVar = ["app.tcss", "fleet.tcss"]  # the root screen is never pushed, so its style comes with ours
    COMMAND_PALETTE_BINDING: ClassVar[str] = "ctrl+p"
    COMMANDS: ClassVar = {EverythingProvider}  # and none of the library's own: they know no keys, no plan and no hosts
    BINDINGS: ClassVar[list[BindingType]] = keys.EVERYWHERE

    picture: var[Picture] = var(NOTHING_KNOWN)
    moment: var[float | None] = var[float | None](None)
    frozen_at: var[float | None] = var[float | None](None)
    trouble: var[str] = var("")
    trail: var[Trail] = var(Trail())
    forwards: var[tuple[ForwardView, ...]] = var[tuple[ForwardView, ...]](())
    rollouts: var[tuple[RolloutView, ...]] = var[tuple[RolloutView, ...]](())

    def __init__(
        self, engine: Engine, settings: Settings, *, title: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.title = clean(title or "clawtui")
        self.desk = Desk.of(engine, settings, clock)
        self.deeds = Deeds(self.desk, self._ask, self._say, self._read)
        self.done: list[Action] = []
        self._keys = dict(settings.ui.keys)
        self._begun = clock()
        self._live = NOTHING_KNOWN
        self._rolling: tuple[RolloutView, ...] = ()
        bridge = Bridge(engine, self.post_message, clock, self.desk.refresh_s)
        self._beside = Running(engine, bridge, lambda words: self.post_message(messages.EngineFailed(words)))
        self._shown_context, self._chosen = "", False
        self._asking: dict[str, Dialog] = {}
        for known in look.THEMES:
            self.register_theme(known)
        self.theme = settings.ui.theme
        self.animation_level = "none"

    def get_default_screen(self) -> Screen[None]:
        """Fleet is the root."""
        return self._bound(FleetScreen(self.desk))

    def _bound(self, screen: Screen[None]) -> Screen[None]:
        """Reactives go down: every screen sees the same picture, moment and freeze."""
        return screen.data_bind(
            ClawApp.picture, ClawApp.moment, ClawApp.frozen_at, ClawApp.trouble, ClawApp.forwards, ClawApp.rollouts
        )

    @cached_property
    def lines(self) -> "Lines":
        """Prompts and menus: imported when the first one opens, not before the first frame."""
        from clawtui_screens.lines import Lines

        return Lines(self.desk, self.deeds)

    # ------------------------------------------------------------ life

    def on_mount(self) -> None:
        """The engine starts once the first frame is on screen."""
        self.set_keymap(self._keys)
        if not self.is_headless:
            for number in (signal.SIGTERM, signal.SIGHUP):
                asyncio.get_running_loop().add_signal_handler(number, self.exit)
        self.call_after_refresh(self._beside.start)

    async def on_unmount(self) -> None:
        """Ends what the bridge reads, then the engine."""
        self._write_title("")
        await self._beside.end()

    def _print_error_renderables(self) -> None:
        """Textual prints a traceback with the error's own words raw; those may come from a host, so ours are cleaned."""
        if self._exception is not None:
            sys.stderr.write("".join(f"{line}\n" for line in handover.fallen(self._exception)))

    def handover(self) -> list[str]:
        """Three lines for the ticket, once the screens are closed."""
        return handover.handover(
            self._live, self.done, self._begun, self.desk.clock(), self.desk.zone, self.desk.glyphs
        )

    # ------------------------------------------------------------ what the engine said

    def on_fleet_seen(self, message: messages.FleetSeen) -> None:
        """A newer picture; while time stands still it waits."""
        before, self._live, self.trouble = self._live.summary, message.picture, ""
        if before is None or message.picture.summary is None or before.read_only != message.picture.summary.read_only:
            self.screen.refresh_bindings()
        if self.frozen_at is None and self.moment is None:
            self.picture = message.picture
        if not self._beside.painted.is_set():
            self.call_after_refresh(self._beside.painted.set)
        summary = message.picture.summary
        context = summary.context if summary else ""
        if context != self._shown_context:  # the hosts of before are not here any more
            if self._shown_context:
                self.go(Trail())
            self._shown_context = context
        elif not context and not self._chosen:
            self._chosen = True
            self.run_worker(self.lines.choosing.at_start(self), group="choosing")
        self._write_title(title_of(message.picture, self.desk.glyphs))

    def on_sample_seen(self, message: messages.SampleSeen) -> None:
        """For the host on screen, even under a dialog."""
        if len(self.screen_stack) > 1:
            self.screen_stack[1].post_message(message)

    def on_action_seen(self, message: messages.ActionSeen) -> None:
        """For the hand-over; what was done before we came is not ours."""
        if message.action.at >= self._begun:
            self.done.append(message.action)

    def on_forwards_seen(self, message: messages.ForwardsSeen) -> None:
        """Each screen says them as long as there are any."""
        self.forwards = message.forwards
        self.screen.refresh_bindings()

    def on_rollouts_seen(self, message: messages.RolloutsSeen) -> None:
        """On every screen, in the bar at least; while time stands still they wait."""
        self._rolling = message.rollouts
        if self.frozen_at is None and self.moment is None:
            self.rollouts = message.rollouts
        self.screen.refresh_bindings()

    def on_prompt_seen(self, message: messages.PromptSeen) -> None:
        """A question that only the operator can answer."""
        self.run_worker(self.deeds.answer(message.prompt), group=f"prompt {message.prompt.id}")

    def on_prompt_gone(self, message: messages.PromptGone) -> None:
        """Answered elsewhere, or too late."""
        for worker in self.workers:
            if worker.group == f"prompt {message.id}":
                worker.cancel()

    def on_engine_failed(self, message: messages.EngineFailed) -> None:
        """Said in the bar until it is over, and once in words."""
        self.trouble = message.words
        self._say(message.words, Severity.CRITICAL)

    # ------------------------------------------------------------ what screens want

    def on_toast(self, message: messages.Toast) -> None:
        """In passing; the bell is for what is critical."""
        self._say(message.text, message.severity)
        if message.severity is Severity.CRITICAL:
            self.bell()

    def on_copy_out(self, message: messages.CopyOut) -> None:
        """OSC 52: it reaches the operator's own clipboard, over any number of hops."""
        self.copy_to_clipboard(message.text)
        self._say(f"copied {message.what or 'text'}: {message.text}"[:120], Severity.INFO)

    def on_moment_picked(self, message: messages.MomentPicked) -> None:
        """One cursor in time for all screens."""
        self.moment = message.at
        self.picture, self.rollouts = self._live, self._rolling

    def on_open_host(self, message: messages.OpenHost) -> None:
        """Down one level."""
        self.go(self.trail.visit(message.host), message.metric)

    def on_shell_wanted(self, message: messages.ShellWanted) -> None:
        """The terminal is handed over."""
        self.run_worker(self.lines.shell(message.host, self.suspend), group="shell", exclusive=True)

    async def on_forward_wanted(self, message: messages.ForwardWanted) -> None:
        """The port is asked for."""
        await self.lines.forward(self, message.host)

    async def on_commanded(self, message: messages.Commanded) -> None:
        """From the palette."""
        self.run_worker(self.lines.commanded(self, message.line), group="prompt")

    async def on_menu_wanted(self, message: messages.MenuWanted) -> None:
        """Sort or export."""
        await self.lines.menu(self, message.which, message.chosen)

    def on_export_wanted(self, message: messages.ExportWanted) -> None:
        """Exactly what is shown."""
        picture = self.export_screenshot() if message.form == "svg" else ""
        self.run_worker(self.lines.export(message.form, message.table, picture), group="export")

    def on_plan_wanted(self, message: messages.PlanWanted) -> None:
        """The plan first, always."""
        self.run_worker(self._plan(message.words), group="plan", exclusive=True)

    async def _plan(self, words: tuple[str, ...]) -> None:
        """A rollout that was begun or told something is looked at from then on."""
        if await self.deeds.plan(words, armed=self.armed) and words[0] == "deploy":
            self.go(self.trail.visit(DEPLOY))

    def _say(self, words: str, severity: Severity) -> None:
        """Never markup: the words may come from a host."""
        self.notify(self.desk.glyphs.fit(clean(words, limit=400)), severity=_LEVELS[severity], markup=False)

    def _read(self, title: str, passages: Sequence[Passage], more: Sequence[Passage] = ()) -> None:
        self.push_screen(Reader(title, passages, self.desk.glyphs, more=more))

    async def _ask(self, question: Question) -> str | None:
        """In a worker: a dialog on top, until it is answered or the worker is cancelled."""
        dialog = Dialog(question, self.desk.glyphs)
        try:
            return await self.push_screen_wait(dialog)
        except asyncio.CancelledError:
            if dialog in self.screen_stack:
                dialog.dismiss(None)
            raise

    # ------------------------------------------------------------ where we are

    @property
    def armed(self) -> bool:
        """Acting keys work: the context is not read-only, or it was armed."""
        summary = self._live.summary
        if summary is None:
            return False
        return not summary.read_only or (summary.armed_until or 0.0) > self.desk.clock()

    def go(self, trail: Trail, metric: str = "") -> None:
        """Show the view that a trail ends at."""
        if trail.here == self.trail.here:
            self.trail = trail
            return
        self.trail = trail
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self._beside.look("" if trail.here == DEPLOY else trail.here)
        if trail.here == DEPLOY:
            from clawtui_screens.deploy import DeployScreen

            self.push_screen(self._bound(DeployScreen(self.desk)))
        elif trail.here != FLEET:
            from clawtui_screens.host import HostScreen

            self.push_screen(self._bound(HostScreen(self.desk, trail.here, metric)))

    def _write_title(self, words: str) -> None:
        """Terminal title and tmux window name carry the counts."""
        if self._driver is not None and not self.is_headless and words != self.sub_title:
            self.sub_title = words
            self._driver.write(title_sequence(words))

    # ------------------------------------------------------------ keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """None greys a key out; help says why."""
        return None if self.why_off(action, parameters) else True

    def why_off(self, action: str, parameters: tuple[object, ...] = ()) -> str:
        """Why a key does nothing now; empty when it does something."""
        trail, screen = self.trail, self.screen if self.screen_stack else None
        match action:
            case "walk" if trail.walk(int(str(parameters[0])) if parameters else -1) is trail:
                return "no view that way"
            case "last_view" if trail.last is None:
                return "this is the first view"
            case "find" | "find_next" | "filter" if not isinstance(screen, FleetScreen):
                return "nothing to find here"
            case "find_next" if isinstance(screen, FleetScreen) and not screen.sought:
                return "nothing was looked for: / first"
            case "rollout" if parameters:
                word, hosts = str(parameters[0]), deploying.target(screen, trail.here)
                return deploying.why_off(word, deploying.about(screen, self.rollouts), hosts)
            case "unforward" if not self.forwards:
                return "no port is forwarded: f on a host"
            case "arm" if self._live.summary is None or not self._live.summary.read_only:
                return "this context is not read-only"
            case _:
                return ""

    def action_view(self, place: str) -> None:
        """A screen by its number."""
        self.go(self.trail.visit(place))

    def action_walk(self, step: int) -> None:
        """Earlier and later views."""
        self.go(self.trail.walk(step))

    def action_last_view(self) -> None:
        """There and back."""
        if self.trail.last is not None:
            self.go(self.trail.visit(self.trail.last))

    def action_help(self) -> None:
        """Generated from the bindings."""
        self.lines.help(self.screen, self._keys, self._read, self.why_off)

    async def action_command(self) -> None:
        """The prompt is a command line."""
        await self.lines.command(self)

    async def action_find(self) -> None:
        """As one types."""
        await self.lines.find(self)

    def on_typing(self, message: messages.Typing) -> None:
        """The cursor follows a find while it is typed."""
        root = self.screen_stack[0]
        if message.sign == "/" and isinstance(root, FleetScreen):
            root.find(message.words)

    def action_find_next(self, step: int) -> None:
        """Hit after, hit before."""
        if isinstance(self.screen, FleetScreen):
            self.screen.find_next(step)

    async def action_filter(self) -> None:
        """Keeps hosts."""
        await self.lines.filter(self)

    async def action_moment(self) -> None:
        """A moment is typed."""
        await self.lines.moment(self)

    def action_jump(self) -> None:
        """A letter on each pane."""
        self.run_worker(self.lines.jump(self), group="prompt", exclusive=True)

    def action_taken(self) -> None:
        """The last acts and notes."""
        self.run_worker(self.deeds.actions(), group="read", exclusive=True)

    def action_arm(self) -> None:
        """Acting keys work for some minutes."""
        self.run_worker(self.deeds.arm(armed=self.armed), group="arm", exclusive=True)

    async def action_rollout(self, word: str) -> None:
        """Deploy, undo, hold, next: what is on screen is what they are about."""
        await deploying.press(self, word, self.rollouts, self.trail.here, self.lines)

    async def action_unforward(self) -> None:
        """The only one at once, of several one."""
        await self.lines.unforward(self, self.forwards)

    def action_freeze(self) -> None:
        """What is on screen stays; the engine goes on."""
        self.frozen_at = self.desk.clock() if self.frozen_at is None else None
        self.picture, self.rollouts = self._live, self._rolling

    def action_peel(self) -> None:
        """One layer less: find, filter, marks, then stopped time; never the screen."""
        if isinstance(self.screen, FleetScreen) and self.screen.peel():
            return
        if self.moment is not None or self.frozen_at is not None:
            self.moment = self.frozen_at = None
            self.picture, self.rollouts = self._live, self._rolling

    def action_leave(self) -> None:
        """Up one level; asks at the root."""
        if self.trail.here != FLEET:
            self.go(self.trail.visit(FLEET))
        else:
            self.run_worker(self.lines.leave(self), group="prompt", exclusive=True)
