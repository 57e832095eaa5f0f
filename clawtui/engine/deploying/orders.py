"""Orders to a rollout that is under way, drafted as acts: what is shown before somebody says yes to them."""

import asyncio
from dataclasses import dataclass

import msgspec

from clawtui.deploy.ledger import Ledger, ledgers
from clawtui.engine.act import Draft
from clawtui.engine.boundary.plans import HostOutcome
from clawtui.engine.boundary.rollouts import RolloutHost, RolloutView
from clawtui.engine.deploying.following import whole
from clawtui.engine.deploying.yard import BEGIN_S, Yard, attached, ordered
from clawtui.engine.words import short
from clawtui.errors import ConfigError, Refused, UsageError

CHANGED = ("switching", "verified", "keeping", "kept", "finishing", "finished", "failed", "reverting")
GONE = "was interrupted, and nobody coordinates it: clawtui deploy resume first"


@dataclass(frozen=True, slots=True)
class Order:
    """What a draft carries out."""

    ledger: Ledger
    word: str
    # next, resume, abort, undo


async def under_way(yard: Yard, named: str = "") -> Ledger | None:
    """The newest of this context that has not ended, by id or service; None where there is none."""
    return await asyncio.to_thread(_under_way, yard, named)


def _under_way(yard: Yard, named: str) -> Ledger | None:
    for ledger in ledgers(yard.places):
        try:
            plan = ledger.plan()
        except ConfigError:  # told by the verb that names it
            continue
        if plan.context != yard.fleet.name or named not in ("", plan.id, plan.service):
            continue
        view = whole(ledger, busy=ledger.busy())
        if view.under_way:
            return ledger
        if view.state != "refused":  # who was refused its hosts is newer than the rollout that has them
            return None
    return None


async def ordering(yard: Yard, word: str, named: str = "") -> Draft:
    """The draft of an order; UsageError where nothing is under way."""
    ledger = await under_way(yard, named)
    if ledger is None:
        raise UsageError(f"no rollout{f' {named}' if named else ''} is under way in {yard.fleet.name}")
    view = await _now(yard, ledger)
    touched = [host.name for host in view.hosts if host.state in CHANGED]
    title, lines, refused = _told(word, view, touched)
    hosts = tuple(host for host in yard.fleet.hosts if host.name in (touched if word == "undo" else _next(view)))
    return Draft(
        verb=f"deploy {word}",
        title=title,
        hosts=hosts,
        lines=lines,
        reverts="clawtui deploy apply" if word in ("undo", "abort") else f"clawtui deploy undo {view.service}",
        refused=refused,
        commands=(f"rollout {view.id}: {word}",),
        armed=word not in ("undo", "abort"),
        work=Order(ledger, word),
    )


async def given(yard: Yard, draft: Draft) -> tuple[str, tuple[HostOutcome, ...]]:
    """Tell the coordinator, or start one; what comes of it is seen in the rollout."""
    order = draft.work
    assert isinstance(order, Order)
    name = order.ledger.folder.name
    if order.word == "resume" and not order.ledger.busy():
        await yard.coordinate(order.ledger)
        return f"rollout {name} goes on", ()
    await ordered(yard.places, order.ledger, order.word)
    return f"rollout {name}: {order.word} was ordered", ()


def _told(word: str, view: RolloutView, touched: list[str]) -> tuple[str, tuple[str, ...], str]:
    """Title, lines, and why it is refused."""
    name = f"{view.service} {short(view.release)}"
    gone = "" if view.state != "interrupted" or word == "resume" else f"{view.id} {GONE}"
    if word in ("undo", "abort"):
        back = short(view.previous)
        kept = [host for host in touched if word == "undo" or not _kept(view, host)]
        lines = (f"{name} → {back} on {', '.join(kept) or 'no host: none was changed yet'}", "waves backwards")
        return f"{word.upper()} {name}: back to {back} on {_hosts(len(kept))}", lines, gone
    if word == "resume":
        return f"RESUME {name}", (view.verdict, f"it goes on with {', '.join(_next(view)) or 'what is left'}"), ""
    failing = [gate.name for gate in view.gates if gate.verdict == "fail"]
    refused = gone or (f"{' and '.join(failing)} says no: U goes back" if failing else "")
    coming = _next(view)
    bake = next((wave for wave in view.waves if wave.state == "baking"), None)
    early = (
        (f"wave {bake.name} has baked {bake.bake_done_s:.0f} s of {bake.bake_s:.0f} s: it is kept now",) if bake else ()
    )
    lines = (*early, f"{short(view.release)} goes to {', '.join(coming) or 'no further host'} next")
    return f"NEXT WAVE of {name}: {_hosts(len(coming))}", lines, refused


def _next(view: RolloutView) -> list[str]:
    """Hosts of the first wave that has not begun."""
    waiting = next((wave for wave in view.waves if wave.state in ("waiting", "staged")), None)
    return list(waiting.hosts) if waiting else []


def _kept(view: RolloutView, name: str) -> bool:
    host: RolloutHost = next(one for one in view.hosts if one.name == name)
    return host.state in ("kept", "finishing", "finished")


def _hosts(count: int) -> str:
    return f"{count} host{'' if count == 1 else 's'}"


class _Said(msgspec.Struct):
    view: RolloutView | None = None


async def _now(yard: Yard, ledger: Ledger) -> RolloutView:
    """As its coordinator sees it, gates and all; else as its ledger tells."""
    if ledger.busy():
        try:
            async with asyncio.timeout(BEGIN_S), attached(yard.places, ledger) as (reader, _):
                async for line in reader:
                    if (view := msgspec.json.decode(line, type=_Said).view) is not None:
                        return view
        except (Refused, TimeoutError):
            pass  # it begins or ends at this moment
    return await asyncio.to_thread(whole, ledger, busy=ledger.busy())
