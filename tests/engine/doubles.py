"""Stand-ins for what lies beyond a Link: an agent on a real unix socket, and links that lead to it or fail."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Self

from clawtui.errors import FileFailed, LinkError, LinkLost
from clawtui.fleet.host import Host
from clawtui.fleet.link import Channel, Ending, Link, Reply
from clawtui.metrics.line import AgentEvent, Chunk, Complaint, Heard, Pong, Reloaded, Top

COLUMNS: list[list[Any]] = [
    ["host", "cpu.busy", "ratio", 1.0, ""],
    ["host", "memory.available", "bytes", 1.0, ""],
    ["service:bot", "up", "bool", 1.0, ""],
    ["service:bot", "latency.p95", "s", 1.0, ""],
    ["mount:/", "mount.used_ratio", "ratio", 5.0, ""],
]
GOOD = [0.4, 8e9, 1.0, 0.2, 0.5]
KINDS: dict[str, type] = {
    "hello": Heard,
    "event": AgentEvent,
    "pong": Pong,
    "range": Chunk,
    "top": Top,
    "reloaded": Reloaded,
    "error": Complaint,
}
"""What each object of an agent's line is read as, by its name in the recordings of tests/wire."""


def hello(rev: int = 1, **changes: Any) -> dict[str, Any]:
    """A hello as in tests/wire/README.md."""
    fields: dict[str, Any] = {
        "protocol": 1,
        "rev": rev,
        "agent": "0.1.0",
        "digest": "d1",
        "host": "a",
        "fqdn": "a.example",
        "machine_id": "m",
        "boot_id": "b",
        "pid": 7,
        "clock": time.time(),
        "scope": "machine",
        "allotment": {},
        "python": "3.11",
        "psutil": "7.2.2",
        "addresses": ["10.0.0.1"],
        "columns": COLUMNS,
        "services": [{"name": "bot", "latency_is": "request", "edges_ms": [50, 500], "missing": ""}],
        "rings": [{"tier": "1s", "step": 1, "slots": 86400, "first": 0}],
        "notes": [],
    }
    return {"hello": fields | changes}


class SpokenAgent:
    """Says what a test tells it to, over a real unix socket."""

    def __init__(self, path: Path, *, greets: bool = True, ahead_s: float = 0.0) -> None:
        self.path, self.greets, self.ahead_s = path, greets, ahead_s
        self.asked: list[dict[str, Any]] = []
        self.past: list[float | None] = []
        # answer to every range, one value a second up to its end
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._talk, str(self.path))
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.die()

    async def die(self) -> None:
        """Close everything: the socket is gone."""
        if self._server is not None:
            self._server.close()
            self.hang_up()
            self.path.unlink(missing_ok=True)
            self._server = None

    def hang_up(self) -> None:
        """End the connections, keep listening."""
        for writer in self._writers:
            writer.close()
        self._writers.clear()

    def say(self, *lines: object) -> None:
        """Bytes as they are, everything else as JSON."""
        for line in lines:
            raw = line if isinstance(line, bytes) else json.dumps(line).encode()
            for writer in self._writers:
                writer.write(raw + b"\n")

    def sample(self, values: Sequence[float | None] = tuple(GOOD), *, rev: int = 1, at: float = 0.0) -> None:
        """One second."""
        self.say([rev, round(at or time.time() + self.ahead_s, 3), *values])

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        if self.greets:
            writer.write(json.dumps(hello(clock=time.time() + self.ahead_s)).encode() + b"\n")
        while line := await _line(reader):
            request = json.loads(line)
            self.asked.append(request)
            for answer in self._answers(request):
                writer.write(json.dumps(answer).encode() + b"\n")

    def _answers(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        if "ping" in request:
            return [{"pong": {"id": request["ping"]["id"], "clock": time.time() + self.ahead_s}}]
        if "range" in request:
            asked = request["range"]
            lists = [self.past for _ in asked["columns"]]
            start = asked["to"] - len(self.past)
            chunk = {"id": asked["id"], "tier": "1s", "step": 1, "from": start, "columns": asked["columns"]}
            return [{"range": {**chunk, "low": [], "mean": lists, "high": [], "more": False}}]
        if "top" in request:
            row = [1, "root", "init", 0.1, 1024, "init"]
            return [{"top": {"id": request["top"]["id"], "at": time.time(), "processes": [row], "note": ""}}]
        return []


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ConnectionError:  # the other side hung up with something unread
        return b""


class SocketChannel:
    """Channel over a local unix socket."""

    def __init__(self, link: "SocketLink", reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._link, self._reader, self._writer = link, reader, writer

    async def lines(self) -> AsyncIterator[bytes]:
        while line := await self._reader.readline():
            yield line.rstrip(b"\n")
        if self._link.lost:
            raise LinkLost(self._link.host.name, "the connection ended")

    async def send(self, line: bytes) -> None:
        if self._link.lost or self._writer.is_closing():
            raise LinkLost(self._link.host.name, "the connection ended")
        self._writer.write(line + b"\n")

    async def close(self) -> None:
        self._writer.close()


class SocketLink:
    """Link whose host is this machine: every socket is the one at `socket`; commands get the answers of a test."""

    def __init__(self, host: Host, socket: Path, answers: dict[str, bytes] | None = None) -> None:
        self._host, self._socket, self._answers = host, socket, answers or {}
        self.lost = False
        self.mute = False
        # commands get no answer
        self.ran: list[str] = []
        self._channels: list[asyncio.StreamWriter] = []

    @property
    def host(self) -> Host:
        return self._host

    async def run(self, command: str, *, stdin: bytes = b"", timeout_s: float) -> Reply:
        self.ran.append(command)
        if self.lost:
            raise LinkLost(self._host.name, "the connection ended")
        if self.mute:
            return Reply(Ending.UNKNOWN, None, note="no answer")
        return Reply(Ending.OK, 0, stdout=self._answers.get(command, b"uid 1000\n"))

    async def open(self, command: str) -> Channel:
        return await self.open_socket(command)

    async def open_socket(self, path: str) -> Channel:
        try:
            reader, writer = await asyncio.open_unix_connection(str(self._socket), limit=2**20)
        except OSError as error:
            raise FileFailed(self._host.name, f"socket {path}: nobody listens there") from error
        self._channels.append(writer)
        return SocketChannel(self, reader, writer)

    async def put(self, content: bytes, path: str, *, mode: int = 0o600, timeout_s: float) -> None:
        raise FileFailed(self._host.name, "read-only")

    async def get(self, path: str, *, offset: int = 0, size: int = -1, timeout_s: float) -> bytes:
        raise FileFailed(self._host.name, f"{path}: no such file")

    async def close(self) -> None:
        self.lose()

    def lose(self) -> None:
        """The line is cut."""
        self.lost = True
        for writer in self._channels:
            writer.close()


class Lines:
    """What followers and plans take connections from: each call gets the next outcome, the last one for ever."""

    def __init__(self, *outcomes: Link | LinkError) -> None:
        self.outcomes = list(outcomes)
        self.calls = 0
        self.asked = 0
        # of these by somebody, not by a follower itself
        self.dropped: list[str] = []

    async def link(self, host: Host) -> Link:
        self.asked += 1
        return await self.rejoin(host)

    async def rejoin(self, host: Host) -> Link:
        self.calls += 1
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, LinkError):
            raise outcome
        return outcome

    def facts(self, host: Host) -> dict[str, str]:
        return {"fingerprint": "SHA256:x"}

    async def drop(self, host: Host) -> None:
        self.dropped.append(host.name)


async def until(claim: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something has become true on this loop; the deadline is a failure."""
    async with asyncio.timeout(seconds):
        while not claim():
            await asyncio.sleep(0.005)
