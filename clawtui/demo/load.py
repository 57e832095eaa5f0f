"""`python -m clawtui.demo.load`: the customers. They send requests at their own pace, whatever the servers do.

Reads its targets as one JSON line from standard input and works until that pipe ends.
"""

import asyncio
import contextlib
import json
import os
import random
import sys

REQUEST = b"POST /generate HTTP/1.1\r\nHost: demo\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
PATIENCE_S = 8.0
MOST_AT_ONCE = 40


class Customers:
    """All who talk to one model server; idle connections are used again."""

    def __init__(self, name: str, port: int, rate: float) -> None:
        self._port, self._rate = port, rate
        self._dice = random.Random(name)  # noqa: S311  the same demo every time; nothing here is a secret
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._busy: set[asyncio.Task[None]] = set()

    async def come(self) -> None:
        """Send requests at random moments, for ever; who finds too many before him goes away."""
        while True:
            await asyncio.sleep(self._dice.expovariate(self._rate))
            if len(self._busy) < MOST_AT_ONCE:
                task = asyncio.create_task(self._ask())
                self._busy.add(task)
                task.add_done_callback(self._busy.discard)

    async def _ask(self) -> None:
        """One request; a server that is gone costs the customer nothing but his time."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                pair = self._idle.pop() if self._idle else await asyncio.open_connection("127.0.0.1", self._port)
                kept = False
                try:
                    kept = await _exchange(*pair)
                finally:
                    if kept:
                        self._idle.append(pair)
                    else:
                        pair[1].close()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    """Ask and read the whole answer; True when the connection can be used again."""
    writer.write(REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    await reader.readexactly(length)
    return True


async def _run(targets: list[tuple[str, int, float]]) -> None:
    asyncio.get_running_loop().add_reader(0, _ended)
    await asyncio.gather(*(Customers(*target).come() for target in targets))


def _ended() -> None:
    """Standard input is held by the demo: its end is ours."""
    if not os.read(0, 1024):
        os._exit(0)


def main() -> None:
    """Read the targets, `[[name, port, rate], …]`, and begin."""
    line = b""
    while not line.endswith(b"\n"):
        piece = os.read(0, 4096)
        if not piece:
            sys.exit(0)
        line += piece
    asyncio.run(_run([(str(name), int(port), float(rate)) for name, port, rate in json.loads(line)]))


if __name__ == "__main__":
    main()
