"""A bare application around the host screen: real widgets, a made-up engine, a clock that stands still."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from textual.app import App
from textual.message import Message
from textual.pilot import Pilot
from textual.reactive import var

from clawtui.engine.boundary import Answer, Engine, Query
from clawtui.engine.boundary.hosts import FleetFrame, SampleFrame
from clawtui.errors import ClawtuiError
from clawtui_screens import look
from clawtui_screens.bridge import Bridge
from clawtui_screens.desk import Desk
from clawtui_screens.host import HostScreen
from clawtui_screens.messages import CopyOut, FleetSeen, MomentPicked, SampleSeen, ShellWanted, Toast
from clawtui_screens.picture import NOTHING_KNOWN, Picture
from tests.engine.synthetic import UNITS, SyntheticEngine
from tests.engine.synthetic_ground import KEYS

EPOCH = 1_795_000_020.0
SIZES = {"120x40": (120, 40), "80x24": (80, 24), "60x15": (60, 15)}


class MadeUp(SyntheticEngine):
    """Two dozen hosts whose every metric has a value; questions may be refused."""

    def __init__(self, refuse: Iterable[type[Query]] = ()) -> None:
        super().__init__(24, at=EPOCH)
        self.refuse = tuple(refuse)
        self.asked: list[Query] = []

    def value(self, host: str, metric: str, at: float) -> float:
        """What the synthetic engine does not make up is constant."""
        return super().value(host, metric, at) if metric in KEYS else 0.4

    async def ask(self, query: Query) -> Answer:
        """Refuses what it was told to."""
        self.asked.append(query)
        if isinstance(query, self.refuse):
            raise ClawtuiError("gpu-003: the agent is too old")
        return await super().ask(query)


class Stage(App[None]):
    """The part of the application that a screen sees: three reactives down, messages up."""

    picture: var[Picture] = var(NOTHING_KNOWN)
    moment: var[float | None] = var[float | None](None)
    frozen_at: var[float | None] = var[float | None](None)
    trouble: var[str] = var("")

    def __init__(self, engine: Engine, glyphs: look.Glyphs = look.UNICODE, theme: str = "clawtui-dark") -> None:
        super().__init__()
        for known in look.THEMES:
            self.register_theme(known)
        self.theme = theme
        self.animation_level = "none"
        self.now = EPOCH
        self.desk = Desk(engine, clock=lambda: self.now, glyphs=glyphs)
        self.bridge = Bridge(engine, self.post_message, self.desk.clock, 0.0)
        self.heard: list[Message] = []

    def on_mount(self) -> None:
        """The engine's first picture."""

    @property
    def host(self) -> HostScreen:
        """The screen that is tested."""
        return next(s for s in self.screen_stack if isinstance(s, HostScreen))

    def open(self, host: str, metric: str = "") -> None:
        """As the fleet screen does."""
        screen = HostScreen(self.desk, host, metric)
        self.push_screen(screen.data_bind(Stage.picture, Stage.moment, Stage.frozen_at, Stage.trouble))

    def frame(self, frame: FleetFrame) -> None:
        """A frame from the engine, taken at once."""
        self.picture = self.picture.after(frame, self.now)

    def on_moment_picked(self, message: MomentPicked) -> None:
        """One cursor in time."""
        self.moment = message.at

    def on_toast(self, message: Toast) -> None:
        """Kept for the test."""
        self.heard.append(message)

    def on_copy_out(self, message: CopyOut) -> None:
        """Kept for the test."""
        self.heard.append(message)

    def on_shell_wanted(self, message: ShellWanted) -> None:
        """Kept for the test."""
        self.heard.append(message)

    def on_fleet_seen(self, message: FleetSeen) -> None:
        """From the bridge."""
        self.picture = message.picture

    def action_peel(self) -> None:
        """Back to live."""
        self.moment = self.frozen_at = None

    def rows(self) -> list[str]:
        """The text of every row on the terminal."""
        return ["".join(s.text for s in strip) for strip in self.screen._compositor.render_strips()]

    def styled(self) -> list[str]:
        """Every row's text, and below it where a tone begins: `0:plain 6:error*`; * is bold, / another ground."""
        palette = look.palette(self.theme)
        tones = {c.rich_color.name: name for name, c in reversed(palette._colours.items()) if name in set(look.Tone)}
        ground = palette._colours["ground"].rich_color.name
        found: list[str] = []
        for strip in self.screen._compositor.render_strips():
            x, marks = 0, list[str]()
            for segment in strip.simplify():
                style = segment.style
                if style is not None and segment.text.strip():
                    tone = tones.get(style.color.name, style.color.name) if style.color else "-"
                    raised = style.bgcolor is not None and style.bgcolor.name != ground
                    marks.append(f"{x}:{tone}{'*' * bool(style.bold)}{'/' * bool(raised or style.reverse)}")
                x += segment.cell_length
            found.append(strip.text.rstrip())
            found.append("    ~ " + " ".join(marks))
        return found


async def settle(pilot: Pilot[None]) -> None:
    """Every question answered and every message handled."""
    for _ in range(3):
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()


@asynccontextmanager
async def staged(
    host: str = "gpu-003",
    *,
    size: tuple[int, int] = (120, 40),
    engine: MadeUp | None = None,
    glyphs: look.Glyphs = look.UNICODE,
    theme: str = "clawtui-dark",
    metric: str = "",
) -> AsyncIterator[tuple[Stage, Pilot[None]]]:
    """The host screen open on one host, everything loaded."""
    made = engine or MadeUp()
    app = Stage(made, glyphs, theme)
    async with app.run_test(size=size) as pilot:
        app.frame(made.frame(full=True, hosts=made.views.values()))
        app.open(host, metric)
        await pilot.pause()
        await settle(pilot)
        yield app, pilot


async def second(app: Stage, pilot: Pilot[None], engine: MadeUp, host: str = "gpu-003") -> None:
    """One second passes: a frame and a sample."""
    app.now += 1.0
    app.frame(engine.step())
    values: dict[str, float | None] = {key: engine.value(host, key, engine.at) for key in UNITS}
    app.host.post_message(SampleSeen(SampleFrame(host, engine.at, values)))
    await pilot.pause()
    await settle(pilot)
