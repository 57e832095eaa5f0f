"""The port to the person at the keyboard: what a link may have to ask while it connects."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol

CONNECTING = "to connect to"
BECOMING_ROOT = "to become root on"


class Prompts(Protocol):
    """Asked by links; answered by a dialog, a tty, or nobody (then the answer is no)."""

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:
        """May this unknown host key be trusted from now on? Asked once per key."""
        ...

    async def one_by_one(self, hosts: tuple[str, ...]) -> bool:
        """So many hosts show keys that nobody vouched for: may each of them be asked about?"""
        ...

    async def secret(self, host: str, title: str, purpose: str = CONNECTING) -> str | None:
        """A passphrase, password or code; None when nobody can be asked. Never logged. `purpose` is said before the host."""
        ...

    async def touch(self, host: str, title: str) -> None:
        """Say that a security key waits for a finger; stands until it is cancelled, and needs no answer."""
        ...


def many_unknown(hosts: tuple[str, ...]) -> tuple[str, str]:
    """What is asked when many hosts show unknown keys, as a title and the ways out in words."""
    ways = (
        f"{', '.join(hosts[:3])} and {len(hosts) - 3} more. All at once, from whoever knows their keys: "
        "clawtui trust SELECTOR --from FILE (known_hosts, ssh-keyscan, or HOST SHA256:… lines), "
        "--from CA.pub (the authority that signed them) or --from SSHFP (DNS with DNSSEC)."
    )
    return f"{len(hosts)} hosts show keys nobody vouched for", ways


class Nobody:
    """Answers for verbs without a terminal: unknown keys are refused, secrets unavailable."""

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:  # noqa: ARG002 - the port's signature
        """No."""
        return False

    async def one_by_one(self, hosts: tuple[str, ...]) -> bool:  # noqa: ARG002 - the port's signature
        """There is nobody."""
        return False

    async def secret(self, host: str, title: str, purpose: str = CONNECTING) -> str | None:  # noqa: ARG002 - the port's signature
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
