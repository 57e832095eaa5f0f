"""Every act and note, one JSON line each: appended in one write, rotated once, copied to syslog where there is one."""

import contextlib
import fcntl
import os
import pwd
import socket
from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from clawtui.history.redact import redact

VERSION = 1
# of a line; one without is of the time before lines said it
SYSLOG = "/dev/log"
SYSLOG_NOTICE = "<85>"  # authpriv.notice
SYSLOG_MOST = 1900
TAIL_MOST = 4_194_304
# bytes read from the end when the last entries are asked for


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of actions.jsonl."""

    at: float
    who: str
    context: str
    verb: str
    hosts: tuple[str, ...]
    cli: str
    commands: tuple[str, ...] = ()
    outcome: str = ""
    note: str = ""
    version: int = VERSION


class _Version(msgspec.Struct):
    """What every line of any version has."""

    at: float = 0.0
    version: int = VERSION


class ActionLog:
    """The file at `path`; beyond `keep_bytes` it becomes `path.1` and a new one begins."""

    def __init__(self, path: Path, keep_bytes: int, *, syslog: str = SYSLOG) -> None:
        self.path, self.keep_bytes, self._syslog = path, keep_bytes, syslog

    def write(self, entry: Entry) -> Entry:
        """Append one entry, secrets hidden; answers it as it was written. OSError when it cannot be written."""
        entry = replace(
            entry,
            cli=redact(entry.cli),
            commands=tuple(redact(command) for command in entry.commands),
            note=redact(entry.note),
        )
        line = msgspec.json.encode(entry)
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with self._locked() as file:
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"  # somebody died in the middle of a line
            os.write(file, b"\n" * torn + line + b"\n")
            if size + len(line) >= self.keep_bytes:
                self.path.rename(self.path.with_name(self.path.name + ".1"))
        self._tell_syslog(line)
        return entry

    @contextlib.contextmanager
    def _locked(self) -> Generator[int, None, None]:
        """The file, open for appending and locked; opened anew when another process has just rotated it."""
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX)
                if self._is_current(file):
                    yield file
                    return
            finally:
                os.close(file)

    def _is_current(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self.path.stat())
        except FileNotFoundError:
            return False

    def _tell_syslog(self, line: bytes) -> None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            out.setblocking(False)
            out.sendto(f"{SYSLOG_NOTICE}clawtui: ".encode() + line[:SYSLOG_MOST], self._syslog)

    def last(self, count: int) -> tuple[Entry, ...]:
        """The newest entries, newest first; lines that do not parse are passed over, those of a newer version are said."""
        found: list[Entry] = []
        for path in (self.path, self.path.with_name(self.path.name + ".1")):
            for line in reversed(_tail(path)):
                if len(found) == count:
                    return tuple(found)
                with contextlib.suppress(ValueError):
                    found.append(_entry(line))
        return tuple(found)


def _entry(line: bytes) -> Entry:
    """A line of a version that we read, else what to do; ValueError when it is none."""
    seen = msgspec.json.decode(line, type=_Version)
    if seen.version > VERSION:
        words = f"version {seen.version} is of a newer clawtui, this one reads {VERSION}: upgrade clawtui here"
        return Entry(seen.at, "", "", "unread", (), "", note=words, version=seen.version)
    return msgspec.json.decode(line, type=Entry)


def _tail(path: Path) -> list[bytes]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_MOST))
            return file.read().splitlines()
    except OSError:
        return []


def operator(environ: Mapping[str, str]) -> str:
    """Who acts: the OS user, and the name in CLAWTUI_OPERATOR where several people share an account."""
    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = str(os.getuid())
    named = environ.get("CLAWTUI_OPERATOR", "").strip()
    return f"{user} ({named})" if named else user
