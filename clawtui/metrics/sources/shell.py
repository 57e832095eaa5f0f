"""A host that may have no agent and no Python: a fixed loop in sh prints parts of /proc each second (loop.sh), read here."""

import shlex
import time
from collections.abc import AsyncIterator, Callable

from clawtui import shipped
from clawtui.clean import clean
from clawtui.errors import AgentError, WireError
from clawtui.fleet.link import Channel
from clawtui.metrics.figures import Telling, Who
from clawtui.metrics.proc import Block, ProcReader
from clawtui.metrics.sample import Hello
from clawtui.metrics.source import BadLine, Message, Offset

GREETING = "clawtui proc 1"
NOISE_MOST = 100
# lines that a login may print before the loop greets
BLOCK_MOST = 5000
# lines of one look
BAD_MOST = 10
# blocks in a row, then it is given up
PERIOD_S = 1.0


def loop_command(root: str = "") -> str:
    """What prints them; `root` stands for / where a recorded tree is read."""
    return f"sh -c {shlex.quote(f'root={shlex.quote(root)}{chr(10)}' + shipped.read('templates/agentless/loop.sh'))}"


class ShellSource:
    """One loop, over one channel."""

    def __init__(
        self, host: str, channel: Channel, services: tuple[str, ...], *, clock: Callable[[], float] = time.time
    ) -> None:
        self.host = host
        self.hello: Hello | None = None
        self._channel, self._services, self._clock = channel, services, clock
        self._reader = ProcReader()
        self._telling: Telling | None = None
        self._offset: Offset | None = None

    @property
    def answering(self) -> str:
        """Nobody."""
        return "agentless: a loop in sh tells its numbers, it reads no processes and keeps nothing"

    async def messages(self) -> AsyncIterator[Message]:
        """A hello, then a sample a second; ends when the loop does."""
        sections: dict[str, list[str]] = {}
        heading, lines, bad, greeted = "", 0, 0, False
        async for raw in self._channel.lines():
            line, lines = raw.decode("utf-8", "replace"), lines + 1
            if lines > (BLOCK_MOST if greeted else NOISE_MOST):
                raise WireError(f"{self.host}: {lines} lines from its shell and no end: {clean(line, limit=60)}")
            if not greeted:
                greeted, lines = line == GREETING, 0 if line == GREETING else lines
            elif line == "=end":
                messages = self._block(sections)
                bad = bad + 1 if isinstance(messages[0], BadLine) else 0
                if bad >= BAD_MOST:
                    raise WireError(f"{self.host}: {_words(messages[0])}")
                for message in messages:
                    yield message
                sections, heading, lines = {}, "", 0
            elif line.startswith("="):
                heading = line
            else:
                sections.setdefault(heading, []).append(line)

    def _block(self, sections: dict[str, list[str]]) -> tuple[Message, ...]:
        if self._telling is None:
            self._telling = Telling(_who(sections.get("=who", []), self._services), PERIOD_S)
        block = Block(*(sections.get(name, ()) for name in ("=clock", "=blocks", "=inodes", "=numbers")))
        try:
            figures = self._reader.read(block)
        except ValueError as failure:
            return (BadLine(f"{self.host}: what its shell says does not parse: {failure}"),)
        if block.clock:
            error = 0.1 if self._reader.exact else 0.5
            self._offset = Offset(figures.at + (0.0 if self._reader.exact else 0.5) - self._clock(), error)
        told = self._telling.tell(figures)
        self.hello = self._telling.hello
        return told

    async def watch(self, *, on: bool) -> None:
        """It reads each second whether somebody looks or not."""

    async def ping(self) -> Offset:
        """From the time that came with the numbers: the loop cannot be asked."""
        if self._offset is None:
            raise AgentError(self.host, "its shell has not told the time yet")
        return self._offset

    async def close(self) -> None:
        """The loop ends when nobody reads any more."""
        await self._channel.close()


def _who(lines: list[str], services: tuple[str, ...]) -> Who:
    name, boot = ([clean(line, limit=256) for line in lines] + ["", ""])[:2]
    return Who("loop in sh", host=name, boot_id=boot, services=services)


def _words(message: Message) -> str:
    return message.words if isinstance(message, BadLine) else ""
