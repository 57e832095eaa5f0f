"""What an engine noticed, and which cause it belongs to: pure, from the frames that screens get too."""

from collections.abc import Sequence
from dataclasses import dataclass

from clawtui.demo.injector import DOWN, Cause
from clawtui.engine.boundary.hosts import FleetFrame, HostView
from clawtui.engine.boundary.value import State

SILENT = {State.DOWN: DOWN, State.STALE: "stale", State.NO_AGENT: "no-agent", State.REFUSED: "refused"}
MAY_PASS = ("stale", "no-agent")
LASTING_S = 2.0
# a silence that ends sooner is a hiccup of a busy machine, not an incident
AFTERMATH_S = 15.0
# a host that was killed is also stale, without agent or slow for a while; that is no incident of its own


@dataclass(frozen=True, slots=True)
class Incident:
    """A cause and when it was seen, either of which may be missing."""

    host: str
    what: str
    caused_at: float | None
    seen_at: float | None
    why: str = ""
    # in words, where a cause was not seen and that is nobody's fault


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that began to be wrong on a host."""

    host: str
    what: str
    at: float


class Sightings:
    """Fed with frames; keeps the beginning of everything that was wrong."""

    def __init__(self) -> None:
        self.found: list[Sighting] = []
        self._wrong: dict[str, dict[str, float]] = {}
        self._pending: dict[tuple[str, str], float] = {}

    def take(self, frame: FleetFrame) -> None:
        """One frame: hosts that it does not name are as they were."""
        self._ripen(frame.at)
        for view in frame.hosts:
            self._host(view, frame.at)
        self._ripen(frame.at)

    def _host(self, view: HostView, at: float) -> None:
        before = self._wrong.get(view.name, {})
        now = {what: before.get(what, at) for what in _wrong(view)}
        for what in now.keys() - before.keys():
            self._pending[view.name, what] = at
        for what in before.keys() - now.keys():
            self._pending.pop((view.name, what), None)
        self._wrong[view.name] = now

    def _ripen(self, at: float) -> None:
        """Rules have held for their time and a host that is down was tried again; other silences have to last."""
        for (host, what), began in list(self._pending.items()):
            if what not in MAY_PASS or at - began >= LASTING_S:
                del self._pending[host, what]
                self.found.append(Sighting(host, what, began))


def _wrong(view: HostView) -> set[str]:
    """Names of what is wrong on a host: rules, or its silence."""
    if view.state in SILENT:
        return {SILENT[view.state]}
    return {breach.rule for breach in view.breaches}


def incidents(causes: Sequence[Cause], found: Sequence[Sighting]) -> list[Incident]:
    """Each cause with its first sighting, then the sightings that nothing explains."""
    left = sorted(found, key=lambda sighting: sighting.at)
    told: list[Incident] = []
    for cause in causes:
        match = next((s for s in left if s.host == cause.host and s.what == cause.what and s.at >= cause.at), None)
        told.append(Incident(cause.host, cause.what, cause.at, match.at if match else None))
        if match:
            left.remove(match)
    told += [Incident(s.host, s.what, None, s.at) for s in left if not _aftermath(s, causes, found)]
    return told


def _aftermath(sighting: Sighting, causes: Sequence[Cause], found: Sequence[Sighting]) -> bool:
    """Was the host killed on purpose shortly before, or seen down for that reason?"""
    downs = [c.at for c in causes if c.host == sighting.host and c.what == DOWN]
    downs += [s.at for s in found if downs and s.host == sighting.host and s.what == DOWN]
    return sighting.what in SILENT.values() and any(0 <= sighting.at - at <= AFTERMATH_S for at in downs)
