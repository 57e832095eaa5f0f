"""Is that agent alive and well: its hello, and some samples that hold numbers."""

import asyncio
import json
from contextlib import suppress
from typing import Any, cast

from clawtui.errors import AgentError, LinkError, WireError
from clawtui.fleet.become import Line
from clawtui.fleet.link import Channel, Link

AGAIN_S = 0.3


async def good_samples(link: Link, talk: Line, digest: str, *, count: int, timeout_s: float) -> dict[str, Any]:
    """Its hello, once `count` samples with at least one number came from the agent of that digest; else AgentError."""
    seen = _Seen()
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            while True:
                if await _listen(link, talk, digest, count, seen):
                    return seen.hello
                await asyncio.sleep(AGAIN_S)  # it is still starting, or restarting
    raise AgentError(
        link.host.name, f"the new agent gave {seen.best} of {count} good samples in {timeout_s:.0f} s{seen.words()}"
    )


async def hello(link: Link, talk: Line, *, timeout_s: float) -> tuple[dict[str, Any], str]:
    """What a running agent says of itself; empty when none answers, with the reason."""
    seen = _Seen()
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await _listen(link, talk, "", 0, seen)
    return seen.hello, seen.last


class _Seen:
    """What came so far, for the sentence when it was not enough."""

    def __init__(self) -> None:
        self.hello: dict[str, Any] = {}
        self.best = self.empty = 0
        self.last = ""

    def words(self) -> str:
        """The end of that sentence."""
        if self.last:
            return f": {self.last}"
        if self.empty and not self.best:
            return f": no number in any of {self.empty}"
        return "" if self.hello else ": no hello from it"


async def _listen(link: Link, talk: Line, digest: str, count: int, seen: _Seen) -> bool:
    """One connection to its socket, through the agent's own proxy so that the installation's rights count."""
    try:
        channel = await link.open(talk.command)
        try:
            for line in talk.stdin.splitlines():
                await channel.send(line)
            return await _read(channel, digest, count, seen)
        finally:
            await channel.close()
    except (LinkError, WireError) as problem:
        seen.last = str(problem)
        return False


async def _read(channel: Channel, digest: str, count: int, seen: _Seen) -> bool:
    good = 0
    await channel.send(b'{"live": {"every": 1}}')
    async for line in channel.lines():
        said = _decode(line)
        if isinstance(said, dict) and isinstance(said.get("hello"), dict):
            seen.hello = said["hello"]
            if digest and seen.hello.get("digest") != digest:
                seen.last = f"an agent with digest {seen.hello.get('digest')!r} answers instead of {digest}"
                return False
        elif isinstance(said, list) and len(said) == 2 + len(seen.hello.get("columns", ())):
            numbers = any(isinstance(value, float | int) for value in said[2:])
            good, seen.empty = good + numbers, seen.empty + (not numbers)
            seen.best = max(seen.best, good)
        if seen.hello and good >= count:
            return True
    return False


def _decode(line: bytes) -> dict[str, Any] | list[Any] | None:
    """The value of a line; None for what is no JSON object or array."""
    try:
        said: Any = json.loads(line)
    except ValueError:
        return None
    return cast("dict[str, Any] | list[Any]", said) if isinstance(said, dict | list) else None
