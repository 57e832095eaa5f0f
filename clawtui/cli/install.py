"""`clawtui install HOST [--remove]`."""

import argparse
import asyncio

from clawtui.cli.acting import act, code_of, confirming, told
from clawtui.cli.call import Call
from clawtui.cli.session import engine_of, fleet_of


def arguments(parser: argparse.ArgumentParser) -> None:
    """Where, or away."""
    parser.add_argument("host", metavar="HOST", help="a bastion or controller; a selector is understood too")
    parser.add_argument("--remove", action="store_true", help="take it away again")
    confirming(parser)


def run(call: Call) -> int:
    """Plan, confirm, install."""
    return asyncio.run(_run(call))


async def _run(call: Call) -> int:
    words = ("install", call.options.host, *(["--remove"] if call.options.remove else []))
    async with engine_of(call, fleet_of(call)) as engine:
        outcome = await act(call, engine, words)
    if outcome is None:
        return 0
    told(call, outcome.hosts, lambda host: host.stdout.decode("utf-8", "replace").splitlines())
    return code_of(outcome.hosts)
