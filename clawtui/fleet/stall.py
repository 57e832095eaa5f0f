"""A deadline that counts from the last progress, not from the beginning."""

import asyncio
from collections.abc import Callable


def renewing(deadline: asyncio.Timeout, seconds: float) -> Callable[[], None]:
    """To be called whenever something went on."""

    def renew() -> None:
        deadline.reschedule(asyncio.get_running_loop().time() + seconds)

    return renew
