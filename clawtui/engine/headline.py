"""The first line of the fleet screen: what is wrong, where, since when. Facts, never verdicts. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.boundary.value import State
from clawtui.engine.words import SHORT
from clawtui.metrics.sample import Key

PARTS_MOST = 3
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


def headline(views: Iterable[HostView], clock: Callable[[float], str]) -> str:
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
    return ", ".join(parts[:PARTS_MOST]) + more + _shared(kinds, [row for row in rows if row.name not in told]) + rest


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
