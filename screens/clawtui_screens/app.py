"""The shell around the screens: what every screen shares, and the keys that mean the same everywhere."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.reactive import var
from textual.screen import Screen

from clawtui.clean import clean
from clawtui.engine.boundary import Engine, Severity
from clawtui.settings import Settings
from clawtui_screens import look, messages
from clawtui_screens.bridge import Bridge
from clawtui_screens.desk import Desk
from clawtui_screens.fleet import FleetScreen
from clawtui_screens.picture import NOTHING_KNOWN, Picture


class ClawApp(App[None]):
    """Owns the bridge, the one cursor in time, and which screen is on top."""

    CSS_PATH: ClassVar = ["app.tcss", "fleet.tcss"]  # the root screen is never pushed, so its style comes with ours
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark", "help", "help", id="app.help"),
        Binding("escape", "peel", "back", id="app.peel", show=False),
        Binding("q", "leave", "leave", id="app.leave", show=False),
        Binding("p", "freeze", "freeze", id="app.freeze", show=False),
    ]

    picture: var[Picture] = var(NOTHING_KNOWN)
    moment: var[float | None] = var[float | None](None)
    frozen_at: var[float | None] = var[float | None](None)
    trouble: var[str] = var("")

    def __init__(
        self, engine: Engine, settings: Settings, *, title: str = "", clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.title = clean(title or "clawtui")
        self._desk = desk = Desk.of(engine, settings, clock)
        self._keys = dict(settings.ui.keys)
        self._live = NOTHING_KNOWN
        self._bridge = Bridge(desk.engine, self.post_message, desk.clock, desk.refresh_s)
        self._engine_task: asyncio.Task[None] | None = None
        self._look_task: asyncio.Task[None] | None = None
        for known in look.THEMES:
            self.register_theme(known)
        self.theme = settings.ui.theme
        self.animation_level = "none"

    def get_default_screen(self) -> Screen[None]:
        """Fleet is the root."""
        return self._bound(FleetScreen(self._desk))

    def _bound(self, screen: Screen[None]) -> Screen[None]:
        """Reactives go down: every screen sees the same picture, moment and freeze."""
        return screen.data_bind(ClawApp.picture, ClawApp.moment, ClawApp.frozen_at, ClawApp.trouble)

    def on_mount(self) -> None:
        """The engine starts once the first frame is on screen."""
        self.set_keymap(self._keys)
        self.call_after_refresh(self._start)

    def _start(self) -> None:
        self._engine_task = asyncio.create_task(self._run_engine())

    async def _run_engine(self) -> None:
        async with contextlib.AsyncExitStack() as stack:
            if isinstance(self._desk.engine, contextlib.AbstractAsyncContextManager):
                await stack.enter_async_context(self._desk.engine)
            await self._bridge.follow()

    async def on_unmount(self) -> None:
        """Ends what the bridge reads, then the engine."""
        for task in (self._look_task, self._engine_task):
            if task is not None:
                task.cancel()
                await asyncio.wait([task], timeout=5.0)

    # ------------------------------------------------------------ from the bridge and the screens

    def on_fleet_seen(self, message: messages.FleetSeen) -> None:
        """A newer picture; while time stands still it waits."""
        self._live = message.picture
        if self.frozen_at is None and self.moment is None:
            self.picture = message.picture

    def on_sample_seen(self, message: messages.SampleSeen) -> None:
        """For the host on screen."""
        self.screen.post_message(message)

    def on_engine_failed(self, message: messages.EngineFailed) -> None:
        """Said in the bar until it is over."""
        self.trouble = message.words

    def on_toast(self, message: messages.Toast) -> None:
        """Never markup: the words may come from a host."""
        level = {Severity.CRITICAL: "error", Severity.WARNING: "warning", Severity.INFO: "information"}[
            message.severity
        ]
        self.notify(self._desk.glyphs.fit(clean(message.text, limit=400)), severity=level, markup=False)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] - the three literals

    def on_moment_picked(self, message: messages.MomentPicked) -> None:
        """One cursor in time for all screens."""
        self.moment = message.at
        self.picture = self._live

    def on_open_host(self, message: messages.OpenHost) -> None:
        """Down one level."""
        from clawtui_screens.host import HostScreen

        self.push_screen(self._bound(HostScreen(self._desk, message.host, message.metric)))
        self.look_at(message.host)

    def look_at(self, host: str) -> None:
        """Samples of this host come each second from now on; of none, with an empty name."""
        if self._look_task is not None:
            self._look_task.cancel()
        self._look_task = asyncio.create_task(self._bridge.look(host)) if host else None

    # ------------------------------------------------------------ keys

    def action_freeze(self) -> None:
        """What is on screen stays; the engine goes on."""
        self.frozen_at = self._desk.clock() if self.frozen_at is None else None
        self.picture = self._live

    def action_peel(self) -> None:
        """One layer less: frozen time; never the screen."""
        if self.moment is not None or self.frozen_at is not None:
            self.moment = self.frozen_at = None
            self.picture = self._live

    def action_leave(self) -> None:
        """Up one level."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
            self.look_at("")
        else:
            self.exit()

    def handover(self) -> list[str]:
        """Three lines for the ticket, once the screens are closed."""
        return []
