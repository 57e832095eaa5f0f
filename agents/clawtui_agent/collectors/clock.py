"""Whether the kernel believes its clock to be synchronised (NTP, chrony, timesyncd all tell it)."""

from __future__ import annotations

from typing import Any

from clawtui_agent.reading import HOST, NO_PERMISSION, Column, Now, Value
from clawtui_agent.world import World

UNSYNCHRONISED = 5  # TIME_ERROR, see adjtimex(2)


class Clock:
    """`adjtimex` with no modes only looks; neither psutil nor the standard library offers it."""

    every = 60
    columns = (Column(HOST, "clock.synced", "bool", 60.0),)

    def __init__(self) -> None:
        self._c: Any = None
        self._trouble = ""
        try:
            import ctypes

            self._c = ctypes
            self._adjtimex: Any = ctypes.CDLL(None, use_errno=True).adjtimex
        except (ImportError, MemoryError, OSError, AttributeError) as error:  # a hardened host may allow no ctypes
            self._trouble = f"ctypes does not work here: {type(error).__name__}"

    def read(self, _now: Now) -> list[Value]:
        """1 or 0."""
        if self._trouble:
            return [self._trouble]
        timex = self._c.create_string_buffer(512)  # struct timex has 208 bytes; all zero asks for nothing
        state = int(self._adjtimex(timex))
        if state < 0:
            return [NO_PERMISSION if self._c.get_errno() in (1, 13) else "not offered by this kernel"]
        return [0.0 if state == UNSYNCHRONISED else 1.0]


def collectors(world: World) -> list[Clock]:
    """For the machine only."""
    return [] if world.config.tree else [Clock()]
