"""`clawtui cp SRC… SELECTOR:DST` and `clawtui cp SELECTOR:SRC DIR`."""

import argparse
import asyncio

from clawtui.cli.acting import act, code_of, confirming, told
from clawtui.cli.call import Call
from clawtui.cli.session import engine_of, fleet_of


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
    async with engine_of(call, fleet_of(call)) as engine:
        outcome = await act(call, engine, words)
    if outcome is None:
        return 0
    told(call, outcome.hosts, lambda host: host.stdout.decode("utf-8", "replace").splitlines())
    return code_of(outcome.hosts)
