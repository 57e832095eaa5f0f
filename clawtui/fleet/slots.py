"""How many sessions one connection holds at once: sshd refuses the one beyond its MaxSessions, so they wait here."""

import asyncio
from collections import deque

from clawtui.errors import Deadline


class Slots:
    """A counter with a waiting line, whose limit shrinks when a host turns out to allow less than we thought."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
        self._served = False
        # some session has run on this connection
        self._waiting = deque[asyncio.Future[None]]()

    async def take(self) -> None:
        """Wait for a free place and occupy it."""
        while self.taken >= self.limit:
            turn = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._wake()
                raise
        self.taken += 1

    def free(self) -> None:
        """Give a place back."""
        self.taken -= 1
        self._served = True
        self._wake()

    def refused(self) -> bool:
        """The host refused the session just tried: give its place back and allow no more than run now.

        False when nothing ever ran: then waiting would not help. Where something did, its end may have crossed the
        refusal on the wire.
        """
        self.taken -= 1
        if not self.taken and not self._served:
            return False
        self.limit = max(1, self.taken)
        return True

    def late(self, host: str, timeout_s: float) -> Deadline:
        """What is said when a command was not started in its time."""
        full = f"not started within {timeout_s:g} s: {self.taken} sessions are in use on its connection"
        return Deadline(host, full if self.taken >= self.limit else f"no session within {timeout_s:g} s")

    def _wake(self) -> None:
        while self._waiting and self.taken < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
