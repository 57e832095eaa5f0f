"""Every key of the fleet screen, pressed in the real application."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot

from clawtui.engine.boundary.actions import Action, Actions, ActionsQuery, Note
from clawtui.engine.boundary.plans import Apply, Arm, HostOutcome, Outcome, Plan, PlanQuery
from clawtui.engine.boundary.shell import ShellQuery
from clawtui.engine.boundary.value import State
from clawtui.engine.recorded import RecordedEngine
from clawtui_screens.app import ClawApp
from clawtui_screens.dialog import GUARD_S, Dialog, QuestionBox
from clawtui_screens.messages import FleetSeen, PlanWanted
from clawtui_screens.palette import EverythingProvider
from tests.screens.front import EPOCH, changed, fleet, opened, recording, root, rows, settle, words


def cursor_row(app: ClawApp) -> str:
    return next(line for line in rows(app) if line.startswith("▌"))


async def test_j_k_g_and_big_g_move_the_cursor() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        first = root(app).host
        await pilot.press("j", "j")
        assert "gpu-003" in cursor_row(app)
        await pilot.press("k")
        assert "gpu-005" in cursor_row(app)
        await pilot.press("G")
        assert root(app).host == "gpu-012"
        await pilot.press("g")
        assert root(app).host == first == "gpu-007"
        await pilot.press("pagedown")
        assert root(app).host == "gpu-012"
        await pilot.press("pageup")
        assert root(app).host == "gpu-007"


async def test_space_marks_and_goes_on_v_marks_the_range_and_u_takes_all_marks_away() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("space")
        assert root(app).marks == {"gpu-007"}
        assert "✗✓gpu-007" in words(app)
        await pilot.press("j", "v")
        assert root(app).marks == {"gpu-007", "gpu-005", "gpu-003"}
        assert "3 marked" in words(app)
        await pilot.press("u")
        assert root(app).marks == frozenset()


async def test_big_v_marks_what_is_shown_and_never_what_is_folded() -> None:
    async with opened(recording(fleet(42))) as (app, pilot, _):
        await pilot.press("V")
        assert len(root(app).marks) == 7


async def test_enter_on_the_folded_line_unfolds_it() -> None:
    async with opened(recording(fleet(42))) as (app, pilot, _):
        await pilot.press("G", "enter")
        await settle(pilot)
        assert "42 of 42" in words(app)
        assert len(root(app).table.keys) == 42


async def test_enter_opens_the_host_q_comes_back_and_the_history_keys_walk() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("enter")
        await settle(pilot)
        assert type(app.screen).__name__ == "HostScreen"
        await pilot.press("q")
        await settle(pilot)
        assert app.screen is root(app)
        await pilot.press("left_square_bracket")
        await settle(pilot)
        assert app.trail.here == "gpu-007"
        await pilot.press("right_square_bracket")
        await settle(pilot)
        assert app.trail.here == ""
        await pilot.press("grave_accent")
        await settle(pilot)
        assert app.trail.here == "gpu-007"
        await pilot.press("1")
        await settle(pilot)
        assert app.screen is root(app)


async def test_s_sorts_by_what_is_chosen_and_the_arrows_beside_it_change_the_column() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("s")
        await settle(pilot)
        await pilot.press("h")
        await settle(pilot)
        assert root(app).wish.sort == "host"
        assert root(app).table.keys[0] == ("host", "gpu-001")
        await pilot.press("greater_than_sign")
        assert root(app).wish.sort == "since"
        await pilot.press("less_than_sign", "less_than_sign")
        assert root(app).wish.sort == "triage"


async def test_w_shows_more_columns_and_equals_groups() -> None:
    async with opened(recording(fleet(12)), (160, 40)) as (app, pilot, _):
        assert "DISK%" not in words(app)
        await pilot.press("w")
        await settle(pilot)
        assert "DISK%" in words(app)
        await pilot.press("equals_sign")
        await settle(pilot)
        assert "eu  6 hosts" in words(app)


async def test_slash_finds_as_one_types_and_n_goes_to_the_next_hit() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("slash", "p", "9", "5")
        await settle(pilot)
        assert root(app).host == "gpu-003"
        await pilot.press("enter")
        await settle(pilot)
        assert "/p95" in words(app)
        await pilot.press("n")
        assert root(app).host == "gpu-011"
        await pilot.press("N")
        assert root(app).host == "gpu-003"
        await pilot.press("escape")
        assert root(app).sought == ""


async def test_escape_in_the_find_prompt_takes_the_cursor_back() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("slash", "0", "1", "1")
        await settle(pilot)
        assert root(app).host == "gpu-011"
        await pilot.press("escape")
        await settle(pilot)
        assert root(app).host == "gpu-007"


async def test_ampersand_keeps_tilde_switches_filters_off_and_escape_drops_the_last() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("ampersand", *"state", "equals_sign", *"warning", "enter")
        await settle(pilot)
        assert "2 of 12" in words(app)
        assert "10 hidden" in words(app)
        await pilot.press("tilde")
        await settle(pilot)
        assert "12 of 12" in words(app)
        await pilot.press("tilde", "escape")
        await settle(pilot)
        assert root(app).wish.filters == ()


async def test_p_freezes_what_is_shown_and_says_so_until_escape() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, clock):
        await pilot.press("p")
        await settle(pilot)
        assert "FROZEN since" in words(app)
        app.post_message(FleetSeen(app.picture.after(changed(fleet(12), "gpu-001", state=State.DOWN), clock())))
        await settle(pilot)
        assert root(app).picture.hosts["gpu-001"].state is State.OK
        await pilot.press("escape")
        await settle(pilot)
        assert root(app).picture.hosts["gpu-001"].state is State.DOWN
        assert "FROZEN" not in words(app)


async def test_t_takes_a_moment_and_the_bar_and_the_sentence_say_so() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("t", "minus", "6", "m", "enter")
        await settle(pilot)
        assert app.moment == EPOCH - 360
        assert "(−6m00)" in words(app)
        assert "the list is that of" in words(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.moment is None


async def test_z_gives_the_focused_pane_all_the_room() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        assert "ssh refused, 3 tries  clawtui doctor" in words(app)
        await pilot.press("z")
        await settle(pilot)
        assert "clawtui doctor" not in words(app)
        await pilot.press("z")
        await settle(pilot)
        assert "clawtui doctor" in words(app)


async def test_semicolon_shows_a_letter_on_each_pane_and_tab_goes_round() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        assert app.focused is root(app).table
        await pilot.press("semicolon")
        await settle(pilot)
        await pilot.press("s")
        await settle(pilot)
        assert type(app.focused).__name__ == "HostStrip"
        await pilot.press("tab")
        await settle(pilot)
        assert app.focused is root(app).table


async def test_y_copies_the_row_by_osc_52() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("y")
        await settle(pilot)
        assert app.clipboard == "gpu-007 DOWN 5m10 ssh refused, 3 tries"


@pytest.mark.parametrize(
    ("key", "form", "sign"),
    [("t", "txt", "worst"), ("c", "csv", "HOST,"), ("l", "jsonl", '"HOST"'), ("s", "svg", "<svg")],
)
async def test_big_y_writes_exactly_what_is_shown(
    key: str, form: str, sign: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    engine = recording(fleet(12))
    async with opened(engine) as (app, pilot, _):
        await pilot.press("Y")
        await settle(pilot)
        await pilot.press(key)
        await app.workers.wait_for_complete()
        await settle(pilot)
    file = next(tmp_path.iterdir())
    assert file.suffix == f".{form}"
    content = file.read_text()
    assert "gpu-007" in content
    assert sign in content or form == "txt"
    assert any(isinstance(intent, Note) and intent.verb == "export" for intent in engine.done)


async def test_question_mark_lists_the_keys_with_the_reason_of_those_that_are_off_and_again_the_glyphs() -> None:
    async with opened(recording(fleet(12)), (120, 60)) as (app, pilot, _):
        await pilot.press("question_mark")
        await settle(pilot)
        assert "off: nothing is marked" in words(app)
        assert "list.sort" in words(app)
        await pilot.press("question_mark")
        await settle(pilot)
        assert "no answer by SSH" in words(app)
        await pilot.press("escape")
        await settle(pilot)
        assert app.screen is root(app)


async def test_exclamation_mark_lists_what_was_done_and_y_copies_the_command() -> None:
    act = Action(EPOCH, "ana", "synthetic", "run", ("gpu-001",), "clawtui run gpu-001 -- uptime", ("uptime",), "ok")
    engine = recording(fleet(12), answers=[(ActionsQuery(), Actions((act,)))])
    async with opened(engine) as (app, pilot, _):
        await pilot.press("exclamation_mark")
        await settle(pilot)
        assert "clawtui run gpu-001 -- uptime" in words(app)
        await pilot.press("j", "y")
        await settle(pilot)
        assert app.clipboard == "clawtui run gpu-001 -- uptime"


async def test_arming_is_offered_only_where_the_context_is_read_only() -> None:
    frame = fleet(12, read_only=False)
    async with opened(recording(frame)) as (app, pilot, clock):
        assert "arm to act" not in words(app)
        await pilot.press("A")
        await settle(pilot)
        assert not app.deeds.desk.engine.done
        closed = replace(frame, summary=replace(frame.summary, read_only=True))
        app.post_message(FleetSeen(app.picture.after(closed, clock())))
        await settle(pilot)
        assert "A arm to act" in rows(app)[-1]


async def test_big_a_arms_and_the_bar_counts_down() -> None:
    engine = recording(fleet(12), outcomes=[(Arm(10.0), Outcome(done=True, words="armed"))])
    async with opened(engine) as (app, pilot, clock):
        await pilot.press("A")
        await settle(pilot)
        assert Arm(10.0) in engine.done
        frame = fleet(12)
        armed = replace(frame, summary=replace(frame.summary, armed_until=clock() + 599))
        app.post_message(FleetSeen(app.picture.after(armed, clock())))
        await settle(pilot)
        assert "ARMED 9:59" in words(app)
        assert app.armed


async def test_big_a_is_off_where_nothing_is_read_only() -> None:
    async with opened(recording(fleet(12, read_only=False))) as (app, _, _):
        assert app.why_off("arm") == "this context is not read-only"


async def test_q_asks_at_the_root_and_escape_stays() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("q")
        await settle(pilot)
        assert isinstance(app.screen, Dialog)
        await pilot.press("escape")
        await settle(pilot)
        assert app.screen is root(app)
        assert app.is_running


async def test_x_asks_the_engine_for_the_way_in() -> None:
    engine = recording(fleet(12))
    async with opened(engine) as (app, pilot, _):
        await pilot.press("x")
        await app.workers.wait_for_complete()
        await settle(pilot)
        assert ShellQuery("gpu-007") in engine.asked
        assert any("no answer to ShellQuery" in notice.message for notice in app._notifications), "said, not crashed"


# ---------------------------------------------------------------- the prompt and plans

PLAN = Plan(
    "7", "RUN uptime on 2 hosts in PROD", ("gpu-001", "gpu-002"), ("as ops",), "cannot be undone",
    "clawtui run gpu-001,gpu-002 -- uptime", "synthetic 2", needs_arming=False,
)  # fmt: skip
RUN = PlanQuery(("run", "gpu-00[12]", "--", "uptime"))


def planned(plan: Plan = PLAN) -> RecordedEngine:
    outcome = Outcome(True, "2 ok", 0, tuple(HostOutcome(name, "ok", stdout=b"up 3 days\n") for name in plan.hosts))
    return recording(fleet(12), answers=[(RUN, plan)], outcomes=[(Apply("7", "synthetic 2"), outcome)])


async def plan_dialog(app: ClawApp, pilot: Pilot[None]) -> Dialog:
    app.post_message(PlanWanted(RUN.words))
    await settle(pilot)
    dialog = app.screen
    assert isinstance(dialog, Dialog)
    return dialog


async def test_the_prompt_speaks_the_grammar_of_the_command_line() -> None:
    engine = recording(fleet(12))
    async with opened(engine) as (_, pilot, _clock):
        await pilot.press(
            "colon", *"run", "space", *"gpu", "asterisk", "space", "minus", "minus", "space", *"uptime", "enter"
        )
        await settle(pilot)
        assert PlanQuery(("run", "gpu*", "--", "uptime")) in engine.asked


async def test_the_plan_waits_for_its_words_and_enter_alone_never_acts() -> None:
    engine = planned()
    async with opened(engine) as (app, pilot, _):
        dialog = await plan_dialog(app, pilot)
        dialog._opened = -10.0  # long enough ago
        assert "RUN uptime on 2 hosts in PROD" in words(app)
        assert "cannot be undone" in words(app)
        assert "reverts with" not in words(app)
        await pilot.press("enter")
        await settle(pilot)
        assert not any(isinstance(intent, Apply) for intent in engine.done)
        assert app.screen is root(app)


async def test_the_right_words_carry_it_out_and_the_answers_are_grouped() -> None:
    engine = planned()
    async with opened(engine) as (app, pilot, _):
        dialog = await plan_dialog(app, pilot)
        dialog._opened = -10.0
        await pilot.press(*"synthetic", "space", "3", "enter")
        await settle(pilot)
        assert "that is not" in words(app)
        await pilot.press("backspace", "2", "enter")
        await settle(pilot)
        assert Apply("7", "synthetic 2") in engine.done
        assert "2 hosts  gpu-001, gpu-002" in words(app)
        assert words(app).count("up 3 days") == 1


async def test_an_enter_right_after_y_falls_on_no_dialog_any_more() -> None:
    engine = planned(replace(PLAN, confirm="y"))
    async with opened(engine) as (app, pilot, _):
        dialog = await plan_dialog(app, pilot)
        dialog._opened = -10.0
        box = dialog.query_one(QuestionBox)
        for key, character in (("y", "y"), ("enter", "\r")):
            box.post_message(events.Key(key, character))
        await settle(pilot)
        assert [intent for intent in engine.done if isinstance(intent, Apply)] == [Apply("7", "y")]


async def test_keys_of_the_first_300_ms_are_discarded() -> None:
    engine = planned(replace(PLAN, confirm="y"))
    async with opened(engine) as (app, pilot, _):
        dialog = await plan_dialog(app, pilot)
        ticks = [100.0]
        dialog._clock, dialog._opened = (lambda: ticks[0]), 100.0
        await pilot.press("y", "enter")
        await settle(pilot)
        assert app.screen is dialog
        ticks[0] += GUARD_S + 0.1
        await pilot.press("y")
        await settle(pilot)
        assert Apply("7", "y") in engine.done


async def test_a_plan_that_needs_arming_says_so_and_takes_no_words() -> None:
    engine = planned(replace(PLAN, needs_arming=True))
    async with opened(engine) as (app, pilot, _):
        dialog = await plan_dialog(app, pilot)
        dialog._opened = -10.0
        assert "press A to arm" in words(app)
        await pilot.press(*"synthetic", "space", "2", "enter")
        await settle(pilot)
        assert not any(isinstance(intent, Apply) for intent in engine.done)


async def test_tab_completes_and_the_arrow_recalls() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("colon", *"hos", "tab", "escape")
        await pilot.press("colon", *"host", "space", *"gpu-01", "tab")
        await settle(pilot)
        assert ": host gpu-01" in words(app)
        await pilot.press("1", "enter")
        await settle(pilot)
        assert app.trail.here == "gpu-011"
        await pilot.press("q", "colon", "up")
        await settle(pilot)
        assert ": host gpu-011" in words(app)


async def test_the_palette_knows_hosts_and_keys() -> None:
    async with opened(recording(fleet(12))) as (app, _, _):
        provider = EverythingProvider(app.screen)
        hits = [hit async for hit in provider.search("gpu-011")]
        assert any("host gpu-011" in (hit.text or "") for hit in hits)
        found = [hit async for hit in provider.discover()]
        assert any("sort" in (hit.text or "") for hit in found)


async def test_ctrl_p_offers_keys_and_hosts_and_nothing_of_the_library() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, _):
        await pilot.press("ctrl+p")
        await settle(pilot)
        shown = words(app)
        assert "sort" in shown
        assert "Screenshot" not in shown
        assert "🔎" not in shown
        await pilot.press(*"host", "space", *"gpu-011")
        await settle(pilot)
        assert "host gpu-011" in words(app)
        await pilot.press("enter")
        await settle(pilot)
        assert app.trail.here == "gpu-011"


# ---------------------------------------------------------------- the ground holds still


async def test_rows_stay_while_keys_are_pressed_and_the_title_says_how_many_want_to_move() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, clock):
        before = list(root(app).table.keys)
        await pilot.press("j")
        worse = changed(fleet(12), "gpu-012", state=State.DOWN, since=EPOCH)
        app.post_message(FleetSeen(app.picture.after(worse, clock())))
        await settle(pilot)
        assert list(root(app).table.keys) == before
        assert "1 row wants to move" in words(app)
        clock.now += 3.1
        root(app)._tick()
        await settle(pilot)
        assert list(root(app).table.keys).index(("host", "gpu-012")) < 2
        assert root(app).host == "gpu-005", "the cursor is tied to the host"


async def test_until_a_key_is_pressed_the_cursor_waits_on_the_worst_host() -> None:
    async with opened(recording(fleet(12))) as (app, pilot, clock):
        clock.now += 3.1
        for worse in ("gpu-012", "gpu-011"):
            app.post_message(
                FleetSeen(app.picture.after(changed(fleet(12), worse, state=State.DOWN, since=EPOCH), clock()))
            )
            await settle(pilot)
            assert root(app).table.keys[0] == root(app).table.cursor
        worst = root(app).host
        await pilot.press("w")
        clock.now += 3.1
        app.post_message(FleetSeen(app.picture.after(fleet(12), clock())))
        await settle(pilot)
        assert root(app).host == worst != root(app).table.keys[0][1]


async def test_keys_are_rebound_by_id() -> None:
    async with opened(recording(fleet(12)), keys={"list.sort": "S"}) as (app, pilot, _):
        await pilot.press("S")
        await settle(pilot)
        assert type(app.screen).__name__ == "Menu"
