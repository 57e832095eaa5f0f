"""Events of the window on the charts' own axis, and what stands at the cursor."""

from collections.abc import Sequence

from clawtui_screens.look import Glyphs, Tone
from clawtui_screens.widgets.chart_frame import Mark

Parts = list[tuple[str, Tone]]


def axis_parts(
    marks: Sequence[Mark], start: float, end: float, width: int, glyphs: Glyphs, *, cursor: float | None, reading: str
) -> Parts:
    """` events ───▾run (ana)───▲p95 fires───── cursor 03:13:51  p95 812 ms`; later words give way to earlier ones."""
    head = " events "
    tail = f" {reading} " if reading else " "
    room = max(0, width - len(head) - len(tail))
    cells = list(glyphs.rule * room)
    if end > start:
        taken = 0
        for mark in sorted(marks, key=lambda m: m.at):
            x = int((mark.at - start) / (end - start) * room)
            words = glyphs.fit(f"▾{mark.text}")
            if start <= mark.at <= end and taken <= x < room:
                words = words[: room - x]
                cells[x : x + len(words)] = words
                taken = x + len(words) + 1
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
