"""What the screens know of the fleet: every host's latest view, and when we heard of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from clawtui.engine.boundary.hosts import FleetFrame, HostView, Summary


@dataclass(frozen=True, slots=True)
class Picture:
    """One state of the fleet; a frame makes the next one, nothing is changed in place."""

    summary: Summary | None = None
    # None before the first frame: the fleet is loading
    hosts: Mapping[str, HostView] = field(default_factory=dict[str, HostView])
    heard: Mapping[str, float] = field(default_factory=dict[str, float])
    # by our clock: when each view arrived
    at: float = 0.0
    # by our clock: when the last frame arrived

    def after(self, frame: FleetFrame, now: float) -> "Picture":
        """The picture once a frame has been taken in."""
        hosts = {} if frame.full else dict(self.hosts)
        heard = {} if frame.full else dict(self.heard)
        for name in frame.removed:
            hosts.pop(name, None)
            heard.pop(name, None)
        for view in frame.hosts:
            hosts[view.name] = view
            heard[view.name] = now
        return replace(self, summary=frame.summary, hosts=hosts, heard=heard, at=now)

    def age(self, name: str, now: float) -> float | None:
        """Seconds since the host's last sample, counted on by ourselves since its view arrived."""
        view = self.hosts.get(name)
        if view is None or view.age_s is None:
            return None
        return view.age_s + max(0.0, now - self.heard[name])


NOTHING_KNOWN = Picture()
