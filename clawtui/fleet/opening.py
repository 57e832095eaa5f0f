"""Opening a channel that somebody may stop waiting for.

Were it cancelled half-way, the host would confirm a channel that nobody closes, and count it against MaxSessions for ever.
So it runs to its end by itself and what it opened late is closed.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Opening:
    """All channels of one connection that are being opened."""

    def __init__(self) -> None:
        self._tasks = set[asyncio.Task[Any]]()

    async def wait(self, opening: Coroutine[Any, Any, T], late: Callable[[T | None], None]) -> T:
        """The result; if the waiter goes away first, `late` gets it when it comes (None when it failed)."""
        task = asyncio.create_task(opening)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(lambda done: late(_result(done)))
            raise


def _result(task: asyncio.Task[T]) -> T | None:
    return None if task.cancelled() or task.exception() else task.result()
