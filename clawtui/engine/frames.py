"""What the readers were last told of every host, and the frame that brings them up to date: changed hosts only."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from clawtui.engine.boundary.hosts import FleetFrame, HostView, Summary
from clawtui.engine.headline import Deployed, headline
from clawtui.engine.standing import Contact, Standing
from clawtui.engine.view import FIRST_SAMPLE_S, Staleness, view
from clawtui.fleet.host import Fleet


@dataclass(slots=True)
class Frames:
    """Rows as they were last shown."""

    standings: Mapping[str, Standing]
    summary: Summary
    # the bar's constant part; counts and headline are filled in
    staleness: Staleness
    clock: Callable[[float], str]
    badges: Callable[[Standing], tuple[str, ...]]
    certificate_ends: Callable[[], float | None] = lambda: None
    shown: dict[str, HostView] = field(default_factory=dict[str, HostView])
    told: Summary | None = None
    deployed: Mapping[str, Deployed] = field(default_factory=dict[str, Deployed])
    # by host: what rollouts have brought there last

    def full(self, now: float, mono: float, armed_until: float | None) -> FleetFrame:
        """Everything, as of now."""
        for name in self.standings:
            self.look(name, now, mono)
        return FleetFrame(now, self._summary(armed_until), tuple(self.shown.values()), (), full=True)

    def changed(self, names: Iterable[str], now: float, mono: float, armed_until: float | None) -> FleetFrame | None:
        """What is new about these hosts; None when readers know it all."""
        hosts = tuple(self.look(name, now, mono) for name in names)
        summary = self._summary(armed_until)
        if not hosts and summary == self.told:
            return None
        self.told = summary
        return FleetFrame(now, summary, hosts)

    def overdue(self, now: float, mono: float) -> list[str]:
        """Hosts whose samples stopped since their row was last shown."""
        late: list[str] = []
        for name, standing in self.standings.items():
            if standing.contact is not Contact.LIVE or (row := self.shown.get(name)) is None:
                continue
            arrived = standing.arrived
            silent = (
                now - standing.since >= FIRST_SAMPLE_S
                if arrived is None
                else mono - arrived >= self.staleness.limit(standing.chosen.period_s)
            )
            if silent and row.state != "stale" and row.state != "drained":
                late.append(name)
        return late

    def look(self, name: str, now: float, mono: float) -> HostView:
        """One row, as of now."""
        standing = self.standings[name]
        row = view(standing, now, mono, self.staleness, self.shown.get(name), self.badges(standing))
        self.shown[name] = row
        return row

    def _summary(self, armed_until: float | None) -> Summary:
        base = self.summary
        counts = Counter(str(row.state) for row in self.shown.values())
        return Summary(
            context=base.context,
            kind=base.kind,
            read_only=base.read_only,
            armed_until=armed_until,
            counts=dict(counts),
            headline=headline(self.shown.values(), self.clock, self.deployed),
            watcher=base.watcher,
            source=base.source,
            problems=base.problems,
            certificate_ends=self.certificate_ends(),
        )


def bar(fleet: Fleet, at_fault: str) -> Summary:
    """The part of the bar that stays; `at_fault` is something wrong with the operator's own set-up."""
    policy = fleet.policy
    return Summary(
        context=fleet.name,
        kind=str(policy.kind),
        read_only=policy.read_only,
        armed_until=None,
        counts={},
        headline="",
        watcher=policy.watcher,
        source=fleet.origin.file,
        problems=tuple(at_fault.splitlines()),
    )
