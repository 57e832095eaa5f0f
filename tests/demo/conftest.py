"""A demo fleet for a test, and ways to look at it that are none of its own."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncssh
import pytest_asyncio

from clawtui.demo.fleet import DemoFleet
from clawtui.fleet.host import Host

AGENT = "/run/clawtui-agent/agent.sock"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def demo() -> AsyncIterator[DemoFleet]:
    """A calm demo that has started, one for all tests of a file."""
    async with DemoFleet() as fleet:
        yield fleet


def login(demo: DemoFleet, host: Host, **options: Any) -> Any:
    """Connect as anybody's ssh would, key checked; async context manager."""
    words: dict[str, Any] = {
        "username": host.user,
        "client_keys": list(host.identities),
        "known_hosts": host.known_hosts[0],
        "config": None,
        "agent_path": None,
    }
    return asyncssh.connect(host.address, host.port, **(words | options))


def busy() -> bool:
    """This machine has so much else to do that no host of a demo can be given a whole core."""
    return os.getloadavg()[0] > 1.5 * (os.cpu_count() or 1)


def marked(root: Path) -> set[int]:
    """Living processes whose environment names this demo."""
    found = set[int]()
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                if f"CLAWTUI_DEMO={root}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.add(int(folder.name))
            except OSError:
                continue
    return found


async def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for another process; fails when it takes longer."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


async def page(demo: DemoFleet, name: str) -> dict[str, float]:
    """The metrics page of a host's model server, asked directly."""
    host = demo.fleet.host(name)
    assert host
    port = int(host.services[0].metrics.split(":")[2].split("/")[0])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    text = await reader.readexactly(int(head.lower().split(b"content-length:")[1].split()[0]))
    writer.close()
    lines = [line.rpartition(" ") for line in text.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


async def watch(demo: DemoFleet, name: str, good: Callable[[dict[str, float | None]], bool], seconds: float) -> None:
    """Read an agent's samples over SSH until one is good."""
    host = demo.fleet.host(name)
    assert host
    async with asyncio.timeout(seconds), login(demo, host) as connection:
        reader, writer = await connection.open_unix_connection(AGENT)
        writer.write(b'{"live": {"every": 1}}\n{"watch": {"on": true}}\n')
        columns: list[str] = []
        async for line in reader:
            value = json.loads(line)
            if isinstance(value, dict) and "hello" in value:
                columns = [f"{scope} {metric}" for scope, metric, *_ in value["hello"]["columns"]]
            elif isinstance(value, list) and good(dict(zip(columns, value[2:], strict=True))):
                return
