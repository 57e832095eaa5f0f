"""`clawtui demo`: a fleet on this machine, on screen or watched for a while and told."""

import argparse
import asyncio
from dataclasses import replace
from datetime import UTC, datetime

from clawtui.clean import clean
from clawtui.cli import tui
from clawtui.cli.call import Call
from clawtui.cli.out import Out, say
from clawtui.cli.session import settings_of
from clawtui.demo.fleet import DemoFleet
from clawtui.demo.script import BRIEF, CALM, TOUR
from clawtui.demo.sightings import Incident
from clawtui.engine.boundary.hosts import FleetFrame, HostView
from clawtui.engine.status import document, moment
from clawtui.engine.words import percentage
from clawtui.errors import UsageError

TITLE = "demo: local hosts, made-up load"
NOT_SHOWN = 1
# exit code: it ran, and did not show what it is for
LEAST_S = 1.0


def arguments(parser: argparse.ArgumentParser) -> None:
    """Screen or headless, with or without incidents."""
    parser.add_argument(
        "--headless", action="store_true", help="no screen: watch for a while, then print what was seen"
    )
    parser.add_argument("--seconds", type=float, metavar="N", default=25.0, help="how long to watch (headless; 25)")
    parser.add_argument("--calm", action="store_true", help="nothing goes wrong")


def run(call: Call) -> int:
    """Start the hosts and look at them; nothing of it stays."""
    options = call.options
    if options.fleet or options.context:
        raise UsageError("demo brings its own fleet: leave out --fleet and --context")
    if options.headless:
        return asyncio.run(_headless(call))
    if options.json:
        raise UsageError("--json prints what was seen: write clawtui demo --headless --json")
    return _on_screen(call)


async def _headless(call: Call) -> int:
    from clawtui.alerts.rules_file import load_rules
    from clawtui.demo.headless import Watched, watch
    from clawtui.engine.local import LocalEngine
    from clawtui.fleet.prompts import Nobody

    seconds = call.options.seconds
    if not seconds >= LEAST_S:
        raise UsageError(f"--seconds {seconds:g} is too short to see anything; give {LEAST_S:g} or more")
    demo = DemoFleet(CALM if call.options.calm else BRIEF, environ=call.environ)
    settings = settings_of(_inside(call, demo))
    engine = LocalEngine(demo.fleet, settings, load_rules(demo.places), demo.places, prompts=Nobody())
    say(f"{len(demo.fleet.hosts)} local hosts start in {demo.root}; watching for {seconds:g} s")
    watched: Watched = await watch(demo, engine, seconds)
    if call.options.json:
        call.out.json(document(watched.frame) | {"incidents": [_incident(i) for i in watched.incidents]})
    else:
        _tell(call.out, watched.frame, watched.incidents)
    for cause in watched.unseen:
        say(f"{cause.host}: {cause.what} was caused at {_clock(cause.at)} and not seen")
    if not watched.worked:
        say(
            f"{len(watched.working)} hosts showed CPU, memory and response time: {', '.join(sorted(watched.working)) or 'none'}"
        )
    return 0 if watched.worked else NOT_SHOWN


def _on_screen(call: Call) -> int:
    """The fleet screen on a slow round of incidents; the hosts start behind the first frame."""
    from clawtui.alerts.rules_file import load_rules
    from clawtui.demo.stage import Stage
    from clawtui.engine.local import LocalEngine

    if why := tui.not_here(call):
        raise UsageError(f"{why}; without a screen there is clawtui demo --headless")
    demo = DemoFleet(CALM if call.options.calm else TOUR, environ=call.environ)
    settings = settings_of(_inside(call, demo))
    engine = LocalEngine(demo.fleet, settings, load_rules(demo.places), demo.places)
    tui.show(Stage(demo, engine), settings, TITLE)
    return 0


def _inside(call: Call, demo: DemoFleet) -> Call:
    """The same call, with the demo's places instead of the visitor's: his files are neither read nor written."""
    return replace(call, places=demo.places)


def _incident(incident: Incident) -> dict[str, str | None]:
    caused, seen = moment(incident.caused_at), moment(incident.seen_at)
    why = {"why": incident.why} if incident.why else {}
    return {"host": incident.host, "what": incident.what, "caused_at": caused, "seen_at": seen, **why}


def _tell(out: Out, frame: FleetFrame, incidents: tuple[Incident, ...]) -> None:
    """For eyes: one line a host, one line an incident."""
    out.line(frame.summary.headline, look="bold")
    head = ("HOST", "STATE", "CPU %", "FREE MB", "P95 ms", "ERR %", "WHY")
    out.table(head, [_row(view) for view in frame.hosts])
    out.line()
    for incident in incidents:
        out.line(_sentence(incident))
    if not incidents:
        out.line("no incidents")


def _row(view: HostView) -> tuple[str, ...]:
    service = view.services[0].metrics if view.services else {}
    numbers = (
        _percent(view.metrics.get("cpu.busy")),
        _number(view.metrics.get("memory.available"), 1e-6),
        _number(service.get("latency.p95"), 1000),
        _percent(service.get("errors.ratio")),
    )
    return (view.name, view.state.value, *numbers, clean(view.why))


def _number(value: float | None, factor: float) -> str:
    return "—" if value is None else f"{value * factor:.0f}"


def _percent(ratio: float | None) -> str:
    return "—" if ratio is None else percentage(ratio)


def _sentence(incident: Incident) -> str:
    """When it was caused, and how long it took until it was seen."""
    what = f"{incident.host}: {incident.what}"
    if incident.caused_at is None:
        return f"{what} seen {_clock(incident.seen_at or 0)}, not caused by the demo"
    caused = f"{what} caused {_clock(incident.caused_at)}"
    return (
        f"{caused}, seen {incident.seen_at - incident.caused_at:.1f} s later"
        if incident.seen_at
        else f"{caused}, not seen{': ' * bool(incident.why)}{incident.why}"
    )


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%SZ")
