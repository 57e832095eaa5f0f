"""What ssh's own log tells while it connects and while it holds a connection: how far it came, and which channel ended how.

ssh has no other way to say these things. The lines are those of LogLevel DEBUG2; one that is not known is kept as a
complaint when it is no debug line, else passed over, so that a newer ssh costs words, not connections.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from clawtui.clean import clean
from clawtui.fleet.refusals import Stage

KEPT = 40  # complaints
FATE_S = 1.0

_DEBUG = re.compile(r"debug[123]: (.*)")
_CHANNEL = re.compile(r"(?:client_input_channel_req: )?channel (\d+): ?(.*)")
_REQUEST = re.compile(r"client_input_channel_req: channel (\d+) rtype (\S+)")
_NEW = re.compile(r"new (?:\S+ )?\[(client-session|direct-streamlocal@openssh\.com|stdio-forward)\]")
_FAILED = re.compile(r"channel (\d+): open failed: (.*)")
_HOST_KEY = re.compile(r"Server host (key|certificate): (\S+) (SHA256:\S+)")
_CIPHER = re.compile(r"kex: client->server cipher: (\S+)")
_SERVER = re.compile(r"Remote protocol version \S+, remote software version (.*)")
_KEY = re.compile(r"(Offering public key|Server accepts key): (.+?) (\S+) (SHA256:\S+)(.*)")
_AGENT = re.compile(r".*ssh_get_authentication_socket: (.*)")
_NO_EXEC = re.compile(r"exec request failed on channel (\d+)")


@dataclass(slots=True)
class Fate:
    """What became of one channel."""

    opened: bool = False
    refused: str = ""
    # why it was not opened
    signalled: bool = False
    # the far command was killed; ssh does not pass on by which signal
    no_command: bool = False
    # the host opened a session and would not run anything in it
    closed: bool = False
    # the host ended it; a channel that is over without that went down with its connection
    drained: bool = False
    # the host says nothing more, and all that it said has been passed on
    over: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """One key of ours, as ssh names it."""

    name: str
    kind: str
    fingerprint: str
    where: str
    # "agent", "explicit", "token" …

    def __str__(self) -> str:
        return f"{clean(self.name.rpartition('/')[2], limit=60)} ({self.kind.lower()}{f', {self.where}' if self.where else ''})"


@dataclass(slots=True)
class Story:
    """Fed line by line."""

    connected: bool = False
    server: str = ""
    host_key: tuple[str, str] = ("", "")
    # kind and fingerprint of the key that it showed
    certified: bool = False
    # it showed a certificate
    cipher: str = ""
    authenticating: bool = False
    agent_trouble: str = ""
    offered: list[Offered] = field(default_factory=list[Offered])
    accepted: Offered | None = None
    ready: bool = False
    ended: bool = False
    complaints: deque[str] = field(default_factory=lambda: deque[str](maxlen=KEPT))
    refusal: str = ""
    # the last reason why a channel was not opened
    _current: dict[int, Fate] = field(default_factory=dict[int, Fate])
    _unclaimed: dict[tuple[str, int], deque[Fate]] = field(default_factory=dict[tuple[str, int], deque[Fate]])
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def stage(self) -> Stage:
        """How far it came."""
        if self.authenticating:
            return Stage.AUTHENTICATING
        if self.server:
            return Stage.GREETED
        return Stage.CONNECTED if self.connected else Stage.DIALLED

    def tell(self, line: str) -> None:
        """One line of the log."""
        found = _DEBUG.fullmatch(line)
        if found is None:
            if failed := _FAILED.fullmatch(line):
                self._refuse(int(failed[1]), failed[2])
            elif line and not line.startswith("Authenticated to "):
                self.complaints.append(clean(line, limit=300))
        elif self.ready:
            self._of_channels(found[1])
        else:
            self._of_login(found[1])
        self._stir()

    def end(self) -> None:
        """The master has gone."""
        self.ended = True
        self._stir()

    def _stir(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _of_login(self, words: str) -> None:
        if words.startswith("Connection established"):
            self.connected = True
        elif words.startswith("SSH2_MSG_SERVICE_ACCEPT received"):
            self.authenticating = True
        elif words.startswith("Entering interactive session"):
            self.ready = True
        elif found := _SERVER.match(words):
            self.connected, self.server = True, clean(found[1], limit=80)
        elif not self.authenticating and (found := _HOST_KEY.match(words)):
            self.certified |= found[1] == "certificate"
            if found[1] == "key" or not self.host_key[0]:
                self.host_key = (found[2], found[3])
        elif found := _CIPHER.match(words):
            self.cipher = found[1]
        elif found := _AGENT.match(words):
            self.agent_trouble = clean(found[1], limit=80)
        elif found := _KEY.match(words):
            key = Offered(found[2], found[3], found[4], found[5].strip())
            if found[1].startswith("Offering"):
                self.offered.append(key)
            else:
                self.accepted = key

    def _of_channels(self, words: str) -> None:
        if found := _REQUEST.match(words):
            if found[2] == "exit-signal" and (fate := self._current.get(int(found[1]))):
                fate.signalled = True
        elif found := _NO_EXEC.search(words):
            if fate := self._current.get(int(found[1])):
                fate.no_command = True
        elif found := _CHANNEL.match(words):
            channel, rest = int(found[1]), found[2]
            if new := _NEW.match(rest):
                fate = self._current[channel] = Fate()
                self._unclaimed.setdefault((new[1], channel), deque(maxlen=8)).append(fate)
            elif rest.startswith("open confirm ") and (fate := self._current.get(channel)):
                fate.opened = True
            elif rest == "output drain -> closed" and (fate := self._current.get(channel)):
                fate.drained = True
            elif rest == "rcvd close" and (fate := self._current.get(channel)):
                fate.closed = True
            elif rest.startswith("free: ") and (fate := self._current.pop(channel, None)):
                fate.over = True

    def _refuse(self, channel: int, why: str) -> None:
        self.refusal = clean(why, limit=160)
        if fate := self._current.get(channel):
            fate.refused = self.refusal
        for kind in ("client-session", "stdio-forward"):  # the master says these by itself: nobody asks for their fate
            if waiting := self._unclaimed.get((kind, channel)):
                waiting.pop()

    async def session(self, channel: int) -> Fate:
        """Of the session that the master numbered so; its line may still be on its way."""
        return await self._claim("client-session", channel)

    async def forward(self, channel: int) -> Fate:
        """Of the TCP port that the master numbered so."""
        return await self._claim("stdio-forward", channel)

    async def socket(self) -> Fate:
        """Of the forwarded socket that was connected last."""
        return await self._claim("direct-streamlocal@openssh.com")

    async def _claim(self, kind: str, channel: int | None = None) -> Fate:
        """A line that never comes is another ssh's: then its channels are taken to be open and well."""
        await self.until(lambda: self._waiting(kind, channel) is not None)
        waiting = self._waiting(kind, channel)
        return waiting.popleft() if waiting else Fate(opened=True, closed=True)

    def _waiting(self, kind: str, channel: int | None) -> deque[Fate] | None:
        return next(
            (
                fates
                for (of, number), fates in self._unclaimed.items()
                if of == kind and fates and channel in (None, number)
            ),
            None,
        )

    async def until(self, true: Callable[[], bool], timeout_s: float | None = FATE_S) -> bool:
        """Wait until the log has said something; False when it did not in time, or has ended."""
        try:
            async with asyncio.timeout(timeout_s):
                while not true():
                    if self.ended:
                        return False
                    await self._changed.wait()
        except TimeoutError:
            return False
        return True
