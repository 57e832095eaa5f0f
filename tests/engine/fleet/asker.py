"""An SSH server that asks: passwords, or rounds of keyboard-interactive. asyncssh's own server, since sshd needs PAM for it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncssh

Round = tuple[tuple[str, str], ...]
# (question, right answer) of all that is asked at once


@dataclass
class Asker:
    """What is asked, and who came in."""

    rounds: Sequence[Round] = ()
    password: str = ""
    instructions: str = ""
    logins: int = 0
    tries: int = 0
    port: int = 0
    key: str = ""
    running: list["_Asking"] = field(default_factory=list["_Asking"])

    def known_line(self) -> str:
        return f"[127.0.0.1]:{self.port} {self.key}\n"


class _Asking(asyncssh.SSHServer):
    def __init__(self, asker: Asker) -> None:
        self._asker, self._round = asker, 0

    def begin_auth(self, username: str) -> bool:
        return True

    def auth_completed(self) -> None:
        self._asker.logins += 1

    def password_auth_supported(self) -> bool:
        return bool(self._asker.password)

    def validate_password(self, username: str, password: str) -> bool:
        self._asker.tries += 1
        return password == self._asker.password

    def kbdint_auth_supported(self) -> bool:
        return bool(self._asker.rounds)

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> object:
        self._round = 0
        self._asker.tries += 1
        return self._challenge()

    def _challenge(self) -> object:
        prompts = [(question, False) for question, _ in self._asker.rounds[self._round]]
        return "", self._asker.instructions, "", prompts

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> object:
        if list(responses) != [answer for _, answer in self._asker.rounds[self._round]]:
            return False
        self._round += 1
        return True if self._round == len(self._asker.rounds) else self._challenge()

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        return True


async def _handle(process: "asyncssh.SSHServerProcess[str]") -> None:
    process.stdout.write(process.command or "")
    process.exit(0)


@asynccontextmanager
async def asking(asker: Asker) -> AsyncIterator[Asker]:
    """Up, and down."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.listen(
        "127.0.0.1", 0, server_factory=lambda: _Asking(asker), server_host_keys=[key], process_factory=_handle
    )
    asker.port = server.get_port()
    asker.key = " ".join(key.export_public_key().decode().split()[:2])
    async with server:
        yield asker
        server.close()
