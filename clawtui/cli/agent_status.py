"""`clawtui agent status SELECTOR`: a look at every host over its own connection."""

import asyncio
import sys

from clawtui.cli.call import Call
from clawtui.cli.session import fleet_of, settings_of
from clawtui.cli.tty import TtyPrompts
from clawtui.errors import AgentError, ClawtuiError, LinkError
from clawtui.fleet.agent.status import AgentStatus, status
from clawtui.fleet.host import Host

HEAD = ("HOST", "AGENT", "VERSION", "IS", "RSS", "RINGS", "SERVICES", "NOTES")


def statuses(call: Call) -> int:
    """Print all; 0 all answered, 1 some did not, 2 none did."""
    seen = asyncio.run(_ask(call))
    if call.options.json:
        call.out.json({"version": 1, "hosts": [_document(host, found) for host, found in seen.items()]})
    else:
        call.out.table(HEAD, [_row(host, found) for host, found in seen.items()])
    reached = [found for found in seen.values() if isinstance(found, AgentStatus)]
    return 0 if len(reached) == len(seen) else 1 if reached else 2


async def _ask(call: Call) -> dict[str, AgentStatus | ClawtuiError]:
    from clawtui.fleet.connections import Connections
    from clawtui.fleet.selector import select

    fleet = fleet_of(call)
    hosts = select(fleet, call.options.selector)
    prompts = TtyPrompts(sys.stdin.isatty() and sys.stderr.isatty())
    async with Connections(fleet, settings_of(call).ssh, call.places, prompts, environ=call.environ) as connections:

        async def one(host: Host) -> AgentStatus | ClawtuiError:
            try:
                return await status(await connections.link(host))
            except (LinkError, AgentError) as problem:
                return problem

        found = await asyncio.gather(*map(one, hosts))
    return {host.name: answer for host, answer in zip(hosts, found, strict=True)}


def _row(host: str, found: AgentStatus | ClawtuiError) -> tuple[str, ...]:
    if isinstance(found, ClawtuiError):
        return (host, "unreached", "-", "-", "-", "-", "-", str(found).removeprefix(f"{host}: "))
    rss = f"{found.rss / 1048576:.1f} MiB" if found.rss else "-"
    rings, services = ", ".join(found.rings) or "-", ",".join(found.services) or "-"
    return (
        host,
        found.state,
        found.version or "-",
        found.match or "-",
        rss,
        rings,
        services,
        "; ".join(found.notes) or "-",
    )


def _document(host: str, found: AgentStatus | ClawtuiError) -> dict[str, object]:
    if isinstance(found, ClawtuiError):
        return {"name": host, "state": "unreached", "why": str(found)}
    return {
        "name": host,
        "state": found.state,
        "version": found.version,
        "folder": found.folder,
        "match": found.match,
        "rings": list(found.rings),
        "services": list(found.services),
        "rss": found.rss or None,
        "notes": list(found.notes),
    }
