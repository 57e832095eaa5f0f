"""The real application in front of a made-up fleet: a clock that stands still, keys by Pilot, screens as text and styles."""

import difflib
import os
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec.structs import replace
from textual.pilot import Pilot

from clawtui.engine.boundary import Answer, Intent, Query
from clawtui.engine.boundary.charts import Limits, LimitsQuery
from clawtui.engine.boundary.hosts import FleetFrame, HostView
from clawtui.engine.boundary.plans import Outcome
from clawtui.engine.boundary.value import State
from clawtui.engine.recorded import Heard, RecordedEngine
from clawtui.settings import Settings, UiSettings
from clawtui_screens.app import ClawApp
from clawtui_screens.fleet import FleetScreen
from tests.engine.synthetic import LIMITS, SyntheticEngine

EPOCH = 1_795_000_020.0
SIZES = {"120x40": (120, 40), "80x24": (80, 24), "60x15": (60, 15)}
SNAPSHOTS = Path(__file__).parent / "snapshots"
REWRITE = "CLAWTUI_SNAPSHOTS"  # set to 1 to write them anew, then read the difference


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = EPOCH

    def __call__(self) -> float:
        return self.now


def fleet(hosts: int = 12, *, trouble: bool = True, **summary: object) -> FleetFrame:
    """A whole fleet at one moment."""
    engine = SyntheticEngine(hosts, trouble=trouble, at=EPOCH)
    frame = engine.frame(full=True, hosts=engine.views.values())
    return replace(frame, at=EPOCH, summary=replace(frame.summary, **summary))


def changed(frame: FleetFrame, name: str, **values: object) -> FleetFrame:
    """The same fleet with one host different; the counts follow."""
    return recounted(frame, [replace(view, **values) if view.name == name else view for view in frame.hosts])


def recounted(frame: FleetFrame, hosts: Iterable[HostView]) -> FleetFrame:
    """Counts as an engine would send them."""
    views = tuple(hosts)
    counts = {state: sum(view.state is state for view in views) for state in State}
    summary = replace(frame.summary, counts={str(state): count for state, count in counts.items() if count})
    return replace(frame, hosts=views, summary=summary)


def recording(
    frame: FleetFrame | None,
    *events: Heard,
    answers: Sequence[tuple[Query, Answer]] = (),
    outcomes: Sequence[tuple[Intent, Outcome]] = (),
) -> RecordedEngine:
    """An engine that says this once."""
    heard = [Heard(0.0, "fleet", frame), *events] if frame else list(events)
    return RecordedEngine.of(heard, [(LimitsQuery(), Limits(LIMITS)), *answers], outcomes)


@asynccontextmanager
async def opened(
    engine: RecordedEngine, size: tuple[int, int] = (120, 40), **ui: object
) -> AsyncIterator[tuple[ClawApp, Pilot[None], Clock]]:
    """The application, once it has drawn what the engine said."""
    clock = Clock()
    settings = Settings(ui=UiSettings(**{"ascii": "never", "refresh_s": 0.0, **ui}))
    app = ClawApp(engine, settings, clock=clock)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot, clock


async def settle(pilot: Pilot[None]) -> None:
    """What was said has arrived and is painted."""
    for _ in range(4):
        await pilot.pause()


def root(app: ClawApp) -> FleetScreen:
    """The fleet screen, whatever lies over it."""
    screen = app.screen_stack[0]
    assert isinstance(screen, FleetScreen)
    return screen


def rows(app: ClawApp) -> list[str]:
    """The text of every line of the terminal."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def words(app: ClawApp) -> str:
    """The whole terminal as text."""
    return "\n".join(rows(app))


def said(app: ClawApp) -> str:
    """Everything that was said in passing."""
    return "\n".join(notice.message for notice in app._notifications)


def styled(app: ClawApp) -> str:
    """Every line's text, and under it where each style begins: `3:#ff6f66/#242c33b`."""
    found: list[str] = []
    for strip in app.screen._compositor.render_strips():
        x, marks, last = 0, list[str](), ""
        for segment in strip.simplify():
            style = segment.style
            if style is not None and segment.text.strip():
                colour = style.color.name if style.color else "-"
                ground = f"/{style.bgcolor.name}" if style.bgcolor and style.bgcolor.name != "#0e1113" else ""
                mark = f"{colour}{ground}{'b' * bool(style.bold)}{'r' * bool(style.reverse)}"
                if mark != last:
                    marks.append(f"{x}:{mark}")
                    last = mark
            x += segment.cell_length
        found += [strip.text.rstrip(), f"    ~ {' '.join(marks)}".rstrip()]
    return "\n".join(found) + "\n"


async def looks(pilot: Pilot[None], app: ClawApp, name: str) -> None:
    """As the snapshot of that name, once everything that was asked for has arrived, however busy the machine is."""
    file = SNAPSHOTS / f"{name}.txt"
    known = file.read_text(encoding="utf-8") if file.exists() and not os.environ.get(REWRITE) else ""
    for _ in range(100):
        if not known or styled(app) == known:
            break
        await pilot.pause(0.05)
    compare(name, styled(app))


def compare(name: str, seen: str) -> None:
    """With the snapshot of that name, or write it where the environment asks for it."""
    file = SNAPSHOTS / f"{name}.txt"
    if os.environ.get(REWRITE):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(seen, encoding="utf-8")
        return
    assert file.exists(), f"no snapshot {file.name}; {REWRITE}=1 writes it"
    known = file.read_text(encoding="utf-8")
    if seen != known:
        lines = "\n".join(
            difflib.unified_diff(known.splitlines(), seen.splitlines(), "known", "seen", lineterm="", n=0)
        )
        raise AssertionError(f"{file.name} differs; {REWRITE}=1 writes it anew\n{lines}")
