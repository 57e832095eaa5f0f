"""The host screen inside the real application: opened from the fleet, fed live, left again."""

from textual.pilot import Pilot

from clawtui.engine.boundary.hosts import Look
from clawtui.settings import Settings
from clawtui_screens.app import ClawApp
from clawtui_screens.host import HostScreen
from clawtui_screens.messages import OpenHost
from tests.screens.host.stage import MadeUp


async def until(pilot: Pilot[None], claim: object) -> None:
    """Messages are handled until it is true."""
    assert callable(claim)
    for _ in range(200):
        await pilot.pause()
        if claim():
            return
    raise AssertionError("it never became true")


async def test_opened_from_the_fleet_it_is_looked_at_fed_and_let_go() -> None:
    engine = MadeUp()
    engine.hz = 20.0
    app = ClawApp(engine, Settings(), clock=lambda: engine.at)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.picture.summary is not None)
        app.post_message(OpenHost("gpu-003"))
        await until(pilot, lambda: isinstance(app.screen, HostScreen) and engine.looked == "gpu-003")
        screen = app.screen
        assert isinstance(screen, HostScreen)
        await until(pilot, lambda: screen.state.live)
        await until(pilot, lambda: screen.charts[0].plot.series.times)
        await pilot.press("left")
        await until(pilot, lambda: app.moment is not None and screen.charts[0].plot.cursor == app.moment)
        await pilot.press("escape")
        await until(pilot, lambda: app.moment is None)
        await pilot.press("q")
        await until(pilot, lambda: not isinstance(app.screen, HostScreen) and engine.looked == "")
        assert [i.host for i in engine.done if isinstance(i, Look)] == ["gpu-003", ""]
