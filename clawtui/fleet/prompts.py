"""The port to the person at the keyboard: what a link may have to ask while it connects."""

from typing import Protocol


class Prompts(Protocol):
    """Asked by links; answered by a dialog, a tty, or nobody (then the answer is no)."""

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:
        """May this unknown host key be trusted from now on? Asked once per key."""
        ...

    async def secret(self, host: str, title: str) -> str | None:
        """A passphrase or password; None when nobody can be asked. Never logged."""
        ...


class Nobody:
    """Answers for verbs without a terminal: unknown keys are refused, secrets unavailable."""

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:  # noqa: ARG002 - the port's signature
        """No."""
        return False

    async def secret(self, host: str, title: str) -> str | None:  # noqa: ARG002 - the port's signature
        """Nothing."""
        return None
