"""Without a verb: the fleet on screen. The one place that opens the screens."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.cli.session import everything, found_by, named, settings_of
from clawtui.fleet.host import Fleet

if TYPE_CHECKING:
    from clawtui.engine.boundary import Engine
    from clawtui.settings import Settings


ALL = "all"


def arguments(parser: argparse.ArgumentParser) -> None:
    """What the plain table needs when it stands in."""
    parser.set_defaults(wait=5.0, watch=False)


def run(call: Call) -> int:
    """Open the screens; on anything that is no terminal print the table instead, and say so."""
    why = not_here(call)
    if why:
        from clawtui.cli.status import run as table

        say(f"{why}, so here is the plain table; see clawtui status --help")
        return table(call)
    settings = settings_of(call)
    engine, title = _engine(call, settings)
    show(engine, settings, title)
    return 0


def _engine(call: Call, settings: "Settings") -> tuple["Engine", str]:
    """Of the one context there is; or of all there are, among which the screen chooses: no place to end at with an error."""
    from clawtui.alerts.rules_file import load_rules
    from clawtui.cli.first_run import note
    from clawtui.engine.local import LocalEngine

    def make(fleet: Fleet) -> LocalEngine:
        return LocalEngine(fleet, settings, rules, call.places)

    rules, every = load_rules(call.places), call.options.context == ALL
    found = everything(call) if every else found_by(call)
    if len(found.contexts) == 1 and (named(call) or len(everything(call).contexts) == 1):
        fleet = found.only()
        return make(fleet), fleet.name
    from clawtui.engine.catalogue import Files
    from clawtui.engine.contexts import Contexts

    files = Files(lambda: everything(call), make, call.places, call.environ)
    chosen = found.names if every or len(found.contexts) == 1 else ()
    advice = (
        "\n".join((*note(found, call.places), ":ctx picks among these hosts"))
        if found.first_run and not found.contexts
        else f"{len(found.contexts)} contexts: :ctx NAME shows one, :ctx all shows all"
    )
    return Contexts(files, {name: files.read(name) for name in chosen}, advice=advice), ", ".join(chosen) or "clawtui"


def show(engine: "Engine", settings: "Settings", title: str) -> None:
    """Open the screens; returns when they are left."""
    from clawtui_screens.main import run as screens

    screens(engine, settings, title=title)


def not_here(call: Call) -> str:
    """Why there is nothing to draw on; empty where there is."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return "this is no terminal"
    if call.environ.get("TERM", "") in ("", "dumb"):
        return f"this terminal cannot be drawn on (TERM={call.environ.get('TERM', '')})"
    if 0 in os.get_terminal_size(sys.stdout.fileno()):
        return "this terminal says that it has no size (stty rows 24 cols 80 gives it one)"
    return ""
