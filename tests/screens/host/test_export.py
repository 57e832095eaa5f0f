"""Exports hold exactly what is shown, and never overwrite."""

import csv
import io
import json
from pathlib import Path

import pytest

from clawtui.errors import ClawtuiError, Refused
from clawtui_screens.export import (
    Format,
    Table,
    csv_text,
    file_name,
    jsonl,
    save,
    save_beside,
    stamp,
    text_of,
    txt,
)
from clawtui_screens.host_tables import series_table
from clawtui_screens.widgets.chart_series import Series

NASTY = '=cmd|" /c calc"!A1,\x1b]52;c;AAAA\x07\nsecond line'
TABLE = Table("hosts", ("host", "cpu", "why"), (("a", 0.7130000001, "ok"), ("b", None, NASTY)), ("1 host down",))


def test_csv_reads_back_to_the_very_numbers() -> None:
    rows = list(csv.reader(io.StringIO(csv_text(TABLE))))
    assert rows[0] == ["host", "cpu", "why"]
    assert float(rows[1][1]) == 0.7130000001
    assert rows[2][1] == ""


def test_text_from_hosts_is_neither_a_formula_nor_an_escape_nor_a_second_line() -> None:
    why = list(csv.reader(io.StringIO(csv_text(TABLE))))[2][2]
    assert why.startswith("'=cmd")
    for text in (csv_text(TABLE), txt(TABLE), jsonl(TABLE)):
        assert "\x1b" not in text
        assert "\x07" not in text
        assert len([line for line in text.splitlines() if "second line" in line]) == 1


def test_a_negative_number_is_no_formula() -> None:
    assert csv_text(Table("", ("a",), ((-1.5,), ("-6m",)))).split() == ["a", "-1.5", "-6m"]


def test_jsonl_keeps_numbers_and_null() -> None:
    first, second = (json.loads(line) for line in jsonl(TABLE).splitlines())
    assert first == {"host": "a", "cpu": 0.7130000001, "why": "ok"}
    assert second["cpu"] is None


def test_a_number_that_is_none_is_never_nan() -> None:
    odd = Table("", ("x",), ((float("nan"),), (float("inf"),)))
    assert jsonl(odd) == '{"x": null}\n{"x": null}\n'
    assert csv_text(odd) == 'x\r\n""\r\n""\r\n' or csv_text(odd).splitlines()[1:] == ['""', '""']


def test_the_text_is_aligned_and_begins_with_the_sentence() -> None:
    lines = txt(
        Table("gpu-03", ("metric", "value"), (("p95", 812.0), ("cpu", None)), ("p95 over 500 ms",))
    ).splitlines()
    assert lines == ["gpu-03", "p95 over 500 ms", "metric  value", "p95     812.0", "cpu         —"]


def test_both_clocks_stand_beside_the_values() -> None:
    series = Series((0.0, 1.0), (1.0, None), (1.0, None), (1.0, None))
    table = series_table("gpu-03", {"cpu.busy": series}, offset_s=2.5, units={"cpu.busy": "ratio"})
    assert table.columns == ("time", "host_time", "cpu.busy (ratio)")
    assert table.rows[0] == ("1970-01-01T00:00:00Z", "1970-01-01T00:00:02.500Z", 1.0)
    assert table.rows[1][2] is None


def test_an_unknown_clock_is_null_and_thinned_curves_carry_their_extremes() -> None:
    thinned = Series((0.0,), (1.0,), (2.0,), (9.0,), 60.0)
    table = series_table("h", {"a": thinned, "b": Series((0.5,), (4.0,), (4.0,), (4.0,))}, offset_s=None)
    assert table.columns == ("time", "host_time", "a low", "a mean", "a high", "b")
    assert table.rows == ((stamp(0.0), None, 1.0, 2.0, 9.0, None), (stamp(0.5), None, None, None, None, 4.0))


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    path = save(tmp_path / "a.csv", "one")
    with pytest.raises(Refused, match="exists already"):
        save(path, "two")
    assert path.read_text() == "one"
    assert save_beside(path, "two").name == "a-2.csv"
    assert save_beside(path, "three").name == "a-3.csv"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ClawtuiError, match="nowhere"):
        save(tmp_path / "nowhere" / "a.csv", "x")


def test_file_names_are_safe_whatever_the_host_is_called() -> None:
    assert file_name("gpu-03", 0, Format.CSV) == "clawtui-gpu-03-19700101T000000Z.csv"
    assert file_name("../../etc/passwd", 0, Format.TXT) == "clawtui-etc_passwd-19700101T000000Z.txt"
    assert file_name("…", 0, Format.TXT).startswith("clawtui-screen-")


@pytest.mark.parametrize("form", [Format.TXT, Format.CSV, Format.JSONL])
def test_every_format_of_a_table_is_offered(form: Format) -> None:
    assert "ok" in text_of(TABLE, form)


def test_a_table_is_no_picture() -> None:
    with pytest.raises(Refused):
        text_of(TABLE, Format.SVG)
