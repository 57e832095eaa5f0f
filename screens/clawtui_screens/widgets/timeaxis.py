"""Events of the window on the charts' own axis, and what stands at the cursor."""

from collections.abc import Sequence

from clawtui_screens.cells import head_of, width_of
from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.widgets.chart_frame import Mark

Parts = list[tuple[str, Tone]]


def axis_parts(
    marks: Sequence[Mark], start: float, end: float, width: int, glyphs: Glyphs, *, cursor: float | None, reading: str
) -> Parts:
    """` events ───▾run (ana)───▲p95 fires──●p95 ends── cursor 03:13:51  p95 812 ms`; later words give way to earlier ones."""
    head = " events "
    tail = f" {reading} " if reading else " "
    room = max(0, width - len(head) - width_of(tail))
    cells = list(glyphs.rule * room)  # a wide letter has its cell and an empty one behind it
    if end > start:
        taken = 0
        for mark in sorted(marks, key=lambda m: m.at):
            x = int((mark.at - start) / (end - start) * room)
            words = glyphs.fit(f"{mark.sign}{mark.text}")
            left = x + 1 - width_of(words)
            if x + width_of(words) > room and left >= taken:  # at the edge the words stand before their sign
                x, words = left, glyphs.fit(f"{mark.text}{mark.sign}")
            if start <= mark.at <= end and taken <= x < room:
                signs = [part for sign in head_of(words, room - x) for part in (sign, *[""] * (width_of(sign) - 1))]
                cells[x : x + len(signs)] = signs
                taken = x + len(signs) + 1
        if cursor is not None and start <= cursor <= end and room:
            x = min(room - 1, int((cursor - start) / (end - start) * room))
            cells[x] = glyphs.bar if cells[x] == glyphs.rule else cells[x]
    return [(head, Tone.DIM), *_toned("".join(cells), glyphs), (tail, Tone.ACCENT if cursor is not None else Tone.DIM)]


def _toned(line: str, glyphs: Glyphs) -> Parts:
    """The rule is dim, what stands on it is not."""
    found: Parts = []
    for char in line:
        tone = Tone.DIM if char == glyphs.rule else Tone.ACCENT
        if found and found[-1][1] is tone:
            found[-1] = (found[-1][0] + char, tone)
        else:
            found.append((char, tone))
    return found
