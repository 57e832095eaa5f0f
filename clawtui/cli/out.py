"""Where answers go: exact in a pipe; on a terminal cleaned, with restrained colour unless NO_COLOR is set."""

import shutil
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from clawtui.clean import clean
from clawtui.cli.width import cut, width

COLOURS = {"bad": "31", "warn": "33", "good": "32", "dim": "2", "bold": "1", "accent": "36"}


@dataclass(frozen=True, slots=True)
class Out:
    """Standard output and what it is."""

    stream: BinaryIO
    terminal: bool = False
    colour: bool = False
    width: int = 100

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Out":
        """The process's own standard output."""
        terminal = sys.stdout.isatty()
        colour = terminal and not environ.get("NO_COLOR") and environ.get("TERM", "dumb") != "dumb"
        return cls(sys.stdout.buffer, terminal, colour, shutil.get_terminal_size((100, 24)).columns)

    def line(self, text: str = "", *, look: str = "") -> None:
        """One line of our own words; `look` is a key of COLOURS."""
        self.raw((self.paint(text, look) + "\n").encode("utf-8", "replace"))

    def paint(self, text: str, look: str) -> str:
        """Text in a colour where there is colour; on a terminal also made harmless."""
        shown = clean(text) if self.terminal else text
        return f"\x1b[{COLOURS[look]}m{shown}\x1b[0m" if look and self.colour else shown

    def raw(self, data: bytes) -> None:
        """Exact bytes."""
        self.stream.write(data)
        self.stream.flush()

    def json(self, document: object) -> None:
        """One JSON document, indented for eyes, on one line for pipes."""
        import json

        self.line_raw(json.dumps(document, indent=2 if self.terminal else None, ensure_ascii=self.terminal))

    def line_raw(self, text: str) -> None:
        """One line that is not to be coloured or cleaned: JSON, or a script."""
        self.raw(text.encode("utf-8", "surrogateescape") + b"\n")

    def table(self, head: tuple[str, ...], rows: Iterable[tuple[str, ...]], looks: Iterable[str] = ()) -> None:
        """Aligned columns; the last one is not padded. `looks` colours whole rows."""
        table = [head, *rows]
        if self.terminal:  # before widths are taken: what is made harmless may become wider
            table = [tuple(clean(cell) for cell in row) for row in table]
        widths = [max(width(row[i]) for row in table) for i in range(len(head) - 1)]
        paints = ["dim", *looks]
        for number, row in enumerate(table):
            cells = [cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=False)]
            text = "  ".join([*cells, row[-1]]).rstrip()
            if self.terminal:
                text = cut(text, self.width)
            self.line(text, look=paints[number] if number < len(paints) else "")


def say(text: str) -> None:
    """One sentence on standard error, or one a line where there are several."""
    for line in text.split("\n"):
        shown = clean(line) if sys.stderr.isatty() else line
        sys.stderr.write(f"clawtui: {shown}\n")
    sys.stderr.flush()
