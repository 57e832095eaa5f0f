"""What was intended and done on this host, a line each, on disk before it counts; only ever appended to."""

import json
import os
import time
from pathlib import Path
from typing import List, cast

from clawtui_runner import disk
from clawtui_runner.fault import Record, of_os


class Journal:
    """One file; whoever appends holds the host's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._next = 0

    def records(self, after: int = 0) -> List[Record]:
        """Those numbered higher than `after`. Half a line, left by a power cut or a full disk, is none."""
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        found: List[Record] = []
        for line in lines:
            record = _record(line)
            if number(record) > after:
                found.append(record)
        return found

    def append(self, what: str, record: Record) -> Record:
        """Numbered, stamped, on disk when this returns."""
        if not self._next:
            self._next = max([number(record) for record in self.records()] or [0]) + 1
        whole: Record = {**record, "n": self._next, "at": time.time(), "what": what}
        try:
            self._write(json.dumps(whole, sort_keys=True).encode() + b"\n")
        except OSError as error:
            error.filename = error.filename or str(self.path)
            raise of_os(error) from error
        self._next += 1
        return whole

    def _write(self, line: bytes) -> None:
        new = not self.path.exists()
        handle = os.open(str(self.path), os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size and os.pread(handle, 1, size - 1) != b"\n":
                line = b"\n" + line
            sent = os.write(handle, line)
            while sent < len(line):
                sent += os.write(handle, line[sent:])
            os.fsync(handle)
        finally:
            os.close(handle)
        if new:
            disk.sync(self.path.parent)


def number(record: Record) -> int:
    """Its number; 0 is no record."""
    value = record.get("n")
    return value if isinstance(value, int) else 0


def _record(line: bytes) -> Record:
    try:
        value: object = json.loads(line.decode())
    except ValueError:
        return {}
    return cast("Record", value) if isinstance(value, dict) else {}
