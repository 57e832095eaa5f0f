"""Cell text of the two painters and of the frame around them."""

import math
from dataclasses import replace

import pytest

from clawtui_screens.widgets.chart_braille import BraillePainter
from clawtui_screens.widgets.chart_canvas import Grid, Painter, Role, Stroke
from clawtui_screens.widgets.chart_frame import Mark, Plot, compose, moment_at, plot_area, steady
from clawtui_screens.widgets.chart_plotext import PlotextPainter, read
from clawtui_screens.widgets.chart_series import Series

PAINTERS: list[Painter] = [BraillePainter(), PlotextPainter()]
BOTH = pytest.mark.parametrize("painter", PAINTERS, ids=["own", "plotext"])
T0 = 1_795_000_000.0


def series(values: list[float | None], step_s: float = 6.0) -> Series:
    return Series(
        tuple(T0 + i * step_s for i in range(len(values))), tuple(values), tuple(values), tuple(values), step_s
    )


def plot(values: list[float | None], **changes: object) -> Plot:
    made = Plot("p95", "ms", T0, T0 + 1800, series(values), "812 ms", "▲ OVER limit 500 ms", over=True, limit=500.0)
    return replace(made, **changes)  # type: ignore[arg-type]  # names are checked by replace itself


def roles(grid: Grid) -> set[Role]:
    return {Role(r) for row in grid.roles for r in row}


@BOTH
def test_a_dot_lands_in_its_own_cell_and_place(painter: Painter) -> None:
    for x in range(6):
        for y in range(12):
            grid = painter.paint([Stroke(Role.LINE, ((x, y),))], 3, 3)
            bits = [(i, j) for j, row in enumerate(grid.cells) for i, c in enumerate(row) if c != " "]
            assert bits == [(x // 2, 2 - y // 4)], (x, y)
            assert grid.roles[2 - y // 4][x // 2] == Role.LINE


@BOTH
def test_a_level_line_fills_its_row(painter: Painter) -> None:
    assert painter.paint([Stroke(Role.LINE, ((0, 2), (7, 2)))], 4, 2).text() == ["    ", "⠒⠒⠒⠒"]


@BOTH
def test_thick_is_two_dots(painter: Painter) -> None:
    assert painter.paint([Stroke(Role.OVER, ((0, 2), (7, 2)), thick=True)], 4, 2).text()[1] == "⠛⠒⠒⠛".replace("⠒", "⠛")


@BOTH
def test_points_of_an_overlay_are_not_joined(painter: Painter) -> None:
    grid = painter.paint([Stroke(Role.MEDIAN, ((0, 2), (7, 2)), joined=False)], 4, 2)
    assert grid.text()[1][1:3] == "  "
    assert grid.text()[1].strip()


@BOTH
def test_a_cell_shared_by_two_curves_takes_the_worse_one(painter: Painter) -> None:
    grid = painter.paint([Stroke(Role.LINE, ((0, 2), (3, 2))), Stroke(Role.OVER, ((0, 3), (3, 3)))], 2, 2)
    assert set(grid.roles[1]) == {Role.OVER}


@BOTH
def test_what_lies_outside_is_dropped(painter: Painter) -> None:
    assert "".join(painter.paint([Stroke(Role.LINE, ((900, 900), (901, 900)))], 4, 2).text()).strip() == ""


def test_both_painters_draw_the_same_level_parts() -> None:
    strokes = [Stroke(Role.LINE, ((0, 0), (20, 0))), Stroke(Role.OVER, ((21, 30), (79, 30)), thick=True)]
    own, plotext = (painter.paint(strokes, 40, 8) for painter in PAINTERS)
    assert own.text() == plotext.text()
    assert own.roles == plotext.roles


def test_plotexts_colours_are_read_back_as_roles() -> None:
    grid = read("\x1b[0m \x1b[0m\x1b[38;5;4m⠒\x1b[0m\x1b[38;5;3m⠒\x1b[0m \n", 4, 1)
    assert grid.text() == [" ⠒⠒ "]
    assert list(grid.roles[0]) == [Role.BLANK, Role.OVER, Role.LINE, Role.BLANK]


def test_plotext_is_not_limited_to_the_terminal_it_runs_in() -> None:
    grid = PlotextPainter().paint([Stroke(Role.LINE, ((0, 0), (799, 399)))], 400, 100)
    assert grid.cells[0][399] != " "
    assert grid.cells[99][0] != " "


def test_ascii_says_the_same_in_letters() -> None:
    ascii_only = BraillePainter(ascii_only=True)
    text = "\n".join(compose(plot([100.0] * 150 + [800.0] * 150), ascii_only, 58, 9, ascii_only=True).text())
    assert text.replace("▲", "^").isascii()
    assert "#" in text
    assert "limit" in text


@BOTH
def test_the_threshold_is_drawn_dashed_and_named_even_far_from_the_data(painter: Painter) -> None:
    grid = compose(plot([20.0] * 300, over=False), painter, 59, 15)
    dashed = [row for row in grid.text() if "╌" in row]
    assert len(dashed) == 1
    assert dashed[0].count("╌") > 30
    assert dashed[0].rstrip("│").endswith(" limit ")
    assert "500┤" in dashed[0]


@BOTH
def test_beyond_the_limit_the_curve_has_its_own_role_and_the_title_says_it_in_words(painter: Painter) -> None:
    grid = compose(plot([100.0] * 150 + [800.0] * 150), painter, 59, 15)
    assert Role.OVER in roles(grid)
    assert "OVER limit 500 ms" in grid.text()[0]
    calm = compose(plot([100.0] * 300, over=False, verdict="● limit 500 ms"), painter, 59, 15)
    assert not roles(calm) & {Role.OVER, Role.ALARM}


@BOTH
def test_words_of_markers_never_lie_over_each_other_and_the_newest_has_them(painter: Painter) -> None:
    marks = tuple(Mark(T0 + at, f"event {number}") for number, at in enumerate((600, 630, 700, 1200)))
    grid = compose(replace(plot([20.0] * 300), marks=marks), painter, 59, 15)
    line = grid.text()[1]
    assert line.count("▾") == 4
    assert [word for word in ("event 0", "event 1", "event 2", "event 3") if word in line] == ["event 2", "event 3"]


@BOTH
def test_a_limit_from_below_marks_what_is_under_it(painter: Painter) -> None:
    low = plot([900e6] * 150 + [200e6] * 150, unit="bytes", limit=500e6, above=False)
    grid = compose(low, painter, 59, 15)
    over = [i for row in grid.roles for i, r in enumerate(row) if r == Role.OVER]
    assert min(over) > 25


@BOTH
def test_a_gap_is_blank_over_its_whole_width(painter: Painter) -> None:
    grid = compose(plot([100.0] * 100 + [None] * 100 + [100.0] * 100, limit=None), painter, 60, 15)
    left, top, columns, rows = plot_area(plot([100.0] * 100 + [None] * 100 + [100.0] * 100, limit=None), 60, 15)
    third = range(left + columns // 3 + 2, left + 2 * columns // 3 - 2)
    assert all(grid.cells[y][x] == " " for y in range(top, top + rows) for x in third)


@BOTH
def test_a_spike_of_one_sample_reaches_its_height(painter: Painter) -> None:
    values: list[float | None] = [10.0] * 300
    values[150] = 990.0
    grid = compose(plot(values, limit=None), painter, 60, 15)
    assert any(c not in " ┆" for c in grid.cells[1][6:-1])


@BOTH
def test_overlays_cursor_and_marks_have_their_places(painter: Painter) -> None:
    shown = plot(
        [100.0] * 300, over=False, median=series([300.0] * 60, 30.0), yesterday=series([200.0] * 300),
        cursor=T0 + 900, marks=(Mark(T0 + 600, "v2.4.1"),),
    )  # fmt: skip
    grid = compose(shown, painter, 60, 15)
    assert {Role.MEDIAN, Role.YESTERDAY, Role.CURSOR, Role.MARK} <= roles(grid)
    assert "▾v2.4.1" in grid.text()[1]


def test_a_curve_over_its_limit_is_thicker_so_that_colour_is_not_the_only_sign() -> None:
    calm = compose(plot([600.0] * 300, limit=None), BraillePainter(), 60, 15)
    over = compose(plot([600.0] * 300), BraillePainter(), 60, 15)

    def dots(grid: Grid) -> int:
        return sum((ord(c) - 0x2800).bit_count() for row in grid.cells for c in row if 0x2800 <= ord(c) < 0x2900)

    assert dots(over) >= 1.9 * dots(calm)


def test_a_note_stands_in_words_on_the_chart() -> None:
    grid = compose(plot([], note="no history: the agent is dead"), BraillePainter(), 60, 12)
    assert any("no history: the agent is dead" in row for row in grid.text())


def test_a_stale_chart_shows_nothing_as_current() -> None:
    assert not roles(compose(plot([100.0] * 300, over=False, dim=True), BraillePainter(), 60, 12)) & {
        Role.LINE,
        Role.TEXT,
    }


@pytest.mark.parametrize("width", [0, 1, 5, 11, 12, 29, 30, 58, 118, 250])
@pytest.mark.parametrize("height", [0, 1, 3, 4, 7, 8, 15, 60])
def test_every_size_is_exactly_filled(width: int, height: int) -> None:
    grid = compose(plot([100.0, 900.0] * 150), BraillePainter(), width, height)
    assert [len(row) for row in grid.text()] == [width] * height


def test_a_column_always_holds_the_same_seconds_while_time_goes_on() -> None:
    first, second = plot([]), replace(plot([]), start=T0 + 1, end=T0 + 1801)
    a, b = steady(first, 51), steady(second, 51)
    assert a[1] >= first.end
    assert (b[1] - a[1]) % (1800 / 51) == pytest.approx(0, abs=1e-3) or math.isclose(a[1], b[1])


def test_the_moment_under_a_column_is_inside_the_window_and_none_beside_it() -> None:
    shown = plot([100.0] * 300)
    left, _, columns, _ = plot_area(shown, 59, 15)
    assert moment_at(shown, 59, 15, left - 1) is None
    assert moment_at(shown, 59, 15, left + columns) is None
    middle = moment_at(shown, 59, 15, left + columns // 2)
    assert middle is not None
    assert abs(middle - (T0 + 900)) < 60
