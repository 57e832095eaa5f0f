"""`clawtui service start|stop|restart|drain|undrain SELECTOR [NAME]`."""

import argparse
import asyncio

from clawtui.cli.acting import act, code_of, confirming, told
from clawtui.cli.call import Call
from clawtui.cli.session import engine_of, fleet_of
from clawtui.engine.in_waves import FLAGS

DOES = ("start", "stop", "restart", "drain", "undrain")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and where."""
    parser.add_argument("what", choices=DOES, metavar="|".join(DOES))
    parser.add_argument("selector", metavar="SELECTOR", help="web*, @group, site=eu, or all")
    parser.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="of a [[service]], or of one that was deployed"
    )
    parser.add_argument("--wave", metavar="N|N%", help="hosts at a time after the first one; 25%% where not given")
    parser.add_argument("--apart", metavar="LABEL", help="never two hosts of the same LABEL (or site, region) at once")
    parser.add_argument(
        "--max-failed", metavar="N|N%", help="how many of a wave may fail before the rest is left alone"
    )
    confirming(parser)


def run(call: Call) -> int:
    """Through the engine's plan."""
    return asyncio.run(_act(call))


async def _act(call: Call) -> int:
    options = call.options
    words = ["service", options.what, options.selector, *filter(None, (options.name,))]
    for flag in FLAGS:
        if value := getattr(options, flag.removeprefix("--").replace("-", "_")):
            words += [flag, value]
    async with engine_of(call, fleet_of(call)) as engine:
        outcome = await act(call, engine, words)
    if outcome is None:
        return 0
    told(call, outcome.hosts, lambda _: ())
    return code_of(outcome.hosts)
