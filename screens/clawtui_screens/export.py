"""What is shown, as a file: text as on the screen, CSV, or one JSON object a line; nothing is rounded and nothing overwritten."""

import csv
import io
import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from clawtui.clean import clean
from clawtui.errors import ClawtuiError, Refused

Cell = str | float | int | bool | None
FORMULA = ("=", "+", "-", "@")
"""A spreadsheet would run text that begins like this; such text comes from hosts, so it gets an apostrophe."""


class Format(StrEnum):
    """What `Y` offers; svg is a picture that the application makes itself."""

    TXT = "txt"
    CSV = "csv"
    JSONL = "jsonl"
    SVG = "svg"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as they stand on a screen; None is unknown."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    # lines above the table in a text: the sentence, the window, the moment


def text_of(table: Table, form: Format) -> str:
    """The whole file."""
    match form:
        case Format.TXT:
            return txt(table)
        case Format.CSV:
            return csv_text(table)
        case Format.JSONL:
            return jsonl(table)
        case Format.SVG:
            raise Refused("a table is no picture: choose txt, csv or jsonl")


def txt(table: Table) -> str:
    """Aligned columns: numbers to the right, unknown as a dash."""
    words = [[_words(cell) for cell in row] for row in table.rows]
    heads = [clean(c) for c in table.columns]
    widths = [max([len(h), *(len(row[i]) for row in words)]) for i, h in enumerate(heads)]
    right = [bool(table.rows) and all(not isinstance(row[i], str) for row in table.rows) for i in range(len(heads))]

    def line(cells: list[str]) -> str:
        return "  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(cells, widths, right, strict=True)).rstrip()

    return "\n".join([clean(table.title), *map(clean, table.notes), line(heads), *map(line, words)]) + "\n"


def csv_text(table: Table) -> str:
    """RFC 4180 with a header line; unknown is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(c) for c in table.columns])
    writer.writerows([[_safe(_known(cell)) for cell in row] for row in table.rows])
    return out.getvalue()


def jsonl(table: Table) -> str:
    """One object a row, keys are the columns; unknown is null."""
    rows = (dict(zip(table.columns, map(_known, row), strict=True)) for row in table.rows)
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


def stamp(moment: float) -> str:
    """RFC 3339 in UTC, to the millisecond where there is one."""
    at = datetime.fromtimestamp(moment, UTC)
    return at.isoformat(timespec="milliseconds" if at.microsecond >= 500 else "seconds").replace("+00:00", "Z")


def file_name(what: str, moment: float, form: Format) -> str:
    """A name that sorts by time and is safe in every shell: `clawtui-gpu-03-20261122T030810Z.csv`."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in what).strip("._-") or "screen"
    return f"clawtui-{safe[:80]}-{datetime.fromtimestamp(moment, UTC):%Y%m%dT%H%M%SZ}.{form}"


def save(path: Path, text: str) -> Path:
    """Write a new file; one that is there already is refused, never overwritten."""
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError as e:
        raise Refused(f"{path} exists already: move it away or choose another name") from e
    except OSError as e:
        raise ClawtuiError(f"{path} could not be written: {e.strerror or e}") from e
    return path


def save_beside(path: Path, text: str) -> Path:
    """Write a new file under this name, or under the next free one: `name-2.csv`."""
    for n in range(1, 1000):
        candidate = path if n == 1 else path.with_name(f"{path.stem}-{n}{path.suffix}")
        try:
            return save(candidate, text)
        except Refused:
            continue
    raise Refused(f"{path} and 998 names beside it exist already: clear the folder first")


def _known(cell: Cell) -> Cell:
    if isinstance(cell, float) and not math.isfinite(cell):
        return None
    return clean(cell) if isinstance(cell, str) else cell


def _words(cell: Cell) -> str:
    known = _known(cell)
    return "—" if known is None else known if isinstance(known, str) else json.dumps(known)


def _safe(cell: Cell) -> Cell:
    if isinstance(cell, str) and cell.startswith(FORMULA) and not cell[1:2].isdigit():
        return f"'{cell}"
    return cell
