"""`python -m clawtui.demo.model`: the small model server of one demo host. Its model only thinks for a while.

Requests and the metrics page come over HTTP on a loopback port; faults are switched over a unix socket in the host's
folder, because whoever breaks a host must not do it by the way that the engine watches it.
"""

import asyncio
import json
import random
import resource
import socket
import sys
import time
from pathlib import Path

from clawtui.demo import leash
from clawtui.demo.faults import LEAK_BYTES, Fault, Faults
from clawtui.demo.page import Page

MAX_HEAD = 8192
REASONS = {200: "OK", 404: "Not Found", 500: "Internal Server Error"}


class ModelServer:
    """Answers `POST /generate`, `GET /health` and `GET /metrics`."""

    def __init__(self, name: str, think_s: float) -> None:
        self._dice = random.Random(name)  # noqa: S311  the same demo every time; nothing here is a secret
        self._think_s = think_s
        self.faults = Faults(self._dice)
        self._page = Page()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One kept-alive connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(_body_length(head))
                method, path, *_ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
                status, kind, body = await self._answer(method, path)
                writer.write(
                    f"HTTP/1.1 {status} {REASONS[status]}\r\nContent-Type: {kind}\r\n"
                    f"Content-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, OSError, ValueError):
            pass  # the customer hung up or does not speak HTTP: either way this connection is over
        finally:
            writer.close()

    async def _answer(self, method: str, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body of one request."""
        if path == "/metrics":
            return 200, "text/plain; version=0.0.4; charset=utf-8", self._page.text().encode()
        began = time.monotonic()
        self._page.inflight += 1
        try:
            status, words = await self._route(method, path)
        finally:
            self._page.inflight -= 1
        self._page.count(path if status != 404 else "none", method, status, time.monotonic() - began)
        return status, "application/json", json.dumps(words).encode()

    async def _route(self, method: str, path: str) -> tuple[int, dict[str, str]]:
        if (method, path) == ("GET", "/health"):
            return 200, {"status": "ok"}
        if (method, path) != ("POST", "/generate"):
            return 404, {"detail": "Not Found"}
        await asyncio.sleep(self.faults.think_s(self._think_s))
        if self.faults.failing():
            return 500, {"detail": "model worker crashed"}
        return 200, {"text": "hello"}

    async def control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One order on the control socket: `{"fault": "slow"}`, answered with `{"ok": true}` or why not."""
        try:
            order = json.loads(await reader.readline())
            await self.faults.switch(Fault(order["fault"]), int(order.get("bytes", LEAK_BYTES)))
            answer: dict[str, object] = {"ok": True, "note": self.faults.note}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            answer = {"ok": False, "why": str(error)}
        writer.write(json.dumps(answer).encode() + b"\n")
        await writer.drain()
        writer.close()


def _body_length(head: bytes) -> int:
    """Content-Length of a request head; 0 where it has none."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return min(int(value), 1_048_576)
    return 0


async def _run(spec: dict[str, str]) -> None:
    server = ModelServer(spec["name"], float(spec["think_s"]))
    listening = socket.create_server(("127.0.0.1", int(spec["model_port"])), reuse_port=False)
    folder = Path(spec["folder"])
    control = folder / "control.sock"
    control.unlink(missing_ok=True)
    http = await asyncio.start_server(server.serve, sock=listening, limit=MAX_HEAD)
    orders = await asyncio.start_unix_server(server.control, path=str(control))
    async with http, orders:
        await leash.orphaned(int(spec["parent"]))


def main() -> None:
    """Serve until the host's first process ends; memory beyond the budget is refused by the kernel."""
    spec = json.loads(Path(sys.argv[1]).read_text())
    spec["parent"] = sys.argv[2]
    leash.hold(int(sys.argv[2]))
    leash.call_me("model-server")
    resource.setrlimit(resource.RLIMIT_AS, (int(spec["budget"]), int(spec["budget"])))
    asyncio.run(_run(spec))


if __name__ == "__main__":
    main()
