"""What verbs that know a fleet begin with: which fleet, which settings, an engine."""

import gc
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.fleet.host import Fleet

COLLECT_EACH = 20_000  # new objects: a verb lives for seconds, and 700 (the default) costs it 4 % of its CPU

if TYPE_CHECKING:
    from clawtui.engine.local import LocalEngine
    from clawtui.fleet.context import Found
    from clawtui.fleet.prompts import Prompts
    from clawtui.settings import Settings


def settings_of(call: Call) -> "Settings":
    """All layers."""
    from clawtui.settings import load

    return load(call.places, call.environ, {})


def fleet_of(call: Call) -> Fleet:
    """The one fleet that this call is about; NoContext with the way out where there is none, or where one must be chosen."""
    from clawtui.cli.first_run import note

    found = found_by(call)
    for line in note(found, call.places):
        say(line)
    return found.only()


def found_by(call: Call) -> "Found":
    """What there is to choose from; connects to nothing."""
    from clawtui.fleet.context import find_fleets

    options = call.options
    return find_fleets(call.places, call.environ, fleet_flag=options.fleet, context_flag=options.context)


def everything(call: Call) -> "Found":
    """All contexts, whichever was asked for."""
    from clawtui.fleet.context import find_fleets

    return find_fleets(call.places, call.environ, fleet_flag=call.options.fleet, context_flag=None)


def named(call: Call) -> bool:
    """A fleet file was named: it stands alone."""
    return bool(call.options.fleet or call.environ.get("CLAWTUI_FLEET"))


@asynccontextmanager
async def engine_of(
    call: Call, fleet: Fleet, *, prompts: "Prompts | None" = None, follow: bool = False
) -> AsyncGenerator["LocalEngine"]:
    """An engine in this process, entered; without a terminal nobody answers questions."""
    from clawtui.alerts.rules_file import load_rules
    from clawtui.cli.tty import TtyPrompts
    from clawtui.engine.local import LocalEngine

    gc.freeze()  # what was imported stays: no collection need walk it
    gc.set_threshold(COLLECT_EACH)
    asks = prompts or TtyPrompts(sys.stdin.isatty() and sys.stderr.isatty())
    engine = LocalEngine(fleet, settings_of(call), load_rules(call.places), call.places, prompts=asks, follow=follow)
    async with engine:
        yield engine
