"""The agent where none may be installed: run from a temporary folder over the channel that brought it, while it is read."""

import asyncio
import hashlib
import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from clawtui import shipped
from clawtui.clean import clean
from clawtui.errors import AgentError
from clawtui.fleet.agent import bundle
from clawtui.fleet.agent.layout import system_layout
from clawtui.fleet.agent.probe import OLDEST
from clawtui.fleet.agent.psutil_files import psutil_for
from clawtui.fleet.host import Host
from clawtui.fleet.link import Channel, Link
from clawtui.places import Places

READY_S = 60.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What has to be known of a host before anything is sent."""

    machine: str
    libc: str
    pythons: tuple[str, ...]
    # "3.11 /usr/bin/python3"


async def start(link: Link, ground: Ground, places: Places) -> Channel:
    """A channel that the agent speaks on; AgentError says why it cannot run there."""
    host = link.host
    python = newest_enough(host.name, ground.pythons)
    # in a thread: it may have to fetch psutil
    archive = await asyncio.to_thread(packed, host, ground, places)
    channel = await link.open(command(python, archive))
    try:
        async with asyncio.timeout(READY_S):
            await channel.send(archive)
            said = await _first_line(channel)
    except TimeoutError:
        await channel.close()
        raise AgentError(host.name, f"the agent did not start from a temporary folder within {READY_S:.0f} s") from None
    except BaseException:
        await channel.close()
        raise
    if said != "ready":
        await channel.close()
        raise AgentError(host.name, clean(said.removeprefix("failed ") or "its shell ended without a word", limit=300))
    return channel


def newest_enough(host: str, pythons: Sequence[str]) -> str:
    """The first interpreter that the agent runs under."""
    for line in pythons:
        number, _, path = line.partition(" ")
        major, _, minor = number.partition(".")
        if major.isdigit() and minor.isdigit() and (int(major), int(minor)) >= OLDEST and path.startswith("/"):
            return path
    seen = ", ".join(clean(line.partition(" ")[0], limit=20) for line in pythons[:4])
    raise AgentError(host, f"no Python 3.9 or newer there{f', only {seen}' if seen else ''}")


def packed(host: Host, ground: Ground, places: Places) -> bytes:
    """The agent's package, psutil's six files and a configuration without socket and rings."""
    sources = bundle.agent_sources()
    psutil = psutil_for(host.name, ground.machine, ground.libc, places)
    config = json.loads(bundle.config_json(host, system_layout(), bundle.RINGS_MAX_BYTES))
    config |= {"socket": "", "state": "", "group": ""}
    files = {f"clawtui_agent/{path}": content for path, content in sources.items()}
    files |= {f"psutil/{path}": content for path, content in psutil.files.items()}
    return bundle.pack({**files, "config.json": json.dumps(config).encode()})


def command(python: str, archive: bytes) -> str:
    """What reads the archive and runs it."""
    values = {"python": python, "size": str(len(archive)), "sha256": hashlib.sha256(archive).hexdigest()}
    variables = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    return f"sh -c {shlex.quote(variables + shipped.read('templates/agentless/temporary.sh'))}"


async def _first_line(channel: Channel) -> str:
    async for line in channel.lines():
        if line == b"ready" or line.startswith(b"failed "):
            return line.decode("utf-8", "replace")
    return ""
