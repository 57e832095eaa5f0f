"""The port to the person at the keyboard: what a link may have to ask while it connects."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol


class Prompts(Protocol):
    """Asked by links; answered by a dialog, a tty, or nobody (then the answer is no)."""

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:
        """May this unknown host key be trusted from now on? Asked once per key."""
        ...

    async def secret(self, host: str, title: str) -> str | None:
        """A passphrase, password or code; None when nobody can be asked. Never logged."""
        ...

    async def touch(self, host: str, title: str) -> None:
        """Say that a security key waits for a finger; stands until it is cancelled, and needs no answer."""
        ...


class Nobody:
    """Answers for verbs without a terminal: unknown keys are refused, secrets unavailable."""

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:  # noqa: ARG002 - the port's signature
        """No."""
        return False

    async def secret(self, host: str, title: str) -> str | None:  # noqa: ARG002 - the port's signature
        """Nothing."""
        return None

    async def touch(self, host: str, title: str) -> None:  # noqa: ARG002 - the port's signature
        """Nobody sees it; the key blinks by itself."""
        return


@asynccontextmanager
async def touching(prompts: Prompts, host: str, title: str) -> AsyncGenerator[None]:
    """The request for a finger stands as long as what is inside runs."""
    shown = asyncio.create_task(prompts.touch(host, title))
    try:
        yield
    finally:
        shown.cancel()
        await asyncio.gather(shown, return_exceptions=True)
