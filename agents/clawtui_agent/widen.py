"""What a narrower ring holds goes into a wider one: columns keep their slots, the new ones have no past."""

from __future__ import annotations

import struct

from clawtui_agent.segment import Segment

NAN = struct.pack("<f", float("nan"))


def widen(narrow: Segment, wide: Segment, at: int) -> None:
    """Every record up to `at` that the wider one has room for. It is in no index yet: nobody reads it meanwhile."""
    parts = int(narrow.meta["parts"])
    size, wider = narrow.geometry.body_size // parts, wide.geometry.body_size // parts
    gap = NAN * ((wider - size) // 4)
    first = at - (min(narrow.geometry.slots, wide.geometry.slots) - 1) * narrow.geometry.step
    for _, found in narrow.records(first, at):
        for moment, body in found:
            wide.put(moment, b"".join(body[n : n + size] + gap for n in range(0, len(body), size)))
