"""The first line of the host screen: what is wrong, by how much, since when; pure."""

from collections.abc import Callable, Sequence

from clawtui.clean import clean
from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.boundary.value import State
from clawtui_screens import text
from clawtui_screens.host_metrics import USUAL, Offer, wrong

SILENT = (State.DOWN, State.STALE, State.NO_AGENT, State.REFUSED, State.UNKNOWN, State.LOADING)
NAMED = 3
"""Breached rules that the sentence spells out; the charts show the others."""


def sentence(host: str, view: HostView | None, found: Sequence[Offer], now: float, age_s: float | None) -> str:
    """One line; numbers appear only while they are current."""
    if view is None:
        return f"{clean(host, limit=80)} is not in this fleet any more."
    if view.state in SILENT or silent(view, age_s):
        return _silent(view, now, age_s)
    broken = [o for o in found if o.breach is not None]
    if broken:
        return _broken(broken, found, now)
    near = [o for o in found if o.breach is None and wrong(o.value, o.limit)]
    if near:
        return f"{_figures(near[:NAMED])} just crossed the limit; the rule wants it held."
    if view.state is State.DRAINED:
        return f"Drained: it gets no traffic. {_all_well(found)}"
    if view.why and view.state is not State.OK:
        return _with_remedy(view)
    return _all_well(found)


def silent(view: HostView, age_s: float | None) -> bool:
    """No sample for three periods, at least 3 s: its numbers are history."""
    return age_s is not None and age_s > max(3.0, 3 * view.period_s)


def at_moment(found: Sequence[Offer], value: Callable[[str], float | None], moment: str, back_s: float) -> str:
    """What the charts say at the cursor: `At 03:08:10, 6m02 ago: p95 812 ms OVER 500 ms, cpu 71 %.`"""
    words: list[str] = []
    for offer in _usual(found):
        seen = value(offer.metric)
        if seen is not None:
            over = (
                f" {_side(offer)} {text.measure(offer.limit.limit, offer.unit)}"
                if offer.limit and wrong(seen, offer.limit)
                else ""
            )
            words.append(f"{offer.label} {text.measure(seen, offer.unit)}{over}")
    return f"At {moment}, {text.lasting(back_s)} ago: {', '.join(words) or 'nothing is recorded'}."


def _silent(view: HostView, now: float, age_s: float | None) -> str:
    lasting = f" for {text.lasting(now - view.since)}" if view.since is not None else ""
    match view.state:
        case State.LOADING:
            return "Waiting for its first sample."
        case State.DOWN:
            head = f"Down{lasting}"
        case State.REFUSED:
            head = f"Refused{lasting}"
        case State.NO_AGENT:
            head = "No agent"
        case State.UNKNOWN:
            head = "Unknown"
        case _:
            head = f"No sample for {text.age(age_s)}" if age_s is not None else f"No sample{lasting}"
    why = clean(view.why, limit=300)
    remedy = clean(view.remedy, limit=200)
    return f"{head}{f': {why}' if why else ''}.{f' Try: {remedy}' if remedy else ''}"


def _broken(broken: Sequence[Offer], found: Sequence[Offer], now: float) -> str:
    parts = [_breach(o, now) for o in broken[:NAMED]]
    more = f"; and {len(broken) - NAMED} more" if len(broken) > NAMED else ""
    fine = [
        o.label
        for o in _usual(found)
        if o.breach is None and o.limit and o.value is not None and not wrong(o.value, o.limit)
    ]
    rest = f" {_and(fine)} fine." if fine else ""
    return f"{'; '.join(parts)}{more}.{rest}"


def _breach(offer: Offer, now: float) -> str:
    breach = offer.breach
    assert breach is not None
    value = offer.value if offer.value is not None else breach.value
    held = text.lasting(now - breach.since)
    return (
        f"{offer.label} {text.measure(value, offer.unit)}, limit {text.measure(breach.limit, breach.unit)}: "
        f"{'over' if breach.above else 'under'} for {held}"
    )


def _all_well(found: Sequence[Offer]) -> str:
    known = [o for o in _usual(found) if o.value is not None]
    return f"All within limits: {_figures(known)}." if known else "No values yet."


def _with_remedy(view: HostView) -> str:
    remedy = clean(view.remedy, limit=200)
    return f"{clean(view.why, limit=300)}.{f' Try: {remedy}' if remedy else ''}"


def _figures(found: Sequence[Offer]) -> str:
    return ", ".join(f"{o.label} {text.measure(o.value, o.unit)}" for o in found)


def _usual(found: Sequence[Offer]) -> list[Offer]:
    """What is broken first, then one of each of the usual metrics: the worst off."""
    best = [
        max(same, key=lambda o: (o.value is not None, o.strain))
        for name in USUAL
        if (same := [o for o in found if o.metric.rpartition(" ")[2] == name])
    ]
    return [*(o for o in found if o.breach is not None and o not in best), *best]


def _side(offer: Offer) -> str:
    return "OVER" if offer.limit is None or offer.limit.above else "UNDER"


def _and(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
