"""Every screen and dialog runs against a recording of the real demo: the engine boundary is all that they know."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from clawtui.engine.boundary.hosts import FleetFrame
from clawtui.engine.boundary.plans import PlanQuery
from clawtui.engine.boundary.prompts import Prompt
from clawtui.engine.boundary.rollouts import Rollouts
from clawtui.engine.recorded import Heard, RecordedEngine
from clawtui.settings import Settings, UiSettings
from clawtui_screens.app import ClawApp
from tests.screens.front import words

FEED = Path(__file__).parent / "feeds/demo.jsonl"
PICTURES = Path(__file__).parent / "shots"


@asynccontextmanager
async def replayed(*more: Heard) -> AsyncIterator[tuple[ClawApp, Pilot[None], RecordedEngine]]:
    engine = RecordedEngine(FEED)
    engine._heard.extend(more)
    frame = next(heard.event for heard in engine._heard if isinstance(heard.event, FleetFrame))
    settings = Settings(ui=UiSettings(ascii="never", refresh_s=0.0))
    app = ClawApp(engine, settings, clock=lambda: frame.at)
    async with app.run_test(size=(120, 40)) as pilot:
        await seen(app, pilot, "gpu-1")
        if not more:  # what asks something has the keys at once
            await pilot.press("slash", *"gpu-1", "enter")
        yield app, pilot, engine


async def seen(app: ClawApp, pilot: Pilot[None], text: str) -> str:
    """The screen, once it holds these words."""
    for _ in range(200):
        if text in words(app):
            return words(app)
        await pilot.pause(0.05)
    raise AssertionError(f"{text!r} is not on screen:\n{words(app)}")


async def test_the_fleet_screen_tells_the_demos_incidents() -> None:
    async with replayed() as (app, _, _):
        screen = words(app)
        for text in ("DEV", "demo", "p95", "500 ms", "errors", "memory available", "nobody is paged"):
            assert text in screen


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        (("enter",), "OVER limit 500 ms"),
        (("enter", "o"), "clawtui.demo.model"),
        (("enter", "i"), "fingerprint"),
        (("question_mark",), "keys"),
        (("exclamation_mark",), "actions taken"),
        (("ctrl+p",), "Search"),
        (("s",), "SINCE"),
        (("q",), "esc"),
    ],
)
async def test_it_opens_on_a_recording(keys: tuple[str, ...], text: str) -> None:
    async with replayed() as (app, pilot, _):
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await seen(app, pilot, text)


async def test_the_plan_dialog_shows_a_recorded_plan() -> None:
    async with replayed() as (app, pilot, engine):
        await pilot.press("colon", *"run web", "asterisk", *" -- uptime", "enter")
        await seen(app, pilot, "RUN uptime on 2 hosts")
        assert PlanQuery(("run", "web*", "--", "uptime")) in engine.asked
        assert not engine.done


async def test_a_recorded_question_opens_its_dialog() -> None:
    prompt = Prompt("1", "host-key", "web-9", "Unknown host key", "web-9 offers a key nobody vouched for", "SHA256:abc")
    async with replayed(Heard(0.0, "prompts", prompt)) as (app, pilot, _):
        await seen(app, pilot, "SHA256:abc")


def test_the_pictures_of_the_readme_are_there() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for picture in ("fleet-120x40.svg", "host-120x40.svg"):
        assert f"tests/screens/shots/{picture}" in readme
        assert "gpu-1" in (PICTURES / picture).read_text(encoding="utf-8")


async def test_the_deploy_screen_shows_a_recorded_rollout_to_its_end() -> None:
    engine = RecordedEngine(FEED.with_name("rollout.jsonl"))
    app = ClawApp(engine, Settings(ui=UiSettings(ascii="never", refresh_s=0.0)))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await seen(app, pilot, "runs on 2 of 2")
        await pilot.press("enter", "enter")
        for text in ("WAVE 1 canary", "kept", "h000", "h001"):
            await seen(app, pilot, text)


@pytest.mark.parametrize(("state", "text"), [("baking", "on 1 of 2: healthy. Bake ends in"), ("keeping", "keeping")])
async def test_a_recorded_rollout_is_told_in_its_first_line_while_it_goes_on(state: str, text: str) -> None:
    engine = RecordedEngine(FEED.with_name("rollout.jsonl"))
    told = [heard for heard in engine._heard if not isinstance(heard.event, Rollouts) or heard.event.rollouts]
    at = [n for n, one in enumerate(told) if isinstance(one.event, Rollouts) and one.event.rollouts[0].state == state]
    app = ClawApp(
        RecordedEngine.of(told[: at[1 if state == "baking" else 0] + 1]), Settings(ui=UiSettings(ascii="never"))
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("4")
        await seen(app, pilot, text)
