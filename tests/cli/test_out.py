"""Tables stand straight in every script, and whatever hosts call themselves."""

import io

import pytest

from clawtui.cli.out import Out
from clawtui.cli.width import cut, width

NAMES = ("web-1", "ｗｅｂ-日本語", "café-1", "u\u0308ber", "a\u202eb", "b\x07c", "zero\u200bwidth", "한국어")


def lines(terminal: bool) -> list[str]:
    stream = io.BytesIO()
    out = Out(stream, terminal=terminal, width=60)
    out.table(("NAME", "STATE"), [(name, f"|{name}") for name in NAMES])
    return stream.getvalue().decode().splitlines()


@pytest.mark.parametrize("terminal", [True, False])
def test_the_second_column_begins_at_the_same_cell_for_every_name(terminal: bool) -> None:
    starts = {width(line[: line.index("|")]) for line in lines(terminal)[1:]}
    assert len(starts) == 1


def test_a_terminal_gets_nothing_that_moves_its_cursor() -> None:
    assert all(line.isprintable() for line in lines(True))


def test_a_wide_letter_is_never_cut_in_two() -> None:
    assert [cut("日本語", cells) for cells in (6, 5, 4, 3)] == ["日本語", "日本…", "日…", "日…"]
