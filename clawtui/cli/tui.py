"""Without a verb: the fleet on screen. The one place that opens the screens."""

import argparse
import os
import sys
from typing import TYPE_CHECKING

from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.cli.session import found_by, settings_of
from clawtui.errors import NoContext
from clawtui.fleet.host import Fleet

if TYPE_CHECKING:
    from clawtui.engine.boundary import Engine
    from clawtui.settings import Settings


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
    from clawtui.alerts.rules_file import load_rules
    from clawtui.engine.local import LocalEngine

    settings = settings_of(call)
    fleet, words = _fleet(call)
    engine = LocalEngine(fleet, settings, load_rules(call.places), call.places, at_fault=words)
    show(engine, settings, fleet.name)
    return 0


def _fleet(call: Call) -> tuple[Fleet, str]:
    """The fleet; or an empty one and, in words, how to come by one: the screen is no place to end at with an error."""
    from clawtui.cli.first_run import note

    found = found_by(call)
    try:
        return found.only(), ""
    except NoContext as problem:
        return Fleet(""), "\n".join(note(found, call.places)) or str(problem)


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
