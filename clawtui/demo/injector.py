"""Breaks hosts of the demo and mends them, and remembers when: the only part of the demo that knows causes."""

import asyncio
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from clawtui.demo.faults import Fault
from clawtui.demo.ground import Ground
from clawtui.errors import ClawtuiError

PATIENCE_S = 5.0
DOWN = "host-down"
SEEN_AS = {
    Fault.SLOW: "latency-high",
    Fault.ERRORS: "errors-high",
    Fault.LEAK: "memory-low",
    Fault.BURN: "cpu-high",
}
# the shipped rule that each fault is there to trip


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that was broken on purpose."""

    host: str
    what: str
    # the rule that should notice it, or "host-down"
    at: float
    # unix time


class Injector:
    """Works over each model server's control socket and by signals, never over SSH."""

    def __init__(self, ground: Ground, pids: dict[str, int], start: Callable[[str], Awaitable[None]]) -> None:
        self._ground, self._pids, self._start = ground, pids, start
        self.causes: list[Cause] = []

    async def slow(self, host: str) -> None:
        """Every answer takes about a second longer."""
        await self._break(host, Fault.SLOW)

    async def errors(self, host: str) -> None:
        """Three answers in ten are a 500."""
        await self._break(host, Fault.ERRORS)

    async def leak(self, host: str) -> None:
        """The model server holds on to about 50 MB more each second."""
        await self._break(host, Fault.LEAK)

    async def burn(self, host: str) -> None:
        """Processes of the model server use up the host's core."""
        await self._break(host, Fault.BURN)

    async def kill(self, host: str) -> None:
        """The host dies: SSH server, agent and model server at once."""
        pid = self._pids.pop(host, 0)
        if not pid:
            return
        self.causes.append(Cause(host, DOWN, time.time()))
        await end_group(pid)

    async def restore(self, host: str) -> None:
        """End what is wrong with a host; one that is dead starts again with the same ports, keys and history."""
        if host not in self._pids:
            await self._start(host)
        else:
            await self.order(host, {"fault": Fault.NONE})

    async def order(self, host: str, words: dict[str, object]) -> dict[str, object]:
        """Send one order to a model server's control socket; answers what it said."""
        path = str(self._ground.root / host / "control.sock")
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_unix_connection(path)
                try:
                    writer.write(json.dumps(words).encode() + b"\n")
                    answer: dict[str, object] = json.loads(await reader.readline())
                finally:
                    writer.close()
        except (OSError, ValueError) as error:
            raise ClawtuiError(f"{host}: its model server does not answer on {path}; is the host down?") from error
        if not answer.get("ok"):
            raise ClawtuiError(f"{host}: its model server refused {words}: {answer.get('why')}")
        return answer

    async def _break(self, host: str, fault: Fault) -> None:
        at = time.time()
        await self.order(host, {"fault": fault})
        self.causes.append(Cause(host, SEEN_AS[fault], at))


async def end_group(pid: int) -> None:
    """Kill a process and its group, and wait until the kernel has forgotten it; a minute's patience is never needed."""
    try:
        os.killpg(pid, signal.SIGKILL)
        async with asyncio.timeout(PATIENCE_S):
            while True:
                os.kill(pid, 0)
                await asyncio.sleep(0.01)
    except ProcessLookupError:
        return
