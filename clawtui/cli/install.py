"""`clawtui install HOST [--remove]`."""

import argparse
import asyncio

from clawtui.cli.acting import carried_out, confirming, printed
from clawtui.cli.call import Call


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
    return await carried_out(call, words, printed)
