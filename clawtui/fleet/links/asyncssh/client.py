"""What the library asks while one connection is being made: the host's key, our keys, and the person's answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import asyncssh

from clawtui.clean import clean
from clawtui.fleet.known_hosts import Known, Verdict
from clawtui.fleet.links.asyncssh.failures import Progress
from clawtui.fleet.links.asyncssh.touch import TouchKeyPair, is_touched
from clawtui.fleet.patience import Patience
from clawtui.fleet.prompts import Prompts

ROUNDS = 3  # answers that may be wrong before we go away: OpenSSH's NumberOfPasswordPrompts

Lookup = Callable[[str], Known]


@dataclass(slots=True)
class Asker:
    """Puts a host's questions to the person, with the deadline standing still."""

    prompts: Prompts
    pause: Patience
    progress: Progress
    left: dict[str, int] = field(default_factory=dict[str, int])

    def again(self, way: str) -> bool:
        """May this way in be tried (once more)? Not after a question that nobody answered."""
        left = self.left.setdefault(way, ROUNDS)
        self.left[way] = left - 1
        return left > 0 and not self.progress.unanswered

    async def secret(self, title: str) -> str | None:
        """None, noted, where nobody answers."""
        with self.pause.paused():
            answer = await self.prompts.secret(self.progress.attempt.host.name, title)
        if answer is None:
            self.progress.unanswered.append(title)
        return answer


class Client(asyncssh.SSHClient):
    """Listens to one connection being made: how far it came, which key it was shown, which keys were offered."""

    def __init__(
        self, progress: Progress, keys: list[asyncssh.SSHKeyPair], by_address: Lookup | None, asker: Asker
    ) -> None:
        self._progress, self._keys, self._by_address, self._asker = progress, keys, by_address, asker

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """TCP is there."""
        self._progress.connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - the library's signature
        """Judged by our own reading of known_hosts."""
        self._progress.shown = (key.get_algorithm(), key.public_data)
        self._progress.verdict = self._progress.known.judge(key.public_data)
        if self._by_address and addr and self._progress.verdict is Verdict.TRUSTED:
            known = self._by_address(addr)
            if known.judge(key.public_data) is Verdict.CHANGED:
                self._progress.known, self._progress.verdict = known, Verdict.CHANGED
        return self._progress.verdict is Verdict.TRUSTED

    def validate_host_ca_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - the library's signature
        """A certificate of an authority that nobody named for this host."""
        self._progress.shown = (key.get_algorithm(), key.public_data)
        self._progress.verdict = Verdict.CHANGED
        return False

    def auth_banner_received(self, msg: str, lang: str) -> None:  # noqa: ARG002 - the library's signature
        """A banner before login is kept for the words of a failure."""
        self._progress.banner = clean(msg.strip(), limit=400)

    def begin_auth(self, username: str) -> None:  # noqa: ARG002 - the library's signature
        """The host's key was accepted; now it is our turn."""
        self._progress.authenticating = True

    def public_key_auth_requested(self) -> asyncssh.SSHKeyPair | None:
        """The next key to offer."""
        if not self._keys:
            return None
        pair = self._keys.pop(0)
        self._progress.tried.append(pair)
        if isinstance(pair, asyncssh.SSHAgentKeyPair) and is_touched(pair):
            return TouchKeyPair(pair, self._asker.prompts, self._progress.attempt.host.name, self._asker.pause)
        return pair

    async def password_auth_requested(self) -> str | None:
        """Only where keys were not enough."""
        attempt = self._progress.attempt
        if not self._asker.again("password"):
            return None
        answer = await self._asker.secret(f"Password of {attempt.user}@{attempt.host.name}")
        if answer is not None:
            self._progress.answered.append("password")
        return answer

    def kbdint_auth_requested(self) -> str | None:
        """Any submethod; the host decides."""
        return "" if self._asker.again("keyboard-interactive") else None

    async def kbdint_challenge_received(
        self,
        name: str,  # noqa: ARG002 - the library's signature
        instructions: str,
        lang: str,  # noqa: ARG002 - the library's signature
        prompts: Sequence[tuple[str, bool]],
    ) -> list[str] | None:
        """One round; a host may have several."""
        answers: list[str] = []
        for prompt, _echo in prompts:
            said = clean(instructions.strip(), limit=200)
            title = clean(prompt.strip(), limit=200).removesuffix(":") or "An answer"
            answer = await self._asker.secret(f"{said} {title}" if said else title)
            if answer is None:
                return None
            answers.append(answer)
        if answers:
            self._progress.answered.append("keyboard-interactive")
        return answers
