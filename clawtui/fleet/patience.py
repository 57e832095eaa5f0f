"""A deadline for machines that does not run while a person is asked."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager


class Patience:
    """A deadline that stands still while a person is asked."""

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self._timeout = timeout

    @contextmanager
    def paused(self) -> Generator[None]:
        """No time passes inside."""
        when = self._timeout.when()
        if when is None or self._timeout.expired():
            yield
            return
        loop = asyncio.get_running_loop()
        left = when - loop.time()
        self._timeout.reschedule(None)
        try:
            yield
        finally:
            self._timeout.reschedule(loop.time() + left)
