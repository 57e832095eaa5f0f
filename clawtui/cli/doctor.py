"""`clawtui doctor HOST`: step by step, each with its remedy."""

import argparse
import asyncio
import getpass

from clawtui.cli.call import Call
from clawtui.cli.session import engine_of, fleet_of
from clawtui.engine.boundary.doctor import Diagnosis, DoctorQuery, Finding
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.selector import select

GLYPHS = {"ok": "●", "warning": "▲", "failed": "✗", "skipped": "·"}
LOOKS = {"ok": "", "warning": "warn", "failed": "bad", "skipped": "dim"}


def arguments(parser: argparse.ArgumentParser) -> None:
    """One host."""
    parser.add_argument("host", metavar="HOST")
    shows = parser.add_mutually_exclusive_group()
    shows.add_argument(
        "--policy", action="store_true", help="what an administrator would have to allow there, as text for a ticket"
    )
    shows.add_argument(
        "--helper", action="store_true", help="the one program that would then run as root, to be read and placed"
    )


def run(call: Call) -> int:
    """Print findings; 0 all well, 1 a warning, 2 something failed, 3 nothing could be known."""
    fleet = fleet_of(call)
    host, *others = select(fleet, call.options.host)
    if others:
        raise UsageError(f"doctor looks at one host; {call.options.host!r} means {len(others) + 1}")
    if call.options.policy or call.options.helper:
        return _administrator(call, host)
    found = asyncio.run(_ask(call, fleet, host.name))
    if call.options.json:
        findings = [{"what": f.what, "state": f.state, "words": f.words, "remedy": f.remedy} for f in found.findings]
        call.out.json({"version": 1, "host": found.host, "findings": findings})
    else:
        _print(call, found)
    return _code(found.findings)


def _administrator(call: Call, host: Host) -> int:
    """Texts for somebody else; no connection is made."""
    from clawtui.fleet.agent.scripts import placed
    from clawtui.fleet.allowance import policy

    text = placed() if call.options.helper else policy(host.name, host.become, host.user or getpass.getuser())
    call.out.raw(text.encode())
    return 0


async def _ask(call: Call, fleet: Fleet, host: str) -> Diagnosis:
    async with engine_of(call, fleet) as engine:
        answer = await engine.ask(DoctorQuery(host=host))
    assert isinstance(answer, Diagnosis)
    return answer


def _print(call: Call, found: Diagnosis) -> None:
    for finding in found.findings:
        glyph = GLYPHS[finding.state] if call.out.terminal else finding.state.ljust(8)
        call.out.line(f"{glyph} {finding.what.ljust(9)} {finding.words}", look=LOOKS[finding.state])
        if finding.remedy:
            call.out.line(f"  {' ' * 9} → {finding.remedy}")


def _code(findings: tuple[Finding, ...]) -> int:
    states = {finding.state for finding in findings}
    if "failed" in states:
        return 2
    return 1 if "warning" in states else 0 if "ok" in states else 3
