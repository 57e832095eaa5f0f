"""`clawtui deploy WORD`: from a folder to a fleet, and back."""

import argparse
import asyncio
import re
from pathlib import Path

from clawtui.cli.acting import act, code_of, confirming, told
from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.cli.session import engine_of, fleet_of

DOES = (
    "plan",
    "apply",
    "adopt",
    "status",
    "attach",
    "pause",
    "next",
    "resume",
    "abort",
    "undo",
    "history",
    "drift",
    "unlock",
)
ACTS = ("apply", "adopt", "next", "resume", "abort", "undo")
# go by a plan that is confirmed
ROLLOUT = re.compile(r"rollout ([^ :]+)")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with what."""
    parser.usage = f"{parser.prog} [flags] WORD [WHAT] [MORE]"
    parser.add_argument("what", choices=DOES, metavar="WORD", help=", ".join(DOES))
    parser.add_argument(
        "subject",
        nargs="?",
        default="",
        metavar="WHAT",
        help="a service.toml, its folder, a plan, a rollout or a service",
    )
    parser.add_argument(
        "more",
        nargs="?",
        default="",
        metavar="MORE",
        help="hosts (plan, apply, adopt); a release (undo); a service (unlock)",
    )
    parser.add_argument("--out", metavar="FILE", help="plan: write it to a file that apply carries out")
    parser.add_argument("--detach", action="store_true", help="do not wait: the rollout goes on, attach shows it")
    parser.add_argument("--reason", metavar="WORDS", default="", help="why, for the record")
    # what a coordinator's process is started with; nobody types it
    parser.add_argument("--coordinate", action="store_true", help=argparse.SUPPRESS)
    confirming(parser)


def run(call: Call) -> int:
    """By its word."""
    what = call.options.what
    if call.options.coordinate:
        from clawtui.cli.deploy_coordinate import coordinated

        return coordinated(call, call.options.subject)
    if what == "plan":
        return asyncio.run(_plan(call))
    if what in ACTS:
        return asyncio.run(_act(call))
    from clawtui.cli import deploy_look

    if what == "status":
        return deploy_look.status(call)
    if what == "history":
        return deploy_look.history(call)
    if what == "drift":
        from clawtui.cli.deploy_drift import drift

        return asyncio.run(drift(call))
    if what == "unlock":
        return asyncio.run(_unlock(call))
    return asyncio.run(_attach(call))


async def _plan(call: Call) -> int:
    """Free: looks at hosts and changes nothing."""
    from clawtui.deploy.plan import written
    from clawtui.engine.deploying.words import lines, title
    from clawtui.engine.deploying.yard import Yard

    fleet = fleet_of(call)
    async with engine_of(call, fleet) as engine:
        yard = Yard(fleet, call.places, engine.links, call.environ)
        plan = await yard.planned(Path(call.options.subject or "."), call.options.more)
    if call.options.out:
        await asyncio.to_thread(Path(call.options.out).write_bytes, written(plan))
    if call.options.json:
        call.out.raw(written(plan) if call.out.terminal else written(plan).replace(b"\n", b"") + b"\n")
    else:
        call.out.line(f"{title(plan)} in {fleet.name}", look="bold")
        for line in lines(plan):
            call.out.line(f"  {line}")
    if refusal := yard.refused(plan):
        say(f"it cannot be carried out: {refusal}")
        return 77
    return 0


async def _act(call: Call) -> int:
    """Plan, confirm, set going or give the order, then watch it unless told otherwise."""
    from clawtui.cli.deploy_attach import attach
    from clawtui.engine.deploying.yard import ledger_of

    options = call.options
    words = ("deploy", options.what, *filter(None, (options.subject, options.more)))
    async with engine_of(call, fleet_of(call)) as engine:
        outcome = await act(call, engine, words, progress=False)
    if outcome is None:
        return 0
    named = ROLLOUT.match(outcome.words)
    if named is None or options.detach or options.what == "next":
        say(outcome.words)
        return 0
    return await attach(call, ledger_of(call.places, named[1]))


async def _unlock(call: Call) -> int:
    """Each host's lock, by name and with a reason."""
    options = call.options
    words = ("deploy", "unlock", options.subject, options.more, "--reason", options.reason)
    async with engine_of(call, fleet_of(call)) as engine:
        outcome = await act(call, engine, words)
    if outcome is None:
        return 0
    told(call, outcome.hosts, lambda _: ())
    return code_of(outcome.hosts)


async def _attach(call: Call) -> int:
    """Watch; a pause is ordered first, and needs no plan: it begins nothing."""
    from clawtui.cli.deploy_attach import attach
    from clawtui.engine.deploying.yard import ledger_of, ordered

    pause = call.options.what == "pause"
    ledger = ledger_of(call.places, call.options.subject, running=pause)
    if pause:
        await ordered(call.places, ledger, "pause", why=call.options.reason)
        return 0
    return await attach(call, ledger)
