"""`clawtui cp SRC… SELECTOR:DST` and `clawtui cp SELECTOR:SRC DIR`."""

import argparse
import asyncio

from clawtui.cli.acting import carried_out, confirming, printed
from clawtui.cli.call import Call


def arguments(parser: argparse.ArgumentParser) -> None:
    """From where, to where."""
    parser.add_argument("source", nargs="+", metavar="SRC", help="files and folders here, or SELECTOR:PATH there")
    parser.add_argument("target", metavar="DST", help="SELECTOR:PATH there (a / at the end: into it), or a folder here")
    confirming(parser)


def run(call: Call) -> int:
    """Plan, confirm, copy."""
    return asyncio.run(_run(call))


async def _run(call: Call) -> int:
    words = ("cp", *call.options.source, call.options.target)
    return await carried_out(call, words, printed)
