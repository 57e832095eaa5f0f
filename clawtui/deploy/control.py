"""A coordinator's unix socket: whoever attaches is told the newest state, and may give orders. JSON lines, mode 0600."""

import asyncio
import contextlib
import json
import os
import pwd
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from clawtui.errors import ClawtuiError
from clawtui.places import Places

LINE = 1 << 20
Order = dict[str, object]
# {"do": "pause" | "next" | "resume" | "abort" | "undo" | "lend" | "answer", …}


@dataclass(slots=True)
class Control:
    """Listens while a rollout is coordinated."""

    path: Path
    ordered: Callable[[Order, str], Awaitable[str]]
    # an order and who gives it; why it is refused
    _now: dict[str, bytes] = field(default_factory=dict[str, bytes])
    # by name: what somebody who attaches is told first
    _writers: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])
    _peers: "set[asyncio.Task[None]]" = field(default_factory=set[asyncio.Task[None]])

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncGenerator[None]:
        """From here on anybody of this user may attach."""
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(self._attached, self.path, limit=LINE)
        finally:
            os.umask(before)
        try:
            yield
        finally:
            server.close()
            self.path.unlink(missing_ok=True)
            for writer in list(self._writers):
                with contextlib.suppress(OSError, TimeoutError):
                    async with asyncio.timeout(1):
                        await writer.drain()
                writer.close()
            if self._peers:
                await asyncio.wait(self._peers, timeout=1)

    def tell(self, name: str, line: bytes) -> None:
        """To all who are attached, and to those who come later."""
        self._now[name] = line
        for writer in list(self._writers):
            if writer.transport.get_write_buffer_size() > LINE:
                writer.transport.abort()  # it does not read: it may attach again and is told the newest state
                continue
            writer.write(line + b"\n")

    def forget(self, name: str, line: bytes) -> None:
        """It is not so any more: said once, and not to those who come later."""
        self.tell(name, line)
        self._now.pop(name, None)

    async def _attached(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        if me := asyncio.current_task():
            self._peers.add(me)
            me.add_done_callback(self._peers.discard)
        try:
            for line in self._now.values():
                writer.write(line + b"\n")
            who = _peer(writer)
            while line := await reader.readline():
                refusal = await self._order(line, who)
                writer.write(json.dumps({"refused": refusal} if refusal else {"done": True}).encode() + b"\n")
        except (OSError, ValueError):
            pass  # it went away, or sent more than a line may have
        finally:
            self._writers.discard(writer)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _order(self, line: bytes, who: str) -> str:
        try:
            order: object = json.loads(line)
        except ValueError:
            return "this is no order: one JSON object a line"
        if not isinstance(order, dict):
            return "this is no order: one JSON object a line"
        try:
            return await self.ordered(cast("Order", order), who)
        except ClawtuiError as problem:
            return str(problem)


def socket_of(places: Places, rollout: str) -> Path:
    """Where a rollout's coordinator listens."""
    return places.runtime / f"rollout-{rollout}.sock"


def _peer(writer: asyncio.StreamWriter) -> str:
    """The user at the other end, as the kernel says."""
    found = cast("socket.socket", writer.get_extra_info("socket"))
    _, uid, _ = struct.unpack("3i", found.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
