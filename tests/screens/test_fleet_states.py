"""Every state of the fleet screen at every size, as cell text and style."""

import pytest
from msgspec.structs import replace

from clawtui.engine.boundary.hosts import FleetFrame
from clawtui.engine.boundary.value import State
from tests.screens.front import (
    EPOCH,
    SIZES,
    changed,
    fleet,
    looks,
    opened,
    recording,
    recounted,
    settle,
    words,
)


def first_run() -> FleetFrame:
    """Nothing is configured: what ssh_config and known_hosts hold is said, nothing is connected to."""
    frame = fleet(
        0,
        context="",
        kind="dev",
        source="",
        headline="no fleet file: 3 hosts in ~/.ssh/config, 12 hashed in known_hosts",
    )
    return replace(frame, summary=replace(frame.summary, problems=("clawtui hosts init writes a fleet from them",)))


def all_well() -> FleetFrame:
    return fleet(12, trouble=False, headline="all 12 hosts are well")


def loading() -> FleetFrame:
    frame = fleet(12, trouble=False, headline="connecting to 12 hosts")
    blank = {
        "state": State.LOADING,
        "metrics": {},
        "services": (),
        "mounts": (),
        "spark": (),
        "age_s": None,
        "since": None,
    }
    return recounted(frame, [replace(view, **blank) for view in frame.hosts])


def only(state: State, why: str, remedy: str) -> FleetFrame:
    blank = {"metrics": {}, "services": (), "age_s": None} if state is not State.CRITICAL else {}
    frame = fleet(6, trouble=False, headline=f"1 host {state}: gpu-003")
    return changed(frame, "gpu-003", state=state, why=why, remedy=remedy, since=EPOCH - 252, **blank)


def stale() -> FleetFrame:
    frame = fleet(6, trouble=False, headline="1 host stale: gpu-003 for 41 s")
    return changed(frame, "gpu-003", state=State.STALE, why="agent silent, ssh ok", since=EPOCH - 41, age_s=41.0)


STATES = {
    "no-fleet-file": first_run,
    "empty": lambda: fleet(0, headline="bots has no hosts: add [[host]] tables to fleet.toml"),
    "loading": loading,
    "all-well": all_well,
    "one-critical": lambda: fleet(6, headline="gpu-005 is out of memory for 4m50"),
    "unreachable": lambda: only(State.DOWN, "ssh refused, 3 tries", "clawtui doctor gpu-003"),
    "agent-missing": lambda: only(State.NO_AGENT, "no agent answers", "clawtui agent install gpu-003"),
    "key-changed": lambda: only(State.REFUSED, "host key changed: SHA256:abc", "clawtui trust --replace gpu-003"),
    "stale": stale,
    "thousand": lambda: fleet(1000, headline="1 critical, 1 down, 2 slow since 03:10"),
}


@pytest.mark.parametrize("state", STATES)
async def test_the_fleet_screen_looks_as_it_did_at_three_sizes(state: str) -> None:
    async with opened(recording(STATES[state]())) as (app, pilot, _):
        for name, size in SIZES.items():
            await pilot.resize_terminal(*size)
            await settle(pilot)
            await looks(pilot, app, f"fleet-{state}-{name}")


async def test_before_the_first_word_of_the_engine_it_says_that_it_connects() -> None:
    async with opened(recording(None)) as (app, pilot, _):
        assert "connecting" in words(app)
        await looks(pilot, app, "fleet-connecting-120x40")


@pytest.mark.parametrize("theme", ["clawtui-light", "clawtui-contrast", "clawtui-ansi"])
async def test_every_theme_is_legible(theme: str) -> None:
    async with opened(recording(fleet(12)), SIZES["80x24"], theme=theme) as (app, pilot, _):
        await looks(pilot, app, f"fleet-{theme}-80x24")


async def test_without_unicode_every_character_is_ascii() -> None:
    async with opened(recording(fleet(42)), ascii="always") as (app, pilot, _):
        assert words(app).isascii()
        await looks(pilot, app, "fleet-ascii-120x40")


async def test_without_colour_glyph_and_word_still_tell_every_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with opened(recording(fleet(42)), SIZES["80x24"]) as (app, _, _):
        seen = words(app)
        for sign in ("✗ gpu-007", "DOWN", "▲ gpu-003", "WARN", "◐ gpu-019", "STALE", "⊘ gpu-016", "REFUSED"):
            assert sign in seen


async def test_a_stale_host_shows_no_number_and_its_age_counts_up_by_itself() -> None:
    async with opened(recording(stale())) as (app, pilot, clock):
        row = next(line for line in words(app).splitlines() if "◐ gpu-003" in line)
        assert "41s" in row
        assert row.count("—") >= 5
        clock.now += 7
        app.screen._tick()  # type: ignore[attr-defined]
        await settle(pilot)
        row = next(line for line in words(app).splitlines() if "◐ gpu-003" in line)
        assert "48s" in row


async def test_a_thousand_hosts_fold_to_those_in_trouble() -> None:
    async with opened(recording(fleet(1000))) as (app, _, _):
        seen = words(app)
        assert "993 more" in seen
        assert "gpu-007" in seen
