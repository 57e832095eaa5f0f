"""SHA-256 of files; that of a large one is remembered for as long as the file is not touched."""

import contextlib
import hashlib
import os
import threading
import time
from pathlib import Path

import msgspec

from clawtui.errors import ConfigError

LARGE = 1024 * 1024
RACY_NS = 2_000_000_000
# a file this young may be written again without its times saying so
KEPT = 4096


class Remembered(msgspec.Struct, frozen=True):
    """One file as it was when it was read."""

    size: int
    mtime_ns: int
    inode: int
    sha256: str


class Memory(msgspec.Struct):
    """The file; the newest last."""

    version: int = 1
    files: dict[str, Remembered] = {}


class Digests:
    """For threads: what is asked blocks."""

    def __init__(self, file: Path) -> None:
        self._file, self._lock = file, threading.Lock()
        self._known = _read(file)

    def of(self, path: Path) -> tuple[str, int]:
        """Digest and size; ConfigError where it cannot be read or changes meanwhile."""
        try:
            with path.open("rb") as file:
                before = os.fstat(file.fileno())
                if (known := self._remembered(path, before)) is not None:
                    return known, before.st_size
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                after = os.fstat(file.fileno())
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from error
        if _same(before) != _same(after):
            raise ConfigError("changed while it was read; try again when nobody writes it", file=str(path))
        if after.st_size >= LARGE and time.time_ns() - after.st_mtime_ns > RACY_NS:
            self._keep(path, Remembered(*_same(after), sha256))
        return sha256, after.st_size

    def _remembered(self, path: Path, found: os.stat_result) -> str | None:
        with self._lock:
            known = self._known.get(str(path))
        return known.sha256 if known and (known.size, known.mtime_ns, known.inode) == _same(found) else None

    def _keep(self, path: Path, what: Remembered) -> None:
        """Others may write the file at the same time: the last one wins, and all that is lost is time."""
        with self._lock:
            self._known.pop(str(path), None)
            self._known[str(path)] = what
            kept = dict(list(self._known.items())[-KEPT:])
            fresh = self._file.with_name(f".{self._file.name}.{os.getpid()}")
            with contextlib.suppress(OSError):  # a cache that cannot be written costs time and nothing else
                self._file.parent.mkdir(parents=True, exist_ok=True)
                fresh.write_bytes(msgspec.json.encode(Memory(files=kept)))
                fresh.replace(self._file)


def _same(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ino


def _read(file: Path) -> dict[str, Remembered]:
    try:
        memory = msgspec.json.decode(file.read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return {}
    return memory.files if memory.version == 1 else {}
