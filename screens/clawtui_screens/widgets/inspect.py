"""Everything known about one host: facts in words, and each metric with its unit or the reason why it is missing; pure."""

from collections.abc import Sequence

from clawtui.clean import clean
from clawtui.engine.boundary.hosts import HostDetail
from clawtui_screens import text
from clawtui_screens.cells import fitted, width_of
from clawtui_screens.host_metrics import BUCKETS, Offer
from clawtui_screens.look import Tone

IDENTITY = ("aliases", "fqdn", "addresses", "machine id", "transport", "source", "agent")
Parts = list[tuple[str, Tone]]


def lines(detail: HostDetail, offers: Sequence[Offer], width: int) -> list[Parts]:
    """Facts first, then what is measured, then what is not and why."""
    found: list[Parts] = []
    facts = facts_of(detail)
    room = min(40, max((width_of(k) for k, _ in facts), default=0))
    found += [[(f" {fitted(k, room)}  ", Tone.DIM), (v, Tone.PLAIN)] for k, v in facts]
    reasons = missing(detail)
    known = [o for o in offers if not o.missing]
    found += [[], [(f" {text.plural(len(known), 'metric')} measured", Tone.ACCENT)]]
    names = min(40, max((width_of(clean(o.metric, limit=80)) for o in known), default=0))
    for o in known:
        limit = f"limit {text.measure(o.limit.limit, o.unit)}" if o.limit else ""
        tone = Tone.ERROR if o.beyond else Tone.PLAIN
        name = clean(o.metric, limit=80)
        found.append(
            [
                (f" {fitted(name, names)}  ", Tone.DIM),
                (f"{text.measure(o.value, o.unit):>10}  ", tone),
                (limit, Tone.DIM),
            ]
        )
    if reasons:
        found += [[], [(f" {len(reasons)} not measured, and why", Tone.ACCENT)]]
        found += [[(f" {fitted(m, min(40, width // 2))}  ", Tone.DIM), (why, Tone.STALE)] for m, why in reasons]
    return found


def facts_of(detail: HostDetail) -> list[tuple[str, str]]:
    """Who it is first, then state, place and connection; empty ones are left out."""
    view = detail.view
    facts = {
        "name": view.name,
        **{name: detail.facts.get(name, "") for name in IDENTITY},
        "state": " ".join((view.state, *view.badges)),
        "address": view.address,
        "groups": ", ".join(view.groups),
        "site": " ".join(p for p in (view.site, view.region) if p),
        "labels": ", ".join(f"{k}={v}" for k, v in view.labels.items()),
        "agent": view.agent or "none",
        "fingerprint": view.fingerprint,
        "clock offset": "" if view.clock_offset is None else f"{view.clock_offset * 1000:+.0f} ms",
        **{f"service {s.name}": s.missing for s in view.services if s.missing},
        **detail.facts,
    }
    return [(clean(k, limit=40), clean(v, limit=2000)) for k, v in facts.items() if v]


def missing(detail: HostDetail) -> list[tuple[str, str]]:
    """Metrics without a value and the host's reason."""
    return [
        (clean(c.metric, limit=80), clean(c.missing, limit=200))
        for c in detail.columns
        if c.missing and BUCKETS not in c.metric
    ]
