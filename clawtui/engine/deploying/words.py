"""A rollout's plan in lines, for the dialog, the terminal and a pipe. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from clawtui.deploy.plan import Change, HostPlan, RolloutPlan
from clawtui.deploy.spec import OnLost

NAMED = 6
DIFF = 12
# lines of a difference in the dialog; `--json` and the file have all


def title(plan: RolloutPlan) -> str:
    """ "DEPLOY bot 2026…-ab12 on 4 hosts"."""
    count = len(plan.hosts)
    if plan.nothing:
        return f"DEPLOY {plan.service} {plan.release}: nothing to do"
    return f"DEPLOY {plan.service} {plan.release} on {count} host{'' if count == 1 else 's'}"


def lines(plan: RolloutPlan) -> tuple[str, ...]:
    """What happens, in the order that somebody who confirms it wants to know."""
    same = (f"{plan.release} runs already on {named(plan.same)}",) if plan.same else ()
    if plan.nothing:
        gone = tuple(f"not reached: {gone.name}: {gone.why}" for gone in plan.left)
        return (*same, *gone)
    return (
        *same,
        *_serves(plan),
        *_changes(plan.hosts),
        *_waves(plan),
        *_downtime(plan),
        *(f"not reached, left behind: {gone.name}: {gone.why}" for gone in plan.left),
        *_irreversible(plan),
        "as root on every host: the far runner writes units, users and " + plan.place,
        _lost(plan),
        *(f"careful: {words}" for words in _warnings(plan)),
    )


def _serves(plan: RolloutPlan) -> Iterable[str]:
    before = Counter(host.before or "nothing" for host in plan.hosts)
    for release, count in before.most_common():
        yield f"{release} → {plan.release} on {count}" if release != plan.release else f"{release} stays on {count}"


def _changes(hosts: Sequence[HostPlan]) -> Iterable[str]:
    """Each difference once, with those that have it."""
    groups: dict[Change, list[str]] = {}
    for host in hosts:
        for change in host.changes:
            if change.what != "serves":
                groups.setdefault(change, []).append(host.name)
    for change, names in groups.items():
        where = "" if len(names) == len(hosts) else f" ({named(names)})"
        yield f"{change.name}{where}"
        yield from (f"  {line}" for line in change.diff[:DIFF])
        if len(change.diff) > DIFF:
            yield f"  … {len(change.diff) - DIFF} lines more"


def _waves(plan: RolloutPlan) -> Iterable[str]:
    pace = plan.pace
    if len(plan.hosts) > 1:
        for wave in plan.waves:
            yield f"wave {wave.name}: {named(wave.hosts)}"
        yield f"at most {pace.at_once} at once; {pace.unreachable} may be left behind"
    yield f"each wave bakes {pace.bake_s:g} s before the next; a release that fails goes back by itself, waves backwards"


def _downtime(plan: RolloutPlan) -> Iterable[str]:
    down = [host for host in plan.hosts if host.downtime_s]
    if down:
        longest = max(host.downtime_s for host in down)
        yield f"nobody answers on a host for up to {longest:g} s and the start of the new one (in-place)"


def _irreversible(plan: RolloutPlan) -> Iterable[str]:
    kept = {step.words for host in plan.hosts for step in host.steps if step.irreversible}
    yield from (f"undo leaves it: {words}" for words in sorted(kept))


def _lost(plan: RolloutPlan) -> str:
    if plan.pace.on_lost is OnLost.HOLD:
        return "a host that is lost between two releases stays as it is (on_lost = hold)"
    return f"a host that is lost between two releases goes back by itself after {plan.pace.dead_man_s:g} s"


def _warnings(plan: RolloutPlan) -> Iterable[str]:
    groups: dict[str, list[str]] = {}
    for host in plan.hosts:
        for words in host.warnings:
            groups.setdefault(words, []).append(host.name)
    yield from plan.warnings
    yield from (f"{words} ({named(names)})" for words, names in groups.items())


def named(names: Sequence[str]) -> str:
    """Some of them."""
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more
