"""Vouching for a host key: one line more in our own known_hosts, whole or not at all."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


def add_key(path: Path, name: str, key: str) -> bool:
    """Append `name key` unless it stands there already; True when the file changed.

    The file is written anew beside the old one, synced and renamed (0600), under a lock that
    every clawtui takes, so two operators trusting two hosts at once lose neither line.
    """
    line = f"{name} {key}"
    with _locked(path):
        try:
            text = path.read_text("utf-8", "surrogateescape")
        except FileNotFoundError:
            text = ""
        if line in text.splitlines():
            return False
        if text and not text.endswith("\n"):
            text += "\n"
        _replace(path, text + line + "\n")
    return True


@contextmanager
def _locked(path: Path) -> Generator[None]:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path.with_name(path.name + ".lock"), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
