"""Thirty minutes in a dozen cells: pure, so that it is tested by comparing words."""

from collections.abc import Sequence

from clawtui_screens.look import Glyphs, Tone

Values = Sequence[float | None]


def spark(
    values: Values,
    width: int,
    glyphs: Glyphs,
    *,
    limit: float | None = None,
    above: bool = True,
    bad: Tone = Tone.WARNING,
) -> list[tuple[str, Tone]]:
    """Cells of a sparkline, worst of each step; what is past the limit takes the tone of trouble, the rest is quiet."""
    steps = thinned(values, width, above=above)
    known = [value for value in steps if value is not None]
    top = max([*known, limit or 0.0, 1e-12])
    runs: list[tuple[str, Tone]] = []
    for value in steps:
        if value is None:
            cell, tone = " ", Tone.DIM
        else:
            level = int(max(0.0, value) / top * (len(glyphs.spark) - 1) + 0.5)
            cell = glyphs.spark[min(level, len(glyphs.spark) - 1)]
            past = limit is not None and (value > limit if above else value < limit)
            tone = bad if past else Tone.DIM
        if runs and runs[-1][1] is tone:
            runs[-1] = (runs[-1][0] + cell, tone)
        else:
            runs.append((cell, tone))
    return runs


def thinned(values: Values, width: int, *, above: bool = True) -> list[float | None]:
    """As many steps as there are cells, each the worst of what it stands for; short histories end at the right edge."""
    count = len(values)
    if count <= width:
        return [None] * (width - count) + list(values)
    worst = max if above else min
    steps: list[float | None] = []
    for cell in range(width):
        part = [value for value in values[cell * count // width : (cell + 1) * count // width] if value is not None]
        steps.append(worst(part) if part else None)
    return steps
