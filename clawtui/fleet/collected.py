"""What a command wrote, kept whole within a limit."""

import time

from clawtui.fleet.link import Ending, Reply


class Collected:
    """A whole reply; what exceeds the limit is counted and dropped."""

    def __init__(self, limit: int) -> None:
        self.dropped = 0
        self._room = limit
        self._out, self._err = bytearray(), bytearray()

    def feed(self, data: bytes) -> bool:
        """Keep what fits."""
        self._out += self._fitting(data)
        return True

    def complain(self, data: bytes) -> bool:
        """Keep what fits."""
        self._err += self._fitting(data)
        return True

    def end(self, error: Exception | None) -> None:
        """A reply is judged by its status, not by its end."""

    def _fitting(self, data: bytes) -> bytes:
        kept = data[: self._room]
        self._room -= len(kept)
        self.dropped += len(data) - len(kept)
        return kept

    def reply(
        self, ending: Ending, began: float, *, status: int | None = None, signal: str = "", note: str = ""
    ) -> Reply:
        """What came of a command that began then, by the monotonic clock."""
        if self.dropped:
            note = "; ".join(
                part for part in (note, f"{self.dropped} bytes of output beyond the limit dropped") if part
            )
        return Reply(
            ending=ending,
            status=status,
            signal=signal,
            stdout=bytes(self._out),
            stderr=bytes(self._err),
            seconds=time.monotonic() - began,
            note=note,
        )
