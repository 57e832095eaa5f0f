"""Bytes on their way into the store: kept as far as they came, believed only once they are hashed."""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import Callable, Union

from clawtui_runner import disk
from clawtui_runner.fault import Fault, of_os
from clawtui_runner.place import Place

PIECE = 1 << 20
SPARE = 16 << 20  # a disk is not filled to its last byte


class Arrival:
    """One blob; nobody else brings the same one meanwhile. `have` bytes are there already."""

    def __init__(self, place: Place, sha256: str, size: int) -> None:
        self.blob, self.part, self.size, self.sha256 = place.blob(sha256), place.partial(sha256), size, sha256
        disk.folder(self.blob.parent)
        disk.folder(self.part.parent, 0o700)
        handle = os.open(str(self.part), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        self._file = os.fdopen(handle, "r+b", 0)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise Fault("locked", f"{self.part}: somebody else is bringing these bytes; wait for it") from None
        self._sum, self._summed = hashlib.sha256(), 0  # of what came in this process: it need not be read again
        self.have = os.fstat(handle).st_size
        if self.have > size:
            self.back_to(0)

    def __enter__(self) -> "Arrival":
        return self

    def __exit__(self, *exc: object) -> None:
        self._file.close()

    def back_to(self, offset: int) -> None:
        """Go on from here; what came after is dropped."""
        self._file.truncate(offset)
        self.have = offset
        if offset < self._summed:
            self._sum, self._summed = hashlib.sha256(), 0

    def needs_room(self) -> None:
        """Fault("nospace") before the first byte rather than after the last that fits."""
        room = os.statvfs(str(self.part.parent))
        free = room.f_bavail * room.f_frsize
        if self.size - self.have > free - SPARE:
            raise Fault("nospace", self._full(free))

    def add(self, data: Union[bytes, memoryview]) -> None:
        """The next bytes; a full disk keeps those that fitted."""
        if self.have + len(data) > self.size:
            raise Fault("failed", f"{self.part}: more than the {self.size} bytes that were announced")
        view = memoryview(data)
        self._file.seek(self.have)
        try:
            while view:
                sent = self._file.write(view) or 0
                if self._summed == self.have:
                    self._sum.update(view[:sent])
                    self._summed += sent
                self.have += sent
                view = view[sent:]
        except OSError as error:
            if of_os(error).code == "nospace":
                raise Fault("nospace", self._full(0)) from error
            raise

    def whole(self, left: Callable[[], float] = lambda: 1.0) -> Path:
        """All bytes are there: hash them, sync them, give them their name."""
        if self.have != self.size:
            raise Fault("failed", f"{self.part}: {self.have} of {self.size} bytes arrived; send the rest from there")
        self._file.seek(self._summed)
        for piece in iter(lambda: self._file.read(PIECE), b""):
            left()
            self._sum.update(piece)
        found = self._sum.hexdigest()
        if found != self.sha256:
            self.part.unlink()
            raise Fault("failed", f"{self.part}: these bytes are {found}, not {self.sha256}; they were thrown away")
        os.fchmod(self._file.fileno(), 0o644)
        os.fsync(self._file.fileno())
        self.part.replace(self.blob)
        disk.sync(self.blob.parent)
        return self.blob

    def _full(self, free: int) -> str:
        wanted = self.size - self.have
        return f"{self.part}: no room for {wanted} bytes, {free} are free; make room there, what has come is kept"
