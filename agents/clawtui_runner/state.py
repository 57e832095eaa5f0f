"""Which release is which on this host, told by the journal; `state.json` is its digest for quick readers."""

from typing import List, NamedTuple, Sequence, Tuple

from clawtui_runner import disk
from clawtui_runner.fault import Record
from clawtui_runner.journal import Journal
from clawtui_runner.params import Params
from clawtui_runner.place import Place

TELLING = ("switched", "kept", "confirmed", "reverted", "unkept", "pruned")


class State(NamedTuple):
    """What a host has come to."""

    current: str = ""
    # the release that was kept last
    previous: str = ""
    confirmed: Tuple[str, ...] = ()
    # newest first
    live: str = ""
    # the unit that gets the requests

    def after(self, record: Record) -> "State":
        """One record later."""
        what, release = record.get("what"), str(record.get("release") or "")
        if record.get("by") == "coordinator" and what != "confirmed":
            return self  # its view of what only this host can know
        if what == "switched":
            return self._replace(live=str(record.get("unit") or ""))
        if what == "kept":
            previous = self.current if release != self.current else self.previous
            return self._replace(current=release, previous=previous, live=str(record.get("unit") or self.live))
        if what == "confirmed" and release:
            return self._replace(confirmed=(release, *[known for known in self.confirmed if known != release]))
        if what == "reverted":
            return self._replace(live=str(record.get("unit") or ""))
        if what == "unkept":
            return self._replace(current=release, previous=str(record.get("previous") or ""))
        if what == "pruned":
            names = Params("pruned", record).texts("gone")
            return self._replace(confirmed=tuple(name for name in self.confirmed if name not in names))
        return self

    def record(self) -> Record:
        """As it is sent and kept."""
        confirmed: List[str] = list(self.confirmed)
        return {"current": self.current, "previous": self.previous, "confirmed": confirmed, "live": self.live}


def derived(records: Sequence[Record]) -> State:
    """From the whole journal."""
    state = State()
    for record in records:
        state = state.after(record)
    return state


def derived_of(place: Place) -> State:
    """Of a place, so that a crash between journal and digest is no difference."""
    return derived(Journal(place.claw / "journal.jsonl").records())


def write(place: Place) -> State:
    """Derive it anew and put it where others read it."""
    state = derived_of(place)
    disk.keep(place.claw / "state.json", {"version": 1, **state.record()})
    return state


def read(place: Place) -> Record:
    """As it is sent."""
    return derived_of(place).record()
