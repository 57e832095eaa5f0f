"""The client of one agent over one channel: live samples, and questions in between.

Somebody has to iterate `messages()`: answers to questions arrive among the samples.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from itertools import count

from clawtui.errors import AgentError, Deadline, LinkLost, WireError
from clawtui.fleet.link import Channel
from clawtui.metrics.line import AgentEvent, Chunk, Complaint, Heard, Line, Numbers, Pong, Reloaded, Top
from clawtui.metrics.sample import Hello, Key, Range, Sample
from clawtui.metrics.source import BadLine, Message, Offset
from clawtui.metrics.wire import WireReader, request

BAD_LINES_MOST = 10
# in a row, then the connection is given up
SPEECHLESS_MOST = 100
# lines before its hello, then it is no agent
BREATH = 64
# lines in a row that a flooding host may say before everybody else gets a turn
VALUES_MOST = 4_000_000
# of one range answer
ANSWER_S = 10.0


class AgentClient:
    """One conversation with one agent."""

    def __init__(self, host: str, channel: Channel, *, clock: Callable[[], float] = time.time) -> None:
        self.host = host
        self.hello: Hello | None = None
        self._channel, self._clock = channel, clock
        self._reader = WireReader(host)
        self._rev = -1
        self._ids = count(1)
        self._waiting: dict[int, asyncio.Queue[Line | Exception]] = {}

    @property
    def answering(self) -> "AgentClient":
        """The agent does."""
        return self

    async def messages(self) -> AsyncIterator[Message]:
        """Everything that is not an answer; ends when the agent does, raises LinkLost or WireError when it must."""
        bad, lines, asked = 0, 0, False
        try:
            async for line in self._channel.lines():
                lines += 1
                if lines % BREATH == 0:
                    await asyncio.sleep(0)
                if lines > SPEECHLESS_MOST and self.hello is None:
                    raise WireError(f"{self.host}: {lines} lines and no hello among them")
                try:
                    message = self._message(self._reader.read(line))
                    bad = 0
                except WireError as failure:
                    bad += 1
                    if bad >= BAD_LINES_MOST:
                        raise
                    message = BadLine(str(failure))
                if isinstance(message, Hello) and not asked:
                    asked = True
                    await self._channel.send(request("live", every=1))
                if message is not None:
                    yield message
        finally:
            for waiting in self._waiting.values():
                waiting.put_nowait(LinkLost(self.host, "the agent's connection ended before it answered"))

    def _message(self, line: Line) -> Message | None:
        match line:
            case Numbers():
                if line.rev != self._rev or self.hello is None:
                    return None  # of columns before this connection's hello
                if len(line.values) != len(self.hello.columns):
                    raise WireError(
                        f"{self.host}: a sample of {len(line.values)} values for {len(self.hello.columns)} columns"
                    )
                return Sample(line.at, line.values)
            case Heard():
                self._rev, self.hello = line.rev, line.hello
                return line.hello
            case AgentEvent():
                return line
            case Pong() | Chunk() | Top() | Reloaded() | Complaint():
                waiting = self._waiting.get(line.id or 0)
                if waiting is not None:
                    waiting.put_nowait(line)
                elif isinstance(line, Complaint):
                    return AgentEvent(self._clock(), "complaint", words=line.words)
                return None
            case None:
                return None

    async def watch(self, *, on: bool) -> None:
        """Metrics pages are read each second while somebody looks."""
        await self._channel.send(request("watch", on=on))

    async def ping(self) -> Offset:
        """Measure the host's clock against ours."""
        started, wall = time.monotonic(), self._clock()
        (pong,) = await self._ask("ping")
        trip = time.monotonic() - started
        assert isinstance(pong, Pong)
        return Offset(pong.clock - (wall + trip / 2), trip / 2)

    async def top(self, at: float | None = None) -> Top:
        """The heaviest processes now, or at a moment by the host's clock."""
        (top,) = await self._ask("top") if at is None else await self._ask("top", at=at)
        if not isinstance(top, Top):
            raise AgentError(self.host, "its agent answered a question about processes with something else")
        return top

    async def range(self, tier: str, keys: tuple[Key, ...], start: float, end: float, points: int) -> Range:
        """History by the host's clock; a key that its rings do not hold comes back as nothing recorded."""
        fields = {"tier": tier, "from_": start, "to": end, "points": points, "columns": [[*key] for key in keys]}
        chunks = [chunk for chunk in await self._ask("range", **fields) if isinstance(chunk, Chunk)]
        if not chunks:
            raise AgentError(self.host, "its agent answered a question about history with something else")
        return joined(keys, chunks)

    async def _ask(self, name: str, **fields: object) -> list[Line]:
        number = next(self._ids)
        waiting: asyncio.Queue[Line | Exception] = asyncio.Queue()
        self._waiting[number] = waiting
        answers: list[Line] = []
        size = 0
        try:
            async with asyncio.timeout(ANSWER_S):
                await self._channel.send(request(name, id=number, **fields))
                while True:
                    answer = await waiting.get()
                    if isinstance(answer, Exception):
                        raise answer
                    if isinstance(answer, Complaint):
                        raise AgentError(self.host, f"its agent says: {answer.words}")
                    answers.append(answer)
                    if not isinstance(answer, Chunk) or not answer.more:
                        return answers
                    size += sum(len(values) for values in answer.mean)
                    if size > VALUES_MOST:
                        raise AgentError(self.host, f"its agent's answer goes beyond {VALUES_MOST} values")
        except TimeoutError as late:
            raise Deadline(self.host, f"its agent did not answer `{name}` within {ANSWER_S:.0f} s") from late
        finally:
            del self._waiting[number]

    async def close(self) -> None:
        """Hang up; the link stays."""
        await self._channel.close()


def joined(keys: tuple[Key, ...], chunks: list[Chunk]) -> Range:
    """Parts of an answer as one, in the order of the question."""
    times = tuple(
        round(part.start + part.step * number, 3)
        for part in chunks
        for number in range(len(part.mean[0]) if part.mean else 0)
    )

    def column(side: str, key: Key) -> tuple[float | None, ...]:
        values: list[float | None] = []
        for part in chunks:
            lists: tuple[tuple[float | None, ...], ...] = getattr(part, side)
            length = len(part.mean[0]) if part.mean else 0
            values += lists[part.keys.index(key)] if key in part.keys else [None] * length
        return tuple(values)

    first = chunks[0]
    low, mean, high = (tuple(column(side, key) for key in keys) for side in ("low", "mean", "high"))
    note = next((part.note for part in chunks if part.note), "")
    return Range(keys, first.step, first.tier, times, low, mean, high, note)
