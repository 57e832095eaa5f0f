"""Vouching for host keys: our own known_hosts changes whole or not at all, and nobody else's file is touched."""

import fcntl
import os
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from clawtui.fleet.known_hosts import REPLACED, Known, KnownKey, public_line
from clawtui.fleet.known_line import Line


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that is written for one host at once."""

    name: str
    # as known_hosts spells it
    added: tuple[str, ...]
    # whole lines
    retired: tuple[KnownKey, ...] = ()
    # keys that shall not let it in any more, wherever they are written down
    taken_back: tuple[bytes, ...] = ()
    # keys that were retired before and let it in again
    note: str = ""
    # when, who and why, for the old lines


def add_key(path: Path, name: str, key: str) -> bool:
    """Append `name key` unless it stands there already; True when the file changed."""
    return write(path, Change(name, (f"{name} {key}",)))


def write(path: Path, change: Change) -> bool:
    """Carry a change out; True when the file changed.

    The file is written anew beside the old one, synced and renamed (0600), under a lock that
    every clawtui takes, so two operators trusting two hosts at once lose neither line.
    """
    with _locked(path):
        try:
            text = path.read_text("utf-8", "surrogateescape")
        except FileNotFoundError:
            text = ""
        after = changed(text, change, str(path))
        if after == text:
            return False
        _replace(path, after)
    return True


def changed(text: str, change: Change, ours: str) -> str:
    """The text of our file after a change. Pure."""
    lines = text.removesuffix("\n").split("\n") if text else []  # as OpenSSH counts lines: splitlines() knows more ends
    kept = [line for before in lines for line in _rewritten(before, change)]
    struck = {line.blob for line in map(Line.of, lines) if line and _struck(line, change)}
    overrides = [
        f"@revoked {change.name} {key.line} {REPLACED}{change.note}"
        for key in change.retired
        if key.origin.file != ours or key.blob not in struck  # it stands elsewhere, or here under a pattern
    ]
    standing = {_essence(line) for line in kept}
    fresh = [line for line in dict.fromkeys((*change.added, *overrides)) if _essence(line) not in standing]
    return text if kept == lines and not fresh else "".join(f"{line}\n" for line in (*kept, *fresh))


def replacement(known: Known, added: Iterable[KnownKey], name: str, note: str) -> Change:
    """What makes these the only keys that let a host in."""
    fresh = {key.blob: f"{name} {key.line}" for key in added}
    retired = tuple(key for key in known.trusted if key.blob not in fresh)
    taken_back = tuple(key.blob for key in known.revoked if key.replaced and key.blob in fresh)
    return Change(name, tuple(fresh.values()), retired, taken_back, note)


def _rewritten(text: str, change: Change) -> list[str]:
    """A line of before: as it was, or as a comment, and without this host where it names others too."""
    line = Line.of(text)
    if line and line.marker == "revoked" and line.comment.startswith(REPLACED) and line.names_exactly(change.name):
        return [f"# {change.note}, taken back: {text}"] if line.blob in change.taken_back else [text]
    if line is None or not _struck(line, change):
        return [text]
    others = [name for name in line.names.split(",") if name.lower() != change.name]
    if line.names.startswith("|1|") or not others:
        return [f"# {change.note}: {text}"]
    key = f"{public_line(line.kind, line.blob)} {line.comment}".rstrip()
    return [f"# {change.note}: {change.name} {key}", f"{','.join(others)} {key}"]


def _struck(line: Line, change: Change) -> bool:
    """This line vouched for a key that is retired."""
    return not line.marker and line.blob in {key.blob for key in change.retired} and line.names_exactly(change.name)


def _essence(text: str) -> tuple[str, str, bytes] | str:
    """What a line says, whatever its comment."""
    line = Line.of(text)
    return (line.marker, line.names, line.blob) if line else text


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
