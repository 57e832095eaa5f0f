"""What painters draw on: a grid of cells, each with a character and a role; colours come later, from the theme."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from clawtui_screens.cells import width_of

DOTS_X, DOTS_Y = 2, 4
"""Dots of one braille cell."""


class Role(IntEnum):
    """What a cell stands for; where two curves meet in one cell the higher one gives its colour."""

    BLANK = 0
    YESTERDAY = 1
    MEDIAN = 2
    LINE = 3
    OVER = 4
    LIMIT = 5
    CURSOR = 6
    MARK = 7
    AXIS = 8
    TEXT = 9
    DIM = 10
    ALARM = 11
    FOCUS = 12


@dataclass(frozen=True, slots=True)
class Stroke:
    """One unbroken piece of a curve, in dots: x from the left edge, y from the lower one."""

    role: Role
    points: tuple[tuple[int, int], ...]
    joined: bool = True
    # False: only the points, which tells an overlay from a curve where there is no colour
    thick: bool = False


class Grid:
    """Rows of cells, top row first; what is written outside is dropped."""

    __slots__ = ("cells", "height", "roles", "width")

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.cells = [[" "] * width for _ in range(height)]
        self.roles = [bytearray(width) for _ in range(height)]

    def put(self, x: int, y: int, text: str, role: Role) -> None:
        """Write text from cell x of row y to the right; a wide letter takes its cell and leaves the next one empty."""
        if not 0 <= y < self.height:
            return
        row, roles = self.cells[y], self.roles[y]
        for char in text:
            cells = width_of(char)
            if not cells and 0 < x <= self.width:  # a combining mark belongs to the letter before it
                row[x - 1] += char
            for i, part in enumerate((char, "")[:cells], x):
                if 0 <= i < self.width:
                    row[i], roles[i] = part, role
            x += cells

    def runs(self, y: int) -> list[tuple[str, Role]]:
        """The row as pieces of one role each."""
        row, roles = self.cells[y], self.roles[y]
        found: list[tuple[str, Role]] = []
        start = 0
        for i in range(1, self.width + 1):
            if i == self.width or roles[i] != roles[start]:
                found.append(("".join(row[start:i]), Role(roles[start])))
                start = i
        return found if self.width else []

    def text(self) -> list[str]:
        """The rows without roles, for tests and text exports."""
        return ["".join(row) for row in self.cells]


class Painter(Protocol):
    """Turns strokes into cells."""

    @property
    def ready(self) -> bool:
        """It can paint at once."""
        ...

    def warm(self) -> None:
        """Get ready; may take a while, so it is called in a thread."""
        ...

    def paint(self, strokes: list[Stroke], width: int, height: int) -> Grid:
        """Draw them on an empty grid of this many cells; later strokes lie above."""
        ...
