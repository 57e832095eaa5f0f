"""A terminal counts cells: names in any script keep the columns beside them in their place."""

import pytest
from msgspec.structs import replace
from rich.cells import cell_len

from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.boundary.value import State
from clawtui_screens.cells import fitted, shortened, wrapped
from clawtui_screens.widgets.chart_canvas import Grid, Role
from tests.screens.front import SIZES, changed, fleet, opened, recording, rows

NAMES = (
    "日本語のとても長いホスト名その一",
    "e\u0301te\u0301-re\u0301gion-e\u0301lysee-01",
    "münchen-gpu-07.example.de",
    "gpu-node-eu-central-1a-0001",
    "가나다라",
    "2001:db8:85a3:8d3:1319:8a2e:370:7348",
    "x",
)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cells", range(16))
def test_words_take_exactly_the_cells_they_are_given(name: str, cells: int) -> None:
    assert cell_len(fitted(name, cells)) == cells
    assert cell_len(fitted(name, cells, right=True)) == cells


def test_a_name_that_is_cut_keeps_both_ends() -> None:
    assert shortened("gpu-node-eu-central-1a-0001", 14) == "gpu-nod…a-0001"
    assert shortened("e\u0301te\u0301-01", 5).endswith("01")


def test_lines_break_at_blanks_and_inside_words_that_are_too_long() -> None:
    lines = wrapped("日本語の ホスト名がとても長い abc", 8)
    assert all(cell_len(line) <= 8 for line in lines)
    assert "".join(lines).replace(" ", "") == "日本語のホスト名がとても長いabc"


def test_a_grid_gives_a_wide_letter_two_cells_and_a_mark_none() -> None:
    grid = Grid(8, 1)
    grid.put(0, 0, "日e\u0301x", Role.TEXT)
    assert cell_len(grid.text()[0]) == 8
    assert grid.text()[0].startswith("日e\u0301x")


def strange() -> dict[str, HostView]:
    frame = fleet(len(NAMES), trouble=False)
    return {name: replace(view, name=name) for name, view in zip(NAMES, frame.hosts, strict=True)}


@pytest.mark.parametrize("size", SIZES)
async def test_columns_stay_aligned_whatever_script_names_are_written_in(size: str) -> None:
    frame = replace(fleet(len(NAMES), trouble=False), hosts=tuple(strange().values()))
    async with opened(recording(frame), SIZES[size]) as (app, pilot, _):
        table = [line for line in rows(app) if line[1:2] == "●"]
        assert len(table) == len(NAMES)
        assert len({cell_len(line[: line.index(" ok")]) for line in table}) == 1
        assert all(cell_len(line) <= SIZES[size][0] for line in rows(app))
        await pilot.press("y", "enter")
        await pilot.pause()
        assert all(cell_len(line) <= SIZES[size][0] for line in rows(app))


async def test_the_cursor_finds_a_name_in_another_script_and_its_row_is_copied_whole() -> None:
    frame = replace(fleet(len(NAMES), trouble=False), hosts=tuple(strange().values()))
    async with opened(recording(frame)) as (app, pilot, _):
        copied: list[str] = []
        app.copy_to_clipboard = copied.append  # type: ignore[method-assign]
        await pilot.press("slash", *"日本語", "enter", "y")
        await pilot.pause()
        assert copied == [f"{NAMES[0]} ok 4m10"]


@pytest.mark.parametrize("size", SIZES)
async def test_badges_are_words_at_every_width(size: str) -> None:
    badges = ("agentless", "behind", "drifted")
    frame = changed(fleet(6, trouble=False), "gpu-003", badges=badges, state=State.OK)
    async with opened(recording(frame), SIZES[size]) as (app, _, _):
        row = next(line for line in rows(app) if "gpu-003" in line)
        assert " ".join(badges) in row
