"""Has a host looked through for services: by its agent, or where there is none by a script over SSH that leaves nothing."""

import asyncio
import base64
import json
import shlex
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeGuard, cast

from clawtui import shipped
from clawtui.clean import clean
from clawtui.errors import AgentError, LinkError, WireError
from clawtui.fleet.agent.bundle import agent_sources
from clawtui.fleet.agent.layout import FOLDER
from clawtui.fleet.agent.probe import OLDEST, Ground, ground
from clawtui.fleet.agent.proposals import Row
from clawtui.fleet.link import Channel, Ending, Link

ANSWER_S = 25.0
MOST = 256  # rows


@dataclass(frozen=True, slots=True)
class Found:
    """What a host told."""

    via: str
    rows: tuple[Row, ...]
    notes: tuple[str, ...]


async def discover(link: Link) -> Found:
    """Ask its agent; where none answers, or it may not see whose ports they are and we may, run the script as we are."""
    seen = await ground(link)
    found = await _by_agent(link, seen)
    if found and (all(row.pid for row in found.rows) or seen.uid != 0):
        return found
    try:
        return await _by_script(link, seen)
    except AgentError:
        if found:
            return found
        raise


async def _by_agent(link: Link, seen: Ground) -> Found | None:
    """With the login's own rights: to look needs no password. None where no agent answers or it is too old."""
    spots = ((kind, seen.spots.get((kind, "code"))) for kind in ("home", "spare", "system"))
    for layout in (seen.layouts[kind] for kind, spot in spots if spot and FOLDER.fullmatch(spot.current)):
        command = shlex.join((layout.launcher, "proxy", "--socket", layout.socket))
        with suppress(TimeoutError, LinkError, WireError):
            async with asyncio.timeout(ANSWER_S):
                if found := await _asked(await link.open(command)):
                    return found
    return None


async def _asked(channel: Channel) -> Found | None:
    try:
        await channel.send(b'{"discover": {"id": 1}}')
        async for line in channel.lines():
            said = _table(line)
            if "error" in said:
                return None
            if "discover" in said:
                return _found("its agent", said["discover"])
    finally:
        await channel.close()
    return None


async def _by_script(link: Link, seen: Ground) -> Found:
    """The agent's own modules, run from memory with the login's own rights: no file is written there."""
    python = next((line.partition(" ")[2] for line in seen.pythons if _new_enough(line)), "python3")
    reply = await link.run(f"{shlex.quote(python)} -I -S -", stdin=_program(), timeout_s=ANSWER_S)
    lines = [said for line in reply.stdout.splitlines() if "discover" in (said := _table(line))]
    if reply.ending is not Ending.OK or not lines:
        last = reply.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        words = reply.note or clean(
            last[0] if last else f"it ended {reply.ending} with status {reply.status}", limit=300
        )
        raise AgentError(link.host.name, f"no agent answers and the script found nothing: {words}")
    return _found(f"a script over SSH, run as {'root' if seen.uid == 0 else 'this login'}", lines[0]["discover"])


def _new_enough(line: str) -> bool:
    major, _, minor = line.partition(" ")[0].partition(".")
    return (int(major), int(minor)) >= OLDEST


def _program() -> bytes:
    sources = {path: content.decode() for path, content in agent_sources().items()}
    packed = base64.b64encode(zlib.compress(json.dumps(sources).encode(), 9)).decode()
    return shipped.read("templates/agent/carried.py").replace("@SOURCES@", packed).encode()


def _found(via: str, said: object) -> Found:
    table = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    rows = [_row(cast("dict[str, Any]", item)) for item in _list(table, "rows")[:MOST] if isinstance(item, dict)]
    notes = tuple(clean(str(note), limit=300) for note in _list(table, "notes")[:16])
    return Found(via, tuple(row for row in rows if 0 < row.port < 65536), notes)


def _row(item: dict[str, Any]) -> Row:
    def text(key: str) -> str:
        value = item.get(key)
        return clean(value, limit=400) if isinstance(value, str) else ""

    def number(key: str) -> int:
        value = item.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else 0

    words = {
        key: text(key) for key in ("address", "name", "unit", "cgroup", "container", "project", "kind", "latency_is")
    }
    why = tuple(clean(str(line), limit=400) for line in _list(item, "why")[:8])
    return Row(port=number("port"), pid=number("pid"), why=why, **words)


def _list(table: dict[str, Any], key: str) -> list[Any]:
    value: object = table.get(key)
    return value if _is_list(value) else []


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _table(line: bytes) -> dict[str, Any]:
    """The object of a line; empty for anything else, a sample too."""
    try:
        said: Any = json.loads(line)
    except ValueError:
        return {}
    return cast("dict[str, Any]", said) if isinstance(said, dict) else {}
