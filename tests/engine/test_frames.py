"""Frames hold what changed and nothing else; arming runs out by itself."""

import json

import pytest

from clawtui.alerts.rules_file import load_rules
from clawtui.engine.arming import Arming
from clawtui.engine.boundary.value import State
from clawtui.engine.frames import Frames, bar
from clawtui.engine.standing import Contact, Standing
from clawtui.engine.view import Staleness
from clawtui.fleet.host import Fleet, Host, Kind, Origin, Policy
from clawtui.metrics.line import Heard
from clawtui.metrics.sample import Sample
from clawtui.metrics.wire import WireReader
from clawtui.places import Places
from tests.engine.doubles import GOOD, hello


@pytest.fixture
def frames() -> Frames:
    heard = WireReader("x").read(json.dumps(hello()).encode())
    assert isinstance(heard, Heard)
    standings = {name: Standing(Host(name), 0.0) for name in ("a", "b", "c")}
    for standing in standings.values():
        standing.greet(heard.hello, load_rules(Places.of({"HOME": "/nonexistent"})))
        standing.turn(Contact.LIVE, 0.0)
        standing.take(Sample(100.0, tuple(GOOD)), 50.0, 100.0)
    fleet = Fleet("eu", Policy(Kind.PROD, watcher="w1"), origin=Origin("/etc/eu.toml", 1))
    return Frames(standings, bar(fleet, "no agent key"), Staleness(), str, lambda _: ())


def test_the_first_frame_is_whole_and_the_next_holds_the_changed(frames: Frames) -> None:
    whole = frames.full(100.0, 50.0, None)
    assert (whole.full, len(whole.hosts), whole.summary.counts) == (True, 3, {"ok": 3})
    assert (whole.summary.watcher, whole.summary.source, whole.summary.problems) == (
        "w1",
        "/etc/eu.toml",
        ("no agent key",),
    )
    changed = frames.changed(["b"], 101.0, 51.0, None)
    assert changed is not None
    assert ([view.name for view in changed.hosts], changed.full) == (["b"], False)


def test_nothing_new_is_no_frame_but_arming_is_news(frames: Frames) -> None:
    frames.full(100.0, 50.0, None)
    frames.changed(["a"], 100.0, 50.0, None)
    assert frames.changed([], 100.5, 50.5, None) is None
    armed = frames.changed([], 101.0, 51.0, 700.0)
    assert armed is not None
    assert armed.summary.armed_until == 700.0


def test_a_host_that_falls_silent_is_told_once_without_a_sample(frames: Frames) -> None:
    frames.full(100.0, 50.0, None)
    assert frames.overdue(102.0, 52.0) == []
    assert frames.overdue(103.5, 53.5) == ["a", "b", "c"]
    silent = frames.changed(["a", "b", "c"], 103.5, 53.5, None)
    assert silent is not None
    assert {view.state for view in silent.hosts} == {State.STALE}
    assert frames.overdue(104.0, 54.0) == []


def test_arming_runs_out_and_can_be_ended() -> None:
    now = [1000.0]
    arming = Arming(lambda: now[0])
    assert not arming.now()
    assert arming.arm(10).done
    assert (arming.now(), arming.until) == (True, 1600.0)
    now[0] = 1600.0
    assert (arming.now(), arming.until) == (False, None)
    arming.arm(10)
    arming.arm(0)
    assert not arming.now()


@pytest.mark.parametrize("minutes", [-1.0, 1441.0, float("nan"), float("inf")])
def test_arming_for_nonsense_is_refused(minutes: float) -> None:
    arming = Arming(lambda: 0.0)
    assert arming.arm(minutes).code == 64
    assert not arming.now()
