"""`clawtui agent discover HOST`: `[[service]]` entries to paste, each with what was seen; nothing is changed."""

import asyncio

from clawtui.cli.call import Call
from clawtui.cli.session import engine_of, fleet_of
from clawtui.engine.boundary.discover import Discovered, DiscoverQuery
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet
from clawtui.fleet.selector import select


def discovered(call: Call) -> int:
    """Print proposals; 0 when the host could be looked at."""
    fleet = fleet_of(call)
    host, *others = select(fleet, call.options.selector)
    if others:
        raise UsageError(f"discover looks at one host; {call.options.selector!r} means {len(others) + 1}")
    found = asyncio.run(_ask(call, fleet, host.name))
    if call.options.json:
        call.out.json(_document(found))
    else:
        _print(call, found, fleet)
    return 0


async def _ask(call: Call, fleet: Fleet, host: str) -> Discovered:
    async with engine_of(call, fleet) as engine:
        answer = await engine.ask(DiscoverQuery(host=host))
    assert isinstance(answer, Discovered)
    return answer


def _print(call: Call, found: Discovered, fleet: Fleet) -> None:
    """TOML as a whole: what is no entry is a comment, so that all of it may be appended to a fleet file."""
    count = len(found.proposals) or "no"
    call.out.line(
        f"# {found.host}: {count} services seen by {found.via}; nothing was changed. For {fleet.origin.file}:"
    )
    for note in found.notes:
        call.out.line(f"# {note}", look="dim")
    for proposal in found.proposals:
        call.out.line("")
        for why in proposal.why:
            call.out.line(f"# {why}", look="dim")
        for line in proposal.toml.splitlines():
            call.out.line(line)


def _document(found: Discovered) -> dict[str, object]:
    services = [{"name": p.name, "known": p.known, "why": list(p.why), "toml": p.toml} for p in found.proposals]
    return {"version": 1, "host": found.host, "via": found.via, "notes": list(found.notes), "services": services}
