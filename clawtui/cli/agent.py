"""`clawtui agent install|upgrade|status|discover|remove SELECTOR`."""

import argparse
import asyncio

from clawtui.cli.acting import carried_out, confirming, printed
from clawtui.cli.call import Call
from clawtui.cli.session import settings_of
from clawtui.engine.in_waves import FLAGS
from clawtui.fleet.agent.bundle import RINGS_MAX_BYTES

DOES = ("install", "upgrade", "status", "discover", "remove")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and where."""
    parser.add_argument("what", choices=DOES, metavar="|".join(DOES))
    parser.add_argument("selector", metavar="SELECTOR", help="web*, @group, site=eu, or all")
    parser.add_argument(
        "--rings-max-bytes", type=int, metavar="N", help="history kept on each host, instead of the setting"
    )
    parser.add_argument(
        "--wave", metavar="N|N%", help="hosts changed at a time after the first one; 25%% where not given"
    )
    parser.add_argument("--apart", metavar="LABEL", help="never two hosts of the same LABEL (or site, region) at once")
    parser.add_argument(
        "--max-failed", metavar="N|N%", help="how many of a wave may fail before the rest is left alone; 25%%"
    )
    confirming(parser)


def run(call: Call) -> int:
    """Through the engine's plan; status and discover only look."""
    if call.options.what == "discover":
        from clawtui.cli.agent_discover import discovered

        return discovered(call)
    if call.options.what == "status":
        from clawtui.cli.agent_status import statuses

        return statuses(call)
    return asyncio.run(_act(call))


async def _act(call: Call) -> int:
    words = ["agent", call.options.what, call.options.selector]
    rings = call.options.rings_max_bytes or settings_of(call).agent.rings_max_bytes
    if call.options.what != "remove" and rings != RINGS_MAX_BYTES:
        words += ["--rings-max-bytes", str(rings)]
    for flag in FLAGS:
        if value := getattr(call.options, flag.removeprefix("--").replace("-", "_")):
            words += [flag, value]
    return await carried_out(call, words, printed)
