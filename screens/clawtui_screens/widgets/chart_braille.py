"""Our own painter: braille dots, or ASCII where braille can't be shown; for charts that are small or have no colours."""

from clawtui_screens.widgets.chart_canvas import DOTS_X, DOTS_Y, Grid, Role, Stroke

BRAILLE = 0x2800
# bit of the dot in column x, row y from the top
BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
UPPER, MIDDLE, LOWER = 0x09, 0x36, 0xC0


class BraillePainter:
    """Draws lines between dots; eight dots a cell."""

    ready = True

    def __init__(self, *, ascii_only: bool = False) -> None:
        self.ascii_only = ascii_only

    def warm(self) -> None:
        """There is nothing to import."""

    def paint(self, strokes: list[Stroke], width: int, height: int) -> Grid:
        """Every stroke as dots, then every touched cell as a character."""
        bits = [bytearray(width) for _ in range(height)]
        grid = Grid(width, height)
        if width > 0 and height > 0:
            for stroke in strokes:
                _dots(stroke, bits, grid.roles, width, height)
        for row, cells, roles in zip(bits, grid.cells, grid.roles, strict=True):
            for i, b in enumerate(row):
                if b:
                    cells[i] = letter(b, over=roles[i] == Role.OVER) if self.ascii_only else chr(BRAILLE + b)
        return grid


def letter(bits: int, *, over: bool) -> str:
    """The ASCII character nearest to these dots; above its limit a curve is made of `#`, so no colour is needed."""
    if over:
        return "#"
    upper, middle, lower = bool(bits & UPPER), bool(bits & MIDDLE), bool(bits & LOWER)
    if upper and lower:
        return "|"
    if middle:
        return "-"
    return "'" if upper else "."


def _dots(stroke: Stroke, bits: list[bytearray], roles: list[bytearray], width: int, height: int) -> None:
    last_x, last_y = width * DOTS_X - 1, height * DOTS_Y - 1
    role = int(stroke.role)

    def dot(x: int, y: int) -> None:
        if 0 <= x <= last_x and 0 <= y <= last_y:
            row, col = (last_y - y) // DOTS_Y, x // DOTS_X
            bits[row][col] |= BITS[(last_y - y) % DOTS_Y][x % DOTS_X]
            if roles[row][col] < role:
                roles[row][col] = role

    before: tuple[int, int] | None = None
    for point in stroke.points:
        for x, y in _between(before, point) if before and stroke.joined else (point,):
            dot(x, y)
            if stroke.thick:
                dot(x, y + 1 if y < last_y else y - 1)
        before = point


def _between(a: tuple[int, int], b: tuple[int, int]) -> list[tuple[int, int]]:
    """All dots from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    steps = max(abs(dx), abs(dy))
    if steps == 0:
        return [b]
    return [
        (a[0] + (dx * i * 2 + steps) // (steps * 2), a[1] + (dy * i * 2 + steps) // (steps * 2))
        for i in range(steps + 1)
    ]
