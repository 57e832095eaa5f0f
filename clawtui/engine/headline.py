"""The first line of the fleet screen: what is wrong, where, since when. Facts, never verdicts. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.boundary.rollouts import Rollouts
from clawtui.engine.boundary.value import State
from clawtui.engine.words import SHORT, short
from clawtui.metrics.sample import Key

PARTS_MOST = 3
SOON_S = 1800.0
# a deploy before that is no news any more
_WORDS = {
    State.DOWN: "down",
    State.REFUSED: "refused",
    State.STALE: "stale",
    State.NO_AGENT: "without agent",
    State.UNKNOWN: "not known",
}
_SILENT = (State.DOWN, State.STALE)
_SEEN = (State.OK, State.WARNING, State.CRITICAL, State.NO_AGENT, State.DRAINED)
_TOPICS = {
    "cpu.busy": "cpu high",
    "memory.available": "short of memory",
    "latency.p95": "slow",
    "errors.ratio": "failing requests",
    "mount.used_ratio": "short of disk",
    "up": "with a service down",
}


class Clock:
    """Words a moment as the screen does: "UTC", "local" or the name of a zone."""

    def __init__(self, zone: str) -> None:
        self._zone = None if zone == "local" else UTC if zone == "UTC" else ZoneInfo(zone)

    def __call__(self, at: float) -> str:
        """Hours and minutes."""
        return datetime.fromtimestamp(at, UTC).astimezone(self._zone).strftime("%H:%M")


@dataclass(frozen=True, slots=True)
class Deployed:
    """The release that began to serve on a host last, when, and by whom."""

    service: str
    release: str
    at: float
    by: str


NO_DEPLOYS: Mapping[str, Deployed] = {}


def deployed(rollouts: Rollouts) -> dict[str, Deployed]:
    """What began to serve last on each host."""
    found: dict[str, Deployed] = {}
    for view in rollouts.rollouts:
        for host in view.hosts:
            last = host.turns[-1] if host.turns else None
            if last is not None and (host.name not in found or found[host.name].at < last.at):
                found[host.name] = Deployed(view.service, last.release, last.at, view.by.partition(" ")[0])
    return found


def headline(
    views: Iterable[HostView], clock: Callable[[float], str], deployed: Mapping[str, Deployed] = NO_DEPLOYS
) -> str:
    """One sentence; `clock` words a moment as the screen does ("03:10")."""
    rows = list(views)
    if not rows:
        return "no hosts in this context"
    causes = _causes(rows)
    told = {row.name for cause in causes for row in cause.rows}
    kinds: dict[tuple[int, str], list[HostView]] = {}
    for row in rows:
        if row.name in told:
            continue
        if row.state not in (State.OK, State.LOADING, State.DRAINED):
            kinds.setdefault((row.state.rank, _kind(row)), []).append(row)
    parts = [_cause(cause, clock) for cause in causes]
    parts += [_part(kind, group, clock) for (_, kind), group in sorted(kinds.items(), key=lambda item: item[0])]
    waiting = sum(row.state is State.LOADING for row in rows)
    if not parts:
        return _well(len(rows), waiting, sum(row.state is State.DRAINED for row in rows))
    left = len(parts) - PARTS_MOST
    more = f", {left} more kind{'s' if left > 1 else ''} of trouble" if left > 0 else ""
    rest = f"; {waiting} not answered yet" if waiting else ""
    seen = [row for row in rows if row.name not in told]
    return ", ".join(parts[:PARTS_MOST]) + more + (_brought(kinds, deployed, clock) or _shared(kinds, seen)) + rest


@dataclass(frozen=True, slots=True)
class _Cause:
    """One bastion, and all that is not seen because of it."""

    bastion: str
    what: str
    hosts: int
    rows: tuple[HostView, ...]
    # the hosts, and the bastion's own row


def _causes(rows: Sequence[HostView]) -> list[_Cause]:
    """Bastions that hide the hosts behind them, the one that hides most first."""
    own = {row.name: row for row in rows}
    ways: dict[str, list[HostView]] = {}
    for row in rows:
        if row.via:
            ways.setdefault(row.via, []).append(row)
    found: list[_Cause] = []
    for bastion, group in ways.items():
        at_fault = next((row.behind for row in group if row.behind), "")
        unseen = [row for row in group if row.behind or row.state in _SILENT]
        itself = own.get(bastion)
        # all of them silent at once together with the bastion, before an attempt has said so
        together = len(unseen) == len(group) > 1 and itself is not None and itself.state in _SILENT
        hidden = unseen if len(unseen) == len(group) else [row for row in group if row.behind]
        if at_fault or together:
            mine = [itself] if itself is not None and itself.state not in _SEEN else []
            found.append(_Cause(bastion, at_fault or "lost", len(hidden), (*hidden, *mine)))
    return sorted(found, key=lambda cause: -cause.hosts)


def _cause(cause: _Cause, clock: Callable[[float], str]) -> str:
    sinces = [row.since for row in cause.rows if row.since is not None]
    since = f" since {clock(min(sinces))}" if sinces else ""
    who = f"{cause.hosts} host{'s' if cause.hosts > 1 else ''} behind it not seen"
    return f"bastion {cause.bastion} {cause.what}: {who}{since}"


def _kind(row: HostView) -> str:
    if row.state in _WORDS:
        return _WORDS[row.state]
    if not row.breaches:
        return str(row.state)
    name = Key.parse(row.breaches[0].metric).name
    return _TOPICS.get(name, f"over the limit of {SHORT.get(name, name)}")


def _part(kind: str, group: Sequence[HostView], clock: Callable[[float], str]) -> str:
    sinces = [row.since for row in group if row.since is not None]
    since = f" since {clock(min(sinces))}" if sinces else ""
    who = group[0].name if len(group) == 1 else f"{len(group)} hosts"
    return f"{who} {kind}{since}"


def _brought(
    kinds: dict[tuple[int, str], list[HostView]], deployed: Mapping[str, Deployed], clock: Callable[[float], str]
) -> str:
    """A release that all troubled hosts got shortly before: coincidence as fact, with those that have it and are well."""
    bad = [row for group in kinds.values() for row in group]
    got = [deployed.get(row.name) for row in bad]
    first = got[0] if got else None
    if first is None or any(one is None or (one.service, one.release) != (first.service, first.release) for one in got):
        return ""
    ats = [one.at for one in got if one is not None]
    if any(row.since is None or not 0 <= row.since - at <= SOON_S for row, at in zip(bad, ats, strict=True)):
        return ""
    names = {row.name for row in bad}
    others = sum(
        (one.service, one.release) == (first.service, first.release)
        for name, one in deployed.items()
        if name not in names
    )
    who = "it" if len(bad) == 1 else f"these {len(bad)}"
    since = f"got {first.service} {short(first.release)} at {clock(min(ats))} ({first.by})"
    return f"; {f'{who} {since}, {others} more have it and are well' if others else f'only {who} {since}'}"


def _shared(kinds: dict[tuple[int, str], list[HostView]], rows: Sequence[HostView]) -> str:
    """What the troubled hosts have in common and the others do not, where there is such a thing."""
    names = {row.name for group in kinds.values() for row in group}
    if not 2 <= len(names) < len(rows):
        return ""
    for what, of in (("site", _site), ("region", _region)):
        inside = {of(row) for row in rows if row.name in names}
        outside = {of(row) for row in rows if row.name not in names}
        if len(inside) == 1 and (place := next(iter(inside))) and place not in outside:
            return f"; these are all of {what} {place}"
    return ""


def _site(row: HostView) -> str:
    return row.site


def _region(row: HostView) -> str:
    return row.region


def _well(hosts: int, waiting: int, drained: int) -> str:
    if waiting == hosts:
        return f"{hosts} host{'s' if hosts > 1 else ''}, none has answered yet"
    beside = [f"{waiting} not answered yet"] * bool(waiting) + [f"{drained} drained"] * bool(drained)
    well = hosts - waiting - drained
    if not beside:
        return f"all {hosts} hosts well" if hosts > 1 else "the host is well"
    return f"{well} of {hosts} hosts well, {', '.join(beside)}"
