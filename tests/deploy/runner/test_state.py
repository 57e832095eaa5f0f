"""What a host has come to, told by its journal."""

from clawtui_runner.fault import Record
from clawtui_runner.state import State, derived


def told(*records: Record) -> State:
    return derived(list(records))


SWITCHED: Record = {"what": "switched", "release": "r-2", "unit": "u2"}
KEPT: Record = {"what": "kept", "release": "r-1", "unit": "u1"}


def test_what_serves_changes_with_the_switch_and_what_is_current_when_it_is_kept() -> None:
    assert told(KEPT, SWITCHED) == State(current="r-1", live="u2")
    assert told(KEPT, SWITCHED, {**SWITCHED, "what": "kept"}) == State("r-2", "r-1", (), "u2")


def test_going_back_leaves_what_is_current() -> None:
    assert told(KEPT, SWITCHED, {"what": "reverted", "release": "r-1", "unit": "u1"}) == State(current="r-1", live="u1")


def test_a_release_that_is_kept_twice_is_not_its_own_predecessor() -> None:
    assert told(KEPT, {**SWITCHED, "what": "kept"}, {**SWITCHED, "what": "kept"}).previous == "r-1"


def test_the_newest_confirmed_stands_first_and_once() -> None:
    names = ["r-1", "r-2", "r-1"]
    assert told(*({"what": "confirmed", "release": name, "by": "coordinator"} for name in names)).confirmed == (
        "r-1",
        "r-2",
    )


def test_a_coordinator_does_not_say_what_serves_here() -> None:
    assert told(KEPT, {"what": "reverted", "release": "r-9", "by": "coordinator"}) == told(KEPT)
    assert told(KEPT, {"what": "reverted", "unit": "u0", "by": "dead-man"}).live == "u0"
