"""Who changes this host: a flock that ends with its process, a lease that tells the story, a fence that only grows."""

import fcntl
import os
import signal
import time
from pathlib import Path
from typing import Optional

from clawtui_runner import disk, moment
from clawtui_runner.fault import Fault, Record
from clawtui_runner.journal import Journal, number
from clawtui_runner.params import Params
from clawtui_runner.place import Place

BEAT_S = 5.0
STALE_S = 3 * BEAT_S
LEAVE_S = 7.0  # for a holder that was told to go


class Lock:
    """Held from `take` until `free` or until the process is no more."""

    def __init__(self, place: Place, journal: Journal) -> None:
        self.place = place
        self.journal = journal
        self.fence = 0
        self.rollout = ""
        self._owner: Record = {}
        self._handle = -1

    @property
    def held(self) -> bool:
        """By us."""
        return self._handle >= 0

    def take(self, asked: Params) -> None:
        """Take it, or Fault("locked") that names the holder."""
        rollout, reason = asked.text("rollout"), asked.text("reason", "")
        handle = opened(self.place)
        before = lease(self.place)
        taken = False
        if not flocked(handle):
            old = age(before)
            if not asked.flag("take") or not (reason or old is None or old > STALE_S):
                os.close(handle)
                raise locked(self.place)
            taken = True
            if not flocked(handle, 0) and not evicted(before, handle):
                os.close(handle)
                raise locked(self.place)
        self._handle, self.rollout = handle, rollout
        self.fence = max(fence(before), *[fence(record) for record in [{}, *self.journal.records()]]) + 1
        self._owner = {"rollout": rollout, "owner": asked.text("owner"), "from": asked.text("from", "")}
        try:
            self.beat()
            more: Record = {"reason": reason, "taken_from": before.get("owner")} if taken else {}
            self.note("locked", {**self._owner, **more})
        except BaseException:
            self.free()
            raise

    def beat(self) -> None:
        """The lease says that we live."""
        self._lease({**self._owner, **moment.stamp(), "pid": os.getpid()})

    def free(self) -> None:
        """Let others; the lease keeps the fence."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def note(self, what: str, record: Record) -> Record:
        """A line of the journal under this lock."""
        self.needed()
        return self.journal.append(what, {**record, "rollout": self.rollout, "fence": self.fence})

    def needed(self) -> None:
        """Fault where it is not held."""
        if not self.held:
            raise Fault("refused", f"{self.place.folder}: nothing is changed without the lock; take it first")

    def _lease(self, record: Record) -> None:
        disk.keep(self.place.claw / "lease.json", {"version": 1, "fence": self.fence, **record}, 0o600)


def opened(place: Place) -> int:
    """The file that is locked; its folder is the first thing that is ever made here."""
    disk.folder(place.folder)
    disk.folder(place.claw, 0o700)
    return os.open(str(place.claw / "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def flocked(handle: int, within_s: float = 0.0) -> bool:
    """Is it ours now?"""
    until = time.monotonic() + within_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(0.1)
        else:
            return True


def lease(place: Place) -> Record:
    """What the last holder wrote."""
    return disk.read(place.claw / "lease.json") or {}


def fence(record: Record) -> int:
    """The fence in a lease or a record; 0 where there is none."""
    value = record.get("fence")
    return value if isinstance(value, int) else 0


def age(record: Record) -> Optional[float]:
    """Seconds since its holder last gave a sign; None where that was before the host started."""
    return moment.age(record)


def locked(place: Place) -> Fault:
    """The refusal, with the story."""
    record = lease(place)
    old = age(record)
    who = record.get("owner") or "somebody"
    since = "" if old is None else f", last heard of {old:.0f} s ago"
    more: Record = {"by": who, "rollout": record.get("rollout"), "since": record.get("at"), "age_s": old}
    words = (
        f"{place.folder} is locked by {who} for rollout {record.get('rollout')}{since}; wait, or take it with a reason"
    )
    return Fault("locked", words, more)


def evicted(record: Record, handle: int) -> bool:
    """End the holder, asked first; is the lock ours now?"""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        _tell(record.get("pid"), sign)
        if flocked(handle, LEAVE_S):
            return True
    return False


def _tell(pid: object, sign: signal.Signals) -> None:
    """Only a process that is one of us: the number can have become somebody else's."""
    if not isinstance(pid, int) or pid == os.getpid():
        return
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"serve" in words or b"revert" in words:
            os.kill(pid, sign)
    except (FileNotFoundError, ProcessLookupError):
        return


def last(journal: Journal) -> int:
    """The number of the newest record."""
    return max([number(record) for record in journal.records()] or [0])
