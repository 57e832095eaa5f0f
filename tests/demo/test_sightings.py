"""From frames to incidents: each cause with its first sighting, and whatever nobody caused."""

from collections.abc import Iterable

from clawtui.demo.injector import Cause
from clawtui.demo.sightings import Incident, Sightings, incidents
from clawtui.engine.boundary.hosts import Breach, FleetFrame, HostView, Summary
from clawtui.engine.boundary.value import Severity, State

SUMMARY = Summary("demo", "dev", read_only=False, armed_until=None, counts={}, headline="")


def frame(at: float, *hosts: HostView) -> FleetFrame:
    return FleetFrame(at, SUMMARY, hosts)


def ill(name: str, *rules: str) -> HostView:
    breaches = tuple(Breach(r, "m", 2, 1, above=True, unit="", severity=Severity.WARNING, since=0) for r in rules)
    return HostView(name, State.WARNING if rules else State.OK, breaches=breaches)


def after(frames: Iterable[FleetFrame], *causes: Cause) -> list[Incident]:
    sightings = Sightings()
    for one in frames:
        sightings.take(one)
    return incidents(causes, sightings.found)


def test_a_breach_is_seen_once_however_long_it_lasts() -> None:
    frames = [frame(t, ill("a", "cpu-high")) for t in (10, 11, 12)]
    assert after(frames, Cause("a", "cpu-high", 4)) == [Incident("a", "cpu-high", 4, 10)]


def test_a_breach_that_comes_back_is_seen_again() -> None:
    frames = [frame(10, ill("a", "cpu-high")), frame(20, ill("a")), frame(30, ill("a", "cpu-high"))]
    causes = (Cause("a", "cpu-high", 4), Cause("a", "cpu-high", 25))
    assert [i.seen_at for i in after(frames, *causes)] == [10, 30]


def test_a_cause_that_nobody_noticed_is_told() -> None:
    assert after([frame(10, ill("a"))], Cause("a", "cpu-high", 4)) == [Incident("a", "cpu-high", 4, None)]


def test_what_nobody_caused_is_told_too() -> None:
    assert after([frame(10, ill("a", "cpu-high"))]) == [Incident("a", "cpu-high", None, 10)]
    assert after([frame(10, ill("a", "cpu-high"))], Cause("a", "cpu-high", 11))[0].seen_at is None


def test_a_short_silence_is_no_incident_and_a_long_one_is() -> None:
    stale, well = HostView("a", State.STALE), ill("a")
    assert after([frame(10, stale), frame(11, well), frame(20)]) == []
    assert after([frame(10, stale), frame(11), frame(12.5)]) == [Incident("a", "stale", None, 10)]


def test_what_follows_a_death_is_part_of_it() -> None:
    frames = [
        frame(10, HostView("a", State.STALE)),
        frame(13, HostView("a", State.DOWN)),
        frame(16, HostView("a", State.NO_AGENT)),
        frame(19, ill("a")),
    ]
    assert after(frames, Cause("a", "host-down", 9)) == [Incident("a", "host-down", 9, 13)]


def test_a_calm_fleet_has_none() -> None:
    assert after([frame(1, HostView("a", State.LOADING)), frame(2, ill("a"))]) == []
