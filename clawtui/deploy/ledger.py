"""A rollout's folder on the controller: its plan, and a journal in which every event is on disk before it counts."""

import contextlib
import fcntl
import os
from collections.abc import Generator
from pathlib import Path

import msgspec

from clawtui.deploy.plan import RolloutPlan, read, written
from clawtui.deploy.rollout import Event, RolloutState, folded
from clawtui.errors import ConfigError, Refused
from clawtui.places import Places

PLAN, JOURNAL, LOG = "plan.json", "journal.jsonl", "log"


class Ledger:
    """Of one rollout; written by its coordinator only, read by anybody."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file: int | None = None

    @property
    def service(self) -> str:
        """It stands in the rollout's name, between its time and its mark."""
        return self.folder.name.partition("-")[2].rpartition("-")[0]

    @property
    def log(self) -> Path:
        """What the coordinator's process says."""
        return self.folder / LOG

    def begin(self, plan: RolloutPlan) -> None:
        """Make the folder; the plan is on disk when this returns."""
        self.folder.mkdir(mode=0o700, parents=True)
        part = self.folder / f".{PLAN}"
        with part.open("wb") as file:
            file.write(written(plan))
            file.flush()
            os.fsync(file.fileno())
        part.rename(self.folder / PLAN)
        _sync(self.folder)
        _sync(self.folder.parent)

    def plan(self) -> RolloutPlan:
        """As it was confirmed."""
        return read(self.folder / PLAN)

    def events(self) -> tuple[Event, ...]:
        """All that was written down; half a line at the end never was."""
        path = self.folder / JOURNAL
        text = path.read_bytes() if path.exists() else b""
        whole, end, _ = text.rpartition(b"\n")
        lines = whole.split(b"\n") if end else []
        try:
            return tuple(msgspec.json.decode(line, type=Event) for line in lines if line)
        except msgspec.DecodeError as failure:
            raise ConfigError(f"a line of it is none: {failure}", file=str(path)) from failure

    def state(self) -> RolloutState:
        """What they come to."""
        return folded(self.plan(), self.events())

    @contextlib.contextmanager
    def open(self) -> Generator[None]:
        """For writing, by one process at a time; it is free again the moment that process is no more."""
        path = self.folder / JOURNAL
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Refused(f"{self.folder.name} is being coordinated already: clawtui deploy attach") from None
            text = path.read_bytes()
            os.ftruncate(file, text.rfind(b"\n") + 1)
            _sync(self.folder)
            self._file = file
            yield
        finally:
            self._file = None
            os.close(file)

    def busy(self) -> bool:
        """Does a coordinator hold it?"""
        try:
            file = os.open(self.folder / JOURNAL, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(file)
        return False

    def write(self, event: Event) -> None:
        """On disk when this returns."""
        assert self._file is not None
        os.write(self._file, msgspec.json.encode(event) + b"\n")
        os.fsync(self._file)


def folder_of(places: Places) -> Path:
    """Where rollouts are kept."""
    return places.state / "rollouts"


def ledgers(places: Places) -> tuple[Ledger, ...]:
    """All rollouts of this user, the newest first: their names begin with their time."""
    folder = folder_of(places)
    names = (
        sorted((path for path in folder.glob("*") if (path / PLAN).exists()), reverse=True) if folder.is_dir() else []
    )
    return tuple(Ledger(path) for path in names)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
