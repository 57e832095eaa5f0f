"""The Deploy screen: its words, what its keys ask for, and how it looks; rollouts by the real machine (`rolling.py`)."""

import pytest
from msgspec.structs import replace

from clawtui.engine.boundary import Intent, Query
from clawtui.engine.boundary.hosts import ServiceView
from clawtui.engine.boundary.plans import Apply, Outcome, Plan, PlanQuery
from clawtui.engine.boundary.rollouts import HoldRollout, RolloutHost, RolloutStep, RolloutView
from clawtui.engine.boundary.value import State
from clawtui.engine.recorded import RecordedEngine
from clawtui_screens import deploy_rows, deploy_words, deploying
from clawtui_screens.deploy import DeployScreen
from tests.screens import rolling
from tests.screens.front import EPOCH, SIZES, fleet, looks, opened, recording, rows, said, settle, words
from tests.screens.front import changed as front_changed

WORSE = "bot 9f2c41de on 2 of 12: p95 WORSE than the others (726 ms vs 208 ms), error ratio too. Undoes itself in 1:50."
CASES: dict[str, tuple[RolloutView, ...]] = {
    "slow": (rolling.baking(rolling.SLOW), *rolling.HISTORY),
    "fine": (rolling.baking(), *rolling.HISTORY),
    "held": (rolling.held(),),
    "failed": (rolling.failed(),),
    "history": rolling.HISTORY,
    "none": (),
}


def engine(
    *rollouts: RolloutView,
    answers: tuple[tuple[Query, Plan], ...] = (),
    outcomes: tuple[tuple[Intent, Outcome], ...] = (),
) -> RecordedEngine:
    return recording(fleet(12), rolling.heard(*rollouts), answers=answers, outcomes=outcomes)


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("view", "line"),
    [
        (None, "no rollout is known here"),
        (
            rolling.baking(rolling.SLOW),
            WORSE,
        ),
        (
            rolling.baking(rolling.SLOW[:2]),
            f"{WORSE.partition(',')[0]}. Undoes itself in 1:50 unless it recovers.",
        ),
        (rolling.baking(), "bot 9f2c41de on 2 of 12: no worse than the others. Bake ends in 1:50."),
        (rolling.held(), "bot 9f2c41de on 2 of 12 waits: ben looks at the logs"),
        (rolling.HISTORY[1], "bot: reverted: back to 77aa01bc everywhere: gate p95 failed"),
    ],
)
def test_the_first_line_says_how_the_release_does_and_what_happens_next(view: RolloutView | None, line: str) -> None:
    assert deploy_words.sentence(view, EPOCH)[0] == line


def test_a_gate_without_enough_requests_is_called_neither_good_nor_bad() -> None:
    view = rolling.baking()
    unsure = tuple(replace(gate, verdict="inconclusive") for gate in view.gates if gate.name == "p95")
    assert "p95 cannot be judged yet" in deploy_words.sentence(replace(view, gates=unsure), EPOCH)[0]


def test_a_narrow_first_line_keeps_every_number() -> None:
    line = deploy_words.sentence(rolling.baking(rolling.SLOW), EPOCH, wide=False)[0]
    assert line == "9f2c41de on 2/12: p95 726 ms vs 208 ms, error ratio too. Undoes itself in 1:50."


def test_the_bar_says_what_goes_on_and_nothing_else() -> None:
    assert deploy_words.in_bar(rolling.HISTORY, EPOCH, wide=True) is None
    busy = (rolling.held(), rolling.baking(), *rolling.HISTORY)
    assert deploy_words.in_bar(busy[1:], EPOCH, wide=True) == ("bot 9f2c41de canary 2/12 baking 1:50", "accent")
    assert deploy_words.in_bar(busy, EPOCH, wide=False) == ("9f2c41de 2/12 +1", "warning")


def test_hosts_in_trouble_stand_first_and_those_never_reached_are_named() -> None:
    listed = deploy_rows.hosts(rolling.failed())
    assert [host.name for host in listed[:3]] == ["gpu-01", "web-08", "gpu-03"]
    assert listed[1].words == "no answer by SSH"


def test_of_many_waves_those_around_the_one_at_work_are_shown() -> None:
    view = rolling.baking()
    waves = tuple(replace(view.waves[2], name=str(n), state="kept" if n < 6 else "waiting") for n in range(10))
    lines = deploy_rows.panel(replace(view, waves=waves, gates=()), 80, 3)
    assert [line[0][0].split()[-1] for line in lines] == ["6", "7", "8"]


def test_what_a_host_prints_cannot_draw_on_the_screen() -> None:
    evil = RolloutStep("01", "blob", "\x1b[2Jgone", "failed", 1.0, '{"kind": "\x1b]0;x\x07"}', ("\x1b[31mred\r",))
    shown = "".join(part for passage in deploy_rows.step_passages(evil) for part, _ in passage.runs)
    assert "\x1b" not in shown
    assert "\r" not in shown


def test_the_step_that_failed_is_looked_at_first() -> None:
    steps = tuple(
        RolloutStep(name, "x", "", state) for name, state in (("1", "done"), ("2", "failed"), ("3", "waiting"))
    )
    assert deploy_rows.leading(RolloutHost("a", 0, "failed", steps=steps)) == "2"
    assert deploy_rows.leading(RolloutHost("a", 0, "planned")) == ""


@pytest.mark.parametrize(
    ("word", "view", "why"),
    [
        ("next", rolling.baking(rolling.SLOW), "refused: p95 and error ratio fails"),
        ("next", rolling.baking(), ""),
        ("hold", rolling.held(), "it is paused"),
        ("undo", rolling.HISTORY[0], ""),
        ("undo", rolling.HISTORY[1], "it went back already"),
        ("hold", rolling.HISTORY[0], "no rollout goes on"),
        ("undo", None, "no rollout is known here"),
        ("deploy", None, ""),
    ],
)
def test_a_key_that_is_off_says_why(word: str, view: RolloutView | None, why: str) -> None:
    assert deploying.why_off(word, view) == why


# ---------------------------------------------------------------- the screen


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("case", CASES)
async def test_it_looks_as_it_did(case: str, size: str) -> None:
    async with opened(engine(*CASES[case]), SIZES[size]) as (app, pilot, _):
        await pilot.press("4")
        await settle(pilot)
        await looks(pilot, app, f"deploy-{case}-{size}")


async def until(pilot: object, app: object, text: str) -> None:
    for _ in range(200):
        if text in words(app):  # type: ignore[arg-type]  # the application of `opened`
            return
        await pilot.pause(0.05)  # type: ignore[attr-defined]
    raise AssertionError(f"{text!r} is not on screen:\n{words(app)}")  # type: ignore[arg-type]


async def test_every_screen_says_in_its_bar_what_goes_on() -> None:
    async with opened(engine(*CASES["fine"])) as (app, pilot, _):
        for key in ("1", "enter", "4"):
            await pilot.press(key)
            await until(pilot, app, "2/12 baking 1:50")


async def test_enter_goes_from_rollout_to_host_to_step_and_esc_back_again() -> None:
    async with opened(engine(*CASES["slow"])) as (app, pilot, _):
        await pilot.press("4")
        await until(pilot, app, "gpu-03")
        await pilot.press("enter", "enter")
        await until(pilot, app, "the far runner was told")
        await until(pilot, app, "ready after 3 probes")
        await pilot.press("escape", "escape", "escape")
        await until(pilot, app, "WHAT CAME OF IT")
        assert isinstance(app.screen, DeployScreen)
        await pilot.press("q")
        await settle(pilot)
        assert not isinstance(app.screen, DeployScreen)


async def test_an_older_rollout_opens_from_the_history() -> None:
    async with opened(engine(*CASES["history"])) as (app, pilot, _):
        await pilot.press("4", "j", "enter")
        await until(pilot, app, "reverted: back to 77aa01bc everywhere")
        await until(pilot, app, "WAVE 1 canary")


async def test_hold_asks_nobody() -> None:
    view = rolling.baking()
    hold = HoldRollout(view.id)
    async with opened(engine(view, outcomes=((hold, Outcome(done=True, words="bot waits")),))) as (app, pilot, _):
        await pilot.press("4", "H")
        await settle(pilot)
        assert "bot waits" in said(app)


@pytest.mark.parametrize(
    ("key", "asked", "view"),
    [
        ("U", ("deploy", "undo", "bot"), rolling.baking(rolling.SLOW)),
        ("W", ("deploy", "next", "20261124T030922-bot-9f2c"), rolling.baking()),
        (
            "W",
            ("deploy", "resume", "20261124T030922-bot-9f2c"),
            replace(rolling.held(), state="interrupted", code=None),
        ),
    ],
)
async def test_a_key_that_acts_shows_its_plan_and_enter_alone_does_nothing(
    key: str, asked: tuple[str, ...], view: RolloutView
) -> None:
    plan = Plan(
        "1", f"{asked[1].upper()} bot", ("gpu-03",), ("back",), "", f"clawtui {' '.join(asked)}", "prod 1", False
    )
    outcomes = ((Apply("1", "prod 1"), Outcome(done=True, words="it was ordered")),)
    made = engine(view, answers=((PlanQuery(asked), plan),), outcomes=outcomes)
    async with opened(made) as (app, pilot, _):
        await pilot.press(key)
        await until(pilot, app, "type prod 1 to go")
        await pilot.pause(0.4)
        await pilot.press("enter")
        await settle(pilot)
        assert not any(isinstance(intent, Apply) for intent in made.done)
        await pilot.press(key)
        await until(pilot, app, "type prod 1 to go")
        await pilot.pause(0.4)
        await pilot.press(*"prod", "space", "1", "enter")
        await until(pilot, app, "all rollouts")
        assert Apply("1", "prod 1") in made.done
        assert isinstance(app.screen, DeployScreen)


async def test_next_is_off_while_a_gate_says_no() -> None:
    made = engine(rolling.baking(rolling.SLOW))
    async with opened(made) as (app, pilot, _):
        await pilot.press("4", "W")
        await settle(pilot)
        assert not any(isinstance(query, PlanQuery) for query in made.asked)
        assert "next wave" not in rows(app)[-1]


async def test_deploy_asks_for_the_folder_and_offers_the_last_one() -> None:
    made = engine(*CASES["fine"])
    async with opened(made) as (app, pilot, _):
        await pilot.press("4", "D")
        await until(pilot, app, "/home/ana/bot")
        await pilot.press("space", *"gpu-03", "enter")
        for _ in range(100):
            if PlanQuery(("deploy", "apply", "/home/ana/bot", "gpu-03")) in made.asked:
                break
            await pilot.pause(0.05)
        assert PlanQuery(("deploy", "apply", "/home/ana/bot", "gpu-03")) in made.asked


async def test_time_that_stands_still_holds_the_rollout_too() -> None:
    view = rolling.baking()
    made = engine(view)
    async with opened(made) as (app, pilot, _):
        await pilot.press("4", "p")
        await settle(pilot)
        from clawtui_screens.messages import RolloutsSeen

        app.post_message(RolloutsSeen((rolling.held(),)))
        await settle(pilot)
        assert "no worse than the others" in words(app)
        await pilot.press("p")
        await until(pilot, app, "ben looks at the logs")


async def test_charts_of_a_host_carry_its_deploys() -> None:
    view = rolling.baking()
    name = next(iter(fleet(12).hosts)).name
    turned = tuple(changed_host(host, name) if host.name == "gpu-03" else host for host in view.hosts)
    async with opened(engine(replace(view, hosts=turned))) as (app, pilot, _):
        await pilot.press("slash", *name, "enter", "enter")
        await until(pilot, app, "9f2c41de (ana)")


def changed_host(host: RolloutHost, name: str) -> RolloutHost:
    """The same under the name of a host that the made-up fleet has."""
    return replace(host, name=name)


@pytest.mark.parametrize(("key", "word"), [("R", "restart"), ("X", "drain"), ("Z", "undrain")])
async def test_a_service_of_the_host_under_the_cursor_is_restarted_drained_and_let_in_again(
    key: str, word: str
) -> None:
    made = engine(*CASES["slow"])
    async with opened(made) as (_, pilot, _):
        await pilot.press("4", "j", key)
        await asked(pilot, made, ("service", word, "gpu-11", "bot"))


async def test_of_several_services_one_is_chosen_first() -> None:
    rows_of = fleet(12)
    name = rows_of.hosts[0].name
    several = front_changed(rows_of, name, services=(ServiceView("bot", State.OK), ServiceView("model", State.OK)))
    made = recording(several, rolling.heard())
    async with opened(made) as (app, pilot, _):
        await pilot.press("slash", *name, "enter", "R")
        await until(pilot, app, "restart which service?")
        await pilot.press("s")
        await asked(pilot, made, ("service", "restart", name, "model"))


async def asked(pilot: object, made: RecordedEngine, plan: tuple[str, ...]) -> None:
    for _ in range(200):
        if PlanQuery(plan) in made.asked:
            return
        await pilot.pause(0.05)  # type: ignore[attr-defined]
    raise AssertionError(made.asked)
