"""`clawtui forward HOST [LOCAL:]REMOTE`: a port of this machine that leads to one on a host, until ctrl+c."""

import argparse
import asyncio
import signal

from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.cli.session import engine_of, fleet_of
from clawtui.engine.boundary.forwards import ForwardPort, Forwards
from clawtui.engine.local import LocalEngine
from clawtui.errors import Refused, UsageError
from clawtui.fleet.forwarding import ports_in
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.selector import select


def arguments(parser: argparse.ArgumentParser) -> None:
    """A host and ports."""
    parser.add_argument("host", metavar="HOST", help="one host")
    parser.add_argument("ports", metavar="[LOCAL:]REMOTE", help="8000, or 18000:8000; this machine's port first")


def run(call: Call) -> int:
    """Forward until somebody says stop."""
    try:
        local, remote = ports_in(call.options.ports)
    except Refused as problem:
        raise UsageError(str(problem)) from problem
    fleet = fleet_of(call)
    host, *others = select(fleet, call.options.host)
    if others:
        raise UsageError(f"a port is forwarded to one host; {call.options.host!r} means {len(others) + 1}")
    return asyncio.run(_forward(call, fleet, host, ForwardPort(host.name, remote, local)))


async def _forward(call: Call, fleet: Fleet, host: Host, intent: ForwardPort) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with engine_of(call, fleet) as engine:
        outcome = await engine.do(intent)
        if not outcome.done:
            say(outcome.words)
            return outcome.code
        view = engine.forwards.view.forwards[0]
        if call.options.json:
            call.out.json({"version": 1, "host": host.name, "local": view.local, "remote": view.remote})
        else:
            call.out.line(f"127.0.0.1:{view.local} → {host.name}:{view.remote}; ctrl+c ends it")
        telling = asyncio.create_task(_tell(engine))
        try:
            await stop.wait()
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)
    return 0


async def _tell(engine: LocalEngine) -> None:
    """What goes wrong with a connection through it is said when it happens."""
    last = ""
    async for event in engine.subscribe("forwards"):
        if isinstance(event, Forwards) and event.forwards and event.forwards[0].words != last:
            last = event.forwards[0].words
            if last:
                say(f"{event.forwards[0].host}: {last}")
