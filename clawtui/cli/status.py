"""`clawtui status`: what the engine sees, as a table or as the JSON document; worst first."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from clawtui.clean import clean
from clawtui.cli.call import Call
from clawtui.cli.out import Out
from clawtui.cli.session import engine_of, fleet_of
from clawtui.engine.boundary import Engine
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery, HostView
from clawtui.engine.boundary.value import State
from clawtui.engine.status import document, status_code
from clawtui.engine.words import percentage

WAIT_S = 5.0
LOOK_S = 0.1
REDRAW_S = 2.0
PENDING = (State.LOADING, State.UNKNOWN)
GLYPHS = {
    State.DOWN: ("✗", "bad"),
    State.CRITICAL: ("✗", "bad"),
    State.REFUSED: ("!", "bad"),
    State.STALE: ("‖", "warn"),
    State.WARNING: ("▲", "warn"),
    State.NO_AGENT: ("○", "warn"),
    State.DRAINED: ("◌", "dim"),
    State.UNKNOWN: ("?", "dim"),
    State.LOADING: ("…", "dim"),
    State.OK: ("●", ""),
}
HEAD = ("STATE", "HOST", "SINCE", "CPU%", "MEM FREE", "P95 MS", "ERR%", "RPS", "AGE", "WHY")


def arguments(parser: argparse.ArgumentParser) -> None:
    """How long to wait, and whether to stay."""
    parser.add_argument("--wait", type=float, default=WAIT_S, metavar="S", help="seconds until every host has answered")
    parser.add_argument("--watch", action="store_true", help="again every 2 seconds, until ctrl+c")


def run(call: Call) -> int:
    """Print; the exit code is the worst state's."""
    return asyncio.run(_status(call))


async def _status(call: Call) -> int:
    fleet = fleet_of(call)
    async with engine_of(call, fleet, follow=True) as engine:
        frame = await _answered(engine, call.options.wait)
        while call.options.watch:
            if call.out.terminal:
                call.out.raw(b"\x1b[H\x1b[2J")
            _print(call, frame)
            await asyncio.sleep(REDRAW_S)
            frame = await _ask(engine)
        _print(call, frame)
    return status_code(frame.hosts)


async def _ask(engine: Engine) -> FleetFrame:
    answer = await engine.ask(FleetQuery())
    assert isinstance(answer, FleetFrame)
    return answer


async def _answered(engine: Engine, wait_s: float) -> FleetFrame:
    """The fleet once no host is pending, or when the time is over."""
    loop = asyncio.get_running_loop()
    end = loop.time() + wait_s
    frame = await _ask(engine)
    while any(host.state in PENDING for host in frame.hosts) and loop.time() < end:
        await asyncio.sleep(LOOK_S)
        frame = await _ask(engine)
    return frame


def _print(call: Call, frame: FleetFrame) -> None:
    if call.options.json:
        call.out.json(document(frame))
        return
    hosts = sorted(frame.hosts, key=lambda host: (host.state.rank, host.name))
    _table(call.out, hosts, frame.at)
    if call.out.terminal:
        call.out.line(frame.summary.headline, look="bold")
        for problem in frame.summary.problems:
            sys.stderr.write(f"clawtui: {clean(problem)}\n")


def _table(out: Out, hosts: Sequence[HostView], now: float) -> None:
    rows = [_row(host, now, plain=not out.terminal) for host in hosts]
    out.table(HEAD, rows, [GLYPHS[host.state][1] for host in hosts])


def _row(host: HostView, now: float, *, plain: bool) -> tuple[str, ...]:
    state = host.state.value if plain else f"{GLYPHS[host.state][0]} {host.state.value}"
    memory = host.metrics.get("memory.available")
    remedy = f" → {host.remedy}" if host.remedy else ""
    return (
        state,
        host.name,
        "-" if host.since is None else _span(now - host.since),
        _percent(host.metrics.get("cpu.busy")),
        "-" if memory is None else _bytes(memory),
        _number(_service(host, "latency.p95"), 1000),
        _percent(_service(host, "errors.ratio")),
        _number(_service(host, "requests.rate", total=True), 1, digits=1),
        "-" if host.age_s is None else _span(host.age_s),
        clean(" ".join((*host.badges, f"{host.why}{remedy}")).strip()) or "-",
    )


def _service(host: HostView, metric: str, *, total: bool = False) -> float | None:
    """Over a host's services: the worst, or the sum."""
    values = [value for service in host.services if (value := service.metrics.get(metric)) is not None]
    if not values:
        return None
    return sum(values) if total else max(values)


def _number(value: float | None, factor: float, *, digits: int = 0) -> str:
    return "-" if value is None else f"{value * factor:.{digits}f}"


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else percentage(ratio)


def _bytes(value: float) -> str:
    """In 10^6 or 10^9, as rules are written."""
    return f"{value / 1e9:.1f} GB" if value >= 1e9 else f"{value / 1e6:.0f} MB"


def _span(seconds: float) -> str:
    """The largest unit that fits."""
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f}{unit}"
    return f"{max(seconds, 0):.0f}s"
