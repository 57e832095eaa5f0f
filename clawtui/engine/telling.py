"""Frames go out: at most twice a second, of changed hosts only, and only while somebody listens."""

import asyncio
import logging
import time

from clawtui.clean import clean
from clawtui.engine.arming import Arming
from clawtui.engine.boundary import Event
from clawtui.engine.boundary.hosts import FleetFrame
from clawtui.engine.boundary.prompts import Notice
from clawtui.engine.boundary.value import Severity
from clawtui.engine.frames import Frames
from clawtui.feed import Feed

FRAME_S = 0.5
FAULT_S = 10.0


class Telling:
    """Which hosts have changed since the frame before."""

    def __init__(self, frames: Frames, arming: Arming, feed: Feed[Event]) -> None:
        self._frames, self._arming, self._feed = frames, arming, feed
        self._dirty: dict[str, None] = {}

    def changed(self, host: str) -> None:
        """The next frame shows it."""
        self._dirty[host] = None

    def full(self) -> FleetFrame:
        """Everything, as of now."""
        return self._frames.full(time.time(), time.monotonic(), self._arming.until)

    def tell(self) -> None:
        """A frame at once, where there is anything new."""
        now, mono = time.time(), time.monotonic()
        names = dict.fromkeys((*self._dirty, *self._frames.overdue(now, mono)))
        self._dirty.clear()
        frame = self._frames.changed(names, now, mono, self._arming.until)
        if frame is not None:
            self._feed.publish("fleet", frame)

    async def tell_on(self) -> None:
        """For as long as the engine lives; a fault of ours is said and tried again."""
        while True:
            await asyncio.sleep(FRAME_S)
            self._arming.now()  # an arming that has run out ends here
            if self._feed.heard("fleet"):
                try:
                    self.tell()
                except Exception as fault:
                    logging.getLogger("clawtui").exception("no frame")
                    words = f"clawtui's own fault: {type(fault).__name__}: {clean(str(fault), limit=200)}"
                    self._feed.publish("notices", Notice(Severity.CRITICAL, f"the fleet screen may be old; {words}"))
                    await asyncio.sleep(FAULT_S)
