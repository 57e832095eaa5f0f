"""How many sessions one connection holds at once: sshd refuses the one beyond its MaxSessions, so they wait here."""

import asyncio
from collections import deque


class Slots:
    """A counter with a waiting line, whose limit shrinks when a host turns out to allow less than we thought."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken = 0
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
        self._wake()

    def refused(self) -> bool:
        """The host refused the session just tried: give its place back and allow no more than run now.

        False when nothing else runs: then waiting would not help.
        """
        self.taken -= 1
        if not self.taken:
            return False
        self.limit = self.taken
        return True

    def _wake(self) -> None:
        while self._waiting and self.taken < self.limit:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
