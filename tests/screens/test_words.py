"""Values become words, rows find their place, lines are understood: everything pure."""

from datetime import UTC

import pytest
from msgspec.structs import replace
from textual.color import Color

from clawtui.engine.boundary.actions import Action
from clawtui.engine.boundary.value import State
from clawtui.errors import UsageError
from clawtui_screens import look, order, text, verbs
from clawtui_screens.arrangement import Arrangement
from clawtui_screens.handover import handover
from clawtui_screens.look import ASCII, THEMES, UNICODE, Tone, glyphs
from clawtui_screens.matching import matcher
from clawtui_screens.order import Rows, arranged, held, moves
from clawtui_screens.picture import NOTHING_KNOWN
from clawtui_screens.promptline import agreed
from clawtui_screens.title import title_of, title_sequence
from clawtui_screens.trail import Trail
from clawtui_screens.widgets.spark import spark, thinned
from tests.screens.front import EPOCH, fleet


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.714, "ratio", "71 %"), (0.021, "ratio", "2.1 %"), (0.0004, "ratio", "0.04 %"), (0.05, "ratio", "5 %"),
        (0.00003, "ratio", "<0.01 %"), (0.0, "ratio", "0 %"), (0.0997, "ratio", "10 %"), (0.00006, "ratio", "0.01 %"),
        (0.812, "s", "812 ms"), (0.0004, "s", "0.4 ms"), (250.0, "s", "4m10"), (500e6, "bytes", "500 MB"),
        (1.2e9, "bytes", "1.2 GB"), (88.0, "1/s", "88/s"), (5310.0, "count", "5,310"), (1.0, "bool", "yes"), (None, "s", "—"),
    ],
)  # fmt: skip
def test_a_measure_reads_as_people_say_it(value: float | None, unit: str, words: str) -> None:
    assert text.measure(value, unit) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(41, "41s"), (250, "4m10"), (11_100, "3h05"), (187_200, "2d04"), (None, "—"), (-3, "0s")]
)
def test_a_length_of_time_has_two_parts(seconds: float | None, words: str) -> None:
    assert text.lasting(seconds) == words


@pytest.mark.parametrize(
    ("back", "words"),
    [(60, "02:47:00"), (3 * 86_400, "11-15 02:48"), (390 * 86_400, "2025-10-24 02:48")],
)
def test_a_moment_of_another_day_has_its_date(back: float, words: str) -> None:
    now = 1_794_970_080.0
    assert text.moment(now - back, now) == words


def test_worst_stands_first_and_healthy_hosts_fold_beyond_the_limit() -> None:
    hosts = {view.name: view for view in fleet(42).hosts}
    rows = arranged(hosts, Arrangement(fold=30))
    assert rows.keys[0] == ("host", "gpu-007")
    assert rows.keys[-1] == (order.FOLD, "")
    assert len(rows.folded[""]) == 35
    assert len(arranged(hosts, Arrangement(fold=42)).keys) == 42


def test_unknown_numbers_sort_last_whichever_way_round() -> None:
    hosts = {view.name: view for view in fleet(12).hosts}
    for reverse in (False, True):
        rows = arranged(hosts, Arrangement(sort="cpu", reverse=reverse))
        assert rows.keys[-1] == ("host", "gpu-007")


def test_groups_have_headings_and_the_worst_group_stands_first() -> None:
    hosts = {view.name: view for view in fleet(12).hosts}
    rows = arranged(hosts, Arrangement(group="site"))
    assert [key for key in rows.keys if key[0] == order.GROUP] == [(order.GROUP, "eu"), (order.GROUP, "us")]


def test_ground_that_holds_still_drops_only_what_is_gone() -> None:
    hosts = {view.name: view for view in fleet(4, trouble=False).hosts}
    before = arranged(hosts, Arrangement())
    hosts["gpu-004"] = replace(hosts["gpu-004"], state=State.DOWN)
    del hosts["gpu-001"]
    rows, moving = held(before, arranged(hosts, Arrangement()), hosts)
    assert [name for _, name in rows.keys] == ["gpu-002", "gpu-003", "gpu-004"]
    assert moving == 1
    assert moves((), ()) == 0
    assert Rows().keys == ()


@pytest.mark.parametrize(
    ("words", "names"),
    [("gpu-00[12]", []), ("gpu-001,gpu-002", ["gpu-001", "gpu-002"]), ("gpu-01*", ["gpu-010", "gpu-011", "gpu-012"]),
     ("site=us,!gpu-00*", ["gpu-010", "gpu-012"]), ("state=down", ["gpu-007"]), ("P95", ["gpu-003", "gpu-011"])],
)  # fmt: skip
def test_a_filter_speaks_the_selector_grammar_or_any_words(words: str, names: list[str]) -> None:
    means = matcher(words)
    assert [view.name for view in fleet(12).hosts if means(view)] == names


def test_a_line_is_parsed_as_the_command_line_would() -> None:
    assert verbs.parse("clawtui run 'web*' -- uptime").words == ("run", "web*", "--", "uptime")
    assert verbs.parse("doctor web-1") == verbs.Command("doctor", ("web-1",))
    for wrong in ("", "host", "run 'unclosed"):
        with pytest.raises(UsageError):
            verbs.parse(wrong)


def test_lines_complete_verbs_hosts_and_groups() -> None:
    assert verbs.completions("do", [], []) == ["doctor"]
    assert verbs.completions("run we", ["web-1", "db-1"], ["web"]) == ["run web-1"]
    assert verbs.completions("run web-1,d", ["web-1", "db-1"], []) == ["run web-1,db-1"]
    assert verbs.completions("agent in", [], []) == ["agent install"]
    assert verbs.completions("run web-1 -- up", ["uptown"], []) == []
    assert agreed(["run web-1", "run web-2"], "run w") == "run web-"


def test_the_trail_walks_both_ways_and_remembers_the_last_view() -> None:
    trail = Trail().visit("a").visit("b")
    assert (trail.here, trail.last) == ("b", "a")
    assert trail.walk(-1).here == "a"
    assert trail.walk(-1).walk(1).here == "b"
    assert trail.walk(-1).visit("c").places == ("", "a", "c")


def test_the_handover_is_three_lines_without_anything_raw() -> None:
    picture = NOTHING_KNOWN.after(fleet(12), EPOCH)
    act = Action(EPOCH, "ana", "x", "run", ("a",), "clawtui run a -- \x1b[31mid", (), "ok")
    lines = handover(picture, [act], EPOCH - 60, EPOCH, UTC, ASCII)
    assert len(lines) == 3
    assert "\x1b" not in "".join(lines)
    assert "run ok" in lines[1]
    assert "gpu-007 DOWN" in lines[2]


def test_the_title_counts_what_is_wrong_and_cannot_be_broken_out_of() -> None:
    picture = NOTHING_KNOWN.after(fleet(12), EPOCH)
    assert title_of(picture, UNICODE) == "✗2 ▲2 synthetic"
    assert title_sequence("a\x07\x1b]52;c;x") == "\x1b]2;a\ufffd\ufffd]52;c;x\x07"


def test_a_spark_keeps_the_worst_of_each_step_and_colours_what_is_past_the_limit() -> None:
    assert thinned([1, 9, 1, 2], 2) == [9, 2]
    assert thinned([None, 1], 3) == [None, None, 1]
    runs = spark([0.1, 0.1, 0.9], 3, UNICODE, limit=0.5)
    assert [tone for _, tone in runs] == [Tone.DIM, Tone.WARNING]


def test_every_state_has_a_glyph_a_word_and_a_colour_in_both_tables() -> None:
    for state in State:
        assert len(UNICODE.states[state]) == len(ASCII.states[state]) == 1
        assert ASCII.states[state].isascii()
        assert look.state_word(state)
        assert look.state_tone(state)
    assert glyphs("auto", "UTF-8") is UNICODE
    assert glyphs("auto", "ANSI_X3.4-1968") is ASCII
    assert ASCII.fit("p95 ≤ 500 — “x” …").isascii()


@pytest.mark.parametrize("theme", [theme for theme in THEMES if not theme.ansi], ids=lambda theme: theme.name)
def test_every_colour_is_readable_on_its_ground(theme: object) -> None:
    assert isinstance(theme, type(THEMES[0]))
    ground = Color.parse(theme.variables["ground"])
    for colour in (
        theme.error,
        theme.warning,
        theme.accent,
        *(theme.variables[n] for n in ("stale", "ok", "dim", "plain")),
    ):
        assert _contrast(Color.parse(colour or ""), ground) >= 4.5, f"{theme.name}: {colour}"


def _contrast(one: Color, other: Color) -> float:
    """WCAG 2.1 contrast ratio."""

    def light(colour: Color) -> float:
        parts = [part / 255 for part in (colour.r, colour.g, colour.b)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = max(light(one), light(other)), min(light(one), light(other))
    return (bright + 0.05) / (dark + 0.05)
