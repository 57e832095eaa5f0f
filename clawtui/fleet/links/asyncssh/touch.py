"""Security keys: a signature that waits for a finger, and somebody who is told so."""

import asyncssh

from clawtui.clean import clean
from clawtui.fleet.patience import Patience
from clawtui.fleet.prompts import Prompts, touching


def is_touched(key: asyncssh.SSHKey | asyncssh.SSHKeyPair) -> bool:
    """Its private half lives in a security key."""
    return key.algorithm.startswith(b"sk-")


class TouchKeyPair(asyncssh.SSHKeyPair):
    """A pair of the agent, whose signing is announced; the deadline stands still meanwhile."""

    def __init__(self, inner: asyncssh.SSHAgentKeyPair, prompts: Prompts, host: str, pause: Patience) -> None:
        super().__init__(
            inner.key_algorithm,
            inner.sig_algorithm,
            inner.sig_algorithms,
            inner.host_key_algorithms,
            inner.key_public_data,
            inner.get_comment_bytes(),
        )
        self.algorithm, self.public_data = inner.algorithm, inner.public_data
        self._inner, self._prompts, self._host, self._pause = inner, prompts, host, pause

    async def sign_async(self, data: bytes) -> bytes:
        """Wait for the finger."""
        title = f"Touch your security key {clean(self.get_comment() or '', limit=60)}".rstrip()
        with self._pause.paused():
            async with touching(self._prompts, self._host, title):
                return await self._inner.sign_async(data)
