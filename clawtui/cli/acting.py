"""How every acting verb goes: the plan first, then what must be typed, then host by host."""

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import suppress

from clawtui.clean import clean
from clawtui.cli.call import Call
from clawtui.cli.out import say
from clawtui.cli.session import engine_of, fleet_of
from clawtui.cli.tty import ask
from clawtui.engine.boundary import Engine
from clawtui.engine.boundary.plans import Apply, Arm, HostOutcome, Outcome, Plan, PlanQuery, Progress
from clawtui.engine.words import reverting
from clawtui.errors import ClawtuiError, Refused, UsageError

ARM_MINUTES = 1.0
REACHED = ("ok", "failed", "killed", "unknown")


def confirming(parser: ArgumentParser) -> None:
    """The flags that stand for typing."""
    parser.add_argument("--yes", action="store_true", help="do it without asking, where the context allows that")
    parser.add_argument(
        "--confirm", metavar="NAME:COUNT", help="the context's name and the number of hosts, as prod wants"
    )
    parser.add_argument("--plan", action="store_true", help="show what would happen and end")


async def act(call: Call, engine: Engine, words: Sequence[str], *, progress: bool = True) -> Outcome | None:
    """Plan, confirm, carry out; None where only the plan was wanted. Raises Refused when somebody or something says no."""
    plan = await engine.ask(PlanQuery(words=tuple(words)))
    assert isinstance(plan, Plan)
    if plan.refused:
        raise Refused(plan.refused)
    if call.options.plan or not call.options.yes:
        _show(plan)
    if call.options.plan:
        return None
    typed = await _confirmed(call, plan)
    if plan.needs_arming:
        _granted(await engine.do(Arm(minutes=ARM_MINUTES)))
    if not (progress and len(plan.hosts) > 1 and sys.stderr.isatty()):
        return _granted(await engine.do(Apply(plan=plan.id, confirm=typed)))
    listener = asyncio.create_task(_tell(engine, plan.id))
    await asyncio.sleep(0)  # subscribed before anything happens
    try:
        return _granted(await engine.do(Apply(plan=plan.id, confirm=typed)))
    finally:
        listener.cancel()
        with suppress(asyncio.CancelledError):
            await listener


async def carried_out(
    call: Call, words: Sequence[str], more: Callable[[HostOutcome], Sequence[str]], *, progress: bool = True
) -> int:
    """The whole way of a verb that needs nothing else: plan, confirmation, acts, what came of them; its exit code."""
    async with engine_of(call, fleet_of(call)) as engine:
        outcome = await act(call, engine, words, progress=progress)
    if outcome is None:
        return 0
    told(call, outcome.hosts, more)
    return code_of(outcome.hosts)


def code_of(outcomes: Sequence[HostOutcome]) -> int:
    """0 all, 1 some failed or unreached, 2 none reached."""
    if all(outcome.ending in ("ok", "skipped") for outcome in outcomes):
        return 0
    return 1 if any(outcome.ending in REACHED for outcome in outcomes) else 2


def _show(plan: Plan) -> None:
    """The plan, on standard error: output stays what was asked for."""
    for line in (plan.title, *(f"  {words}" for words in (*plan.lines, reverting(plan.reverts)))):
        sys.stderr.write(clean(line) + "\n")
    sys.stderr.write(f"  same as: {clean(plan.cli)}\n")
    sys.stderr.flush()


async def _confirmed(call: Call, plan: Plan) -> str:
    """What is typed for this plan: by flag, else at the keyboard."""
    strict = plan.confirm not in ("", "y")
    given = (call.options.confirm or "").replace(":", " ")
    wanted = plan.confirm if strict else "y"
    if not plan.confirm:
        return ""
    if given:
        if strict and given != plan.confirm:
            raise Refused(f"--confirm {call.options.confirm} does not fit this plan, which wants {_flag(plan)}")
        return wanted
    if call.options.yes:
        if strict:
            raise Refused(f"--yes is not enough in this context; write {_flag(plan)}")
        return wanted
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Refused(f"nobody can be asked here; write {_flag(plan) if strict else '--yes'}")
    answer = (await ask(f"type {wanted} to go: ")).strip()
    if answer != wanted:
        raise Refused("not confirmed; nothing was done")
    return answer


def _flag(plan: Plan) -> str:
    """The flag that says the same as typing."""
    name, _, count = plan.confirm.rpartition(" ")
    return f"--confirm {name}:{count}" if name else f"--confirm {count}"


def _granted(outcome: Outcome) -> Outcome:
    """An outcome that was not refused."""
    if outcome.done:
        return outcome
    if outcome.code == Refused.exit_code:
        raise Refused(outcome.words)
    if outcome.code == UsageError.exit_code:
        raise UsageError(outcome.words)
    if outcome.hosts:
        return outcome
    raise ClawtuiError(outcome.words)


async def _tell(engine: Engine, plan: str) -> None:
    """A line for each host as it is done."""
    async for event in engine.subscribe("outcomes"):
        if isinstance(event, Progress) and event.plan == plan:
            _line(event.outcome)


def _line(outcome: HostOutcome) -> None:
    say(f"{outcome.host}: {outcome.ending}{': ' if outcome.words else ''}{outcome.words}")


def told(call: Call, outcomes: Sequence[HostOutcome], more: Callable[[HostOutcome], Sequence[str]]) -> None:
    """The result of an act, host by host; `more` are lines below each."""
    if call.options.json:
        call.out.json({"version": 1, "hosts": [_document(outcome) for outcome in outcomes]})
        return
    for outcome in outcomes:
        look = "" if outcome.ending == "ok" else "bad"
        call.out.line(f"{outcome.host}: {outcome.ending}{': ' if outcome.words else ''}{outcome.words}", look=look)
        for line in more(outcome):
            call.out.line(f"  {line}", look="dim")


def _document(outcome: HostOutcome) -> dict[str, object]:
    """One host in JSON; bytes as text, undecodable ones replaced."""
    return {
        "host": outcome.host,
        "ending": outcome.ending,
        "words": outcome.words,
        "status": outcome.status,
        "stdout": outcome.stdout.decode("utf-8", "replace"),
        "stderr": outcome.stderr.decode("utf-8", "replace"),
        "seconds": round(outcome.seconds, 3),
    }


def printed(outcome: HostOutcome) -> Sequence[str]:
    """What the act has to say of a host, line by line."""
    return outcome.stdout.decode("utf-8", "replace").splitlines()
