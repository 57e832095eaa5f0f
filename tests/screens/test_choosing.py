"""Which context is on screen: chosen from a list, changed by `:ctx`, merged by `:ctx all`, written on the first run."""

import asyncio
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from clawtui.engine.boundary.contexts import (
    AcceptFleet,
    Candidate,
    Candidates,
    CandidatesQuery,
    ContextList,
    ContextsQuery,
    ContextView,
    FleetOffer,
    UseContext,
    WriteContext,
)
from clawtui.engine.boundary.plans import Outcome
from clawtui.engine.contexts import Contexts
from clawtui_screens.picker import Picker
from tests.engine.test_contexts import Shelf
from tests.screens.front import SIZES, fleet, looks, opened, recording, rows, said, settle, words
from tests.screens.test_recorded import seen

EVIL = "\x1b]52;c;ZXZpbA==\x07[/x]\u202e"
SSH = Candidates(
    (
        Candidate("web-1", "10.0.0.1", "~/.ssh/config:3"),
        Candidate("日本語のホスト", "2001:db8::7", "~/.ssh/config:9"),
        Candidate("gpu-node-with-a-name-that-is-very-long-indeed", "gpu-node", "~/.ssh/known_hosts"),
    ),
    12,
    ("~/.ssh/config:14: Match exec is not run",),
)


async def until(pilot: Pilot[None], claim: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not claim():
            await pilot.pause(0.02)


def contexts(*chosen: str) -> Contexts:
    shelf = Shelf()
    for engine in shelf.engines.values():  # nobody asks anything, nothing is forwarded
        engine._heard = [heard for heard in engine._heard if heard.topic not in ("prompts", "forwards")]
    return Contexts(shelf, {name: shelf.read(name) for name in chosen}, advice="2 contexts: :ctx NAME shows one")


async def test_without_a_choice_the_contexts_are_listed_and_arrows_and_enter_choose() -> None:
    async with opened(contexts()) as (app, pilot, _):  # type: ignore[arg-type]  # any engine
        await seen(app, pilot, "which context?")
        assert "all of them" in words(app)
        await pilot.press("down", "enter")
        await seen(app, pilot, "DEV dev")
        assert "context dev" in said(app)


async def test_ctx_changes_the_context_and_what_was_open_is_left() -> None:
    async with opened(contexts("prod")) as (app, pilot, _):  # type: ignore[arg-type]
        await seen(app, pilot, "db-1")
        await pilot.press("enter")
        await pilot.press("colon", *"ctx dev", "enter")
        await seen(app, pilot, "DEV dev")
        assert "db-1" not in words(app)
        assert app.trail.places == ("",)
        await pilot.press("colon", *"ctx nowhere", "enter")
        for _ in range(100):
            if "there is no context 'nowhere'" in said(app):
                break
            await pilot.pause(0.02)
        assert "there is no context 'nowhere'" in said(app)
        assert "DEV dev" in words(app)


@pytest.mark.parametrize("size", SIZES)
async def test_all_contexts_in_one_list_look_as_they_did(size: str) -> None:
    async with opened(contexts("prod", "dev"), SIZES[size]) as (app, pilot, _):  # type: ignore[arg-type]
        await seen(app, pilot, "db-1")
        row = next(line for line in rows(app) if "db-1" in line)
        assert row.split()[1:3] == ["db-1", "prod"]
        assert "prod: web-1 down since 03:10; 1 well" in words(app)
        await looks(pilot, app, f"fleet-contexts-{size}")


async def test_in_the_merged_list_an_act_over_two_contexts_is_refused_in_words_and_grouping_knows_them() -> None:
    async with opened(contexts("prod", "dev")) as (app, pilot, _):  # type: ignore[arg-type]
        await seen(app, pilot, "db-1")
        await pilot.press("colon", *"run web", "asterisk", *" -- uptime", "enter")
        for _ in range(100):
            if "acting is for one context at a time" in said(app):
                break
            await pilot.pause(0.02)
        assert "acting is for one context at a time, and these words mean hosts of prod 1, dev 1" in said(app)
        await pilot.press("equals_sign", "equals_sign", "equals_sign", "equals_sign", "equals_sign")
        await seen(app, pilot, "per context")


@pytest.mark.parametrize("size", SIZES)
async def test_the_first_run_lists_what_ssh_knows_and_writes_what_is_marked(size: str) -> None:
    made = WriteContext("mine", ("web-1", SSH.hosts[2].name))
    engine = recording(
        fleet(0, context="", kind="dev", headline="no fleet file"),
        answers=[(ContextsQuery(), ContextList()), (CandidatesQuery(), SSH)],
        outcomes=[
            (made, Outcome(done=True, words="written")),
            (UseContext("mine"), Outcome(done=True, words="context mine")),
        ],
    )
    async with opened(engine, SIZES[size]) as (app, pilot, _):
        await seen(app, pilot, "Which of these 3 hosts")
        await looks(pilot, app, f"picker-{size}")
        await pilot.press("space", "j", "space")
        await seen(app, pilot, "2 marked")
        await pilot.press("enter")
        await seen(app, pilot, "a name for this fleet of 2 hosts")
        await pilot.press("enter")
        await settle(pilot)
        assert engine.done[-2:] == [made, UseContext("mine")]


async def test_names_from_known_hosts_are_cleaned_and_nothing_is_written_when_it_is_closed() -> None:
    evil = Candidates((Candidate(EVIL, EVIL, EVIL),), 0, (EVIL,))
    engine = recording(fleet(0, context=""), answers=[(ContextsQuery(), ContextList()), (CandidatesQuery(), evil)])
    async with opened(engine) as (app, pilot, _):
        await seen(app, pilot, "Which of these 1 host")
        assert all(line.isprintable() for line in rows(app))
        await pilot.press("escape")
        await settle(pilot)
        assert not isinstance(app.screen, Picker)
        assert engine.done == []
        await pilot.press("colon", *"ctx", "enter")
        await seen(app, pilot, "Which of these 1 host")


async def test_a_context_whose_file_is_wrong_says_so_in_the_list() -> None:
    listed = ContextList((ContextView("east", "prod", hosts=3), ContextView("west", problem=f"west.toml:3: {EVIL}")))
    engine = recording(fleet(0, context=""), answers=[(ContextsQuery(), listed)])
    async with opened(engine) as (app, pilot, _):
        await seen(app, pilot, "which context?")
        assert "prod, 3 hosts, read-only" in words(app)
        assert "west.toml:3" in words(app)
        assert all(line.isprintable() for line in rows(app))


async def test_an_offered_fleet_file_stands_in_the_list_and_counts_after_a_whole_yes() -> None:
    offer = FleetOffer("/repo/fleet.toml", "cloned", "prod, 1 host", (f"./cmdb.sh {EVIL}",), "d1")
    listed = ContextList((ContextView("east", "prod", hosts=3),), (), offer)
    taken = AcceptFleet("/repo/fleet.toml", "d1")
    engine = recording(
        fleet(0, context=""),
        answers=[(ContextsQuery(), listed)],
        outcomes=[
            (taken, Outcome(done=True, words="counts")),
            (UseContext("cloned"), Outcome(done=True, words="context cloned")),
        ],
    )
    async with opened(engine) as (app, pilot, _):
        await seen(app, pilot, "not accepted yet")
        await pilot.press("full_stop")
        await seen(app, pilot, "type yes to accept it")
        assert "./cmdb.sh" in words(app)
        assert all(line.isprintable() for line in rows(app))
        app.screen._opened -= 1  # type: ignore[attr-defined]  # the guard against keys typed ahead
        await pilot.press(*"yes", "enter")
        await until(pilot, lambda: "context cloned" in said(app))
        assert engine.done[-2:] == [taken, UseContext("cloned")]


async def test_an_offer_that_is_closed_accepts_nothing() -> None:
    offer = FleetOffer("/repo/fleet.toml", "cloned", "prod, 1 host", (), "d1")
    engine = recording(
        fleet(0, context=""), answers=[(ContextsQuery(), ContextList((), (), offer)), (CandidatesQuery(), SSH)]
    )
    async with opened(engine) as (app, pilot, _):
        await seen(app, pilot, "It names no command.")
        await pilot.press("escape")
        await seen(app, pilot, "Which of these 3 hosts")  # the first run goes on
        assert engine.done == []
