"""`clawtui shell HOST`: a shell on a host, through the same connection, bastions and host keys as everything else."""

import argparse
import asyncio
import os
import sys

from clawtui.clean import clean
from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.cli.session import engine_of, fleet_of, settings_of
from clawtui.cli.tty import TtyPrompts
from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.selector import select


def arguments(parser: argparse.ArgumentParser) -> None:
    """One host."""
    parser.add_argument("host", metavar="HOST")


def run(call: Call) -> int:
    """Hand the terminal over; 0 when the shell ended by itself with 0, 1 when it ended otherwise, 2 when none was had."""
    if call.command is not None:
        raise UsageError("shell runs no command; write clawtui run HOST -- COMMAND")
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("shell needs a terminal; write clawtui run HOST -- COMMAND")
    fleet = fleet_of(call)
    host, *others = select(fleet, call.options.host)
    if others:
        raise UsageError(f"a shell is on one host; {call.options.host!r} means {len(others) + 1}")
    return asyncio.run(_shell(call, fleet, host))


async def _shell(call: Call, fleet: Fleet, host: Host) -> int:
    from clawtui.cli.terminal import handed_over
    from clawtui.errors import LinkError
    from clawtui.fleet.connections import Connections

    async with Connections(
        fleet, settings_of(call).ssh, call.places, TtyPrompts(present=True), environ=call.environ
    ) as all_:
        try:
            link = await all_.link(host)
        except LinkError as problem:
            say(str(problem))
            return 2
        await _record(call, fleet, host, "opened")
        say(f"{clean(host.name)}: a shell is not guarded, only recorded")
        try:
            status = await handed_over(link, os.environ.get("TERM", "xterm"))
        except LinkError as problem:
            await _record(call, fleet, host, f"not had: {problem.reason}")
            say(str(problem))
            return 2
    words = "the connection was lost; what ran there is unknown" if status is None else f"ended with {status}"
    await _record(call, fleet, host, words)
    if status is None:
        say(f"{host.name}: {words}")
    return 0 if status == 0 else 1


async def _record(call: Call, fleet: Fleet, host: Host, words: str) -> None:
    """A line in actions.jsonl."""
    from clawtui.engine.boundary.actions import Note

    async with engine_of(call, fleet) as engine:
        await engine.do(Note(verb="shell", hosts=(host.name,), cli=f"clawtui shell {host.name}", note=words))
