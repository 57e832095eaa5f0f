"""Saved views: how somebody wants the fleet listed, by name, in one versioned file that is never half written."""

import asyncio
import contextlib
import fcntl
import os
import re
from collections.abc import Generator
from pathlib import Path

import msgspec

from clawtui.engine.boundary.plans import Outcome
from clawtui.engine.boundary.views import RemoveView, SavedView, SaveView
from clawtui.errors import ClawtuiError, ConfigError, UsageError

VERSION = 1
MOST = 200
LONGEST = 262_144
_NAME = re.compile(r"[\w.-]{1,40}")


class _File(msgspec.Struct, frozen=True):
    version: int
    views: tuple[SavedView, ...] = ()


class ViewStore:
    """The file at `path`; what cannot be read is never written over."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def all(self) -> tuple[SavedView, ...]:
        """By name; ConfigError where the file is not what we wrote."""
        try:
            with self.path.open("rb") as file:
                content = file.read(LONGEST + 1)
        except FileNotFoundError:
            return ()
        except OSError as failure:
            raise ConfigError(f"saved views cannot be read: {failure.strerror}", file=str(self.path)) from failure
        try:
            found = msgspec.json.decode(content, type=_File)
        except msgspec.DecodeError as failure:
            words = f"these are no saved views ({failure}); mend the file or move it away, it is not written over"
            raise ConfigError(words, file=str(self.path)) from failure
        if found.version != VERSION:
            words = f"written by another clawtui (version {found.version}, this one reads {VERSION}): upgrade this one"
            raise ConfigError(words, file=str(self.path), key="version")
        return tuple(sorted(found.views, key=lambda view: view.name))

    async def keep(self, intent: SaveView | RemoveView) -> Outcome:
        """A note to oneself: no act, and no line in the log."""
        try:
            if isinstance(intent, SaveView):
                await asyncio.to_thread(self.save, intent.view)
            else:
                await asyncio.to_thread(self.remove, intent.name)
        except ClawtuiError as problem:
            return Outcome(done=False, words=str(problem), code=problem.exit_code)
        return Outcome(done=True, words="")

    def save(self, view: SavedView) -> None:
        """Add it, or put it in the place of the one of that name."""
        if not _NAME.fullmatch(view.name) or view.name in ("save", "rm"):
            raise UsageError(
                f"{view.name!r} is no name for a view: letters, digits, - _ and ., at most 40, not save or rm"
            )
        with self._locked():
            others = [known for known in self.all() if known.name != view.name]
            if len(others) >= MOST:
                raise UsageError(f"there are {MOST} saved views already: :view rm NAME makes room")
            self._write((*others, view))

    def remove(self, name: str) -> None:
        """UsageError where there is none of that name."""
        with self._locked():
            known = self.all()
            kept = tuple(view for view in known if view.name != name)
            if len(kept) == len(known):
                there = ", ".join(view.name for view in known) or "none"
                raise UsageError(f"no view {name!r}; saved: {there}")
            self._write(kept)

    def _write(self, views: tuple[SavedView, ...]) -> None:
        """A temporary name, then rename: a full disk or a crash leaves the file as it was."""
        fresh = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with fresh.open("wb") as file:
                fresh.chmod(0o600)
                file.write(msgspec.json.format(msgspec.json.encode(_File(VERSION, views)), indent=1) + b"\n")
                file.flush()
                os.fsync(file.fileno())
            fresh.rename(self.path)
        except OSError as failure:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
            raise ConfigError(f"the view was not saved: {failure.strerror}", file=str(self.path)) from failure

    @contextlib.contextmanager
    def _locked(self) -> Generator[None]:
        """Two screens save one after the other."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path.with_name(f".{self.path.name}.lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError as failure:
            raise ConfigError(f"the view was not saved: {failure.strerror}", file=str(self.path)) from failure
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)
