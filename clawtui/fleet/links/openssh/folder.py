"""The folder of one engine's control sockets: 0700, short enough for a socket's name, swept when its owner has gone."""

import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from clawtui.places import socket_folder

MASTER = "ssh-4194304/9999.XXXXXXXXXXXXXXXX"  # ssh binds under a name with 17 letters more, then renames


@dataclass(frozen=True, slots=True)
class Folder:
    """Ours as long as `lock` is open, so the kernel gives it up when we die."""

    path: Path
    lock: int

    def remove(self) -> None:
        """Nothing stays."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self.lock)


def make_folder(runtime: Path) -> Folder:
    """Below our runtime folder, or below /tmp where that lies too deep; what killed engines left is removed."""
    parent = socket_folder(runtime, MASTER)
    _sweep(parent)
    path = parent / f"ssh-{os.getpid()}"
    for number in range(1, 100):  # two engines in one process
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            path = parent / f"ssh-{os.getpid()}-{number}"
            continue
        break
    lock = os.open(path / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return Folder(path, lock)


def _sweep(parent: Path) -> None:
    for folder in parent.glob("ssh-*"):
        try:
            lock = os.open(folder / "lock", os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            continue
        else:
            shutil.rmtree(folder, ignore_errors=True)
        finally:
            os.close(lock)
