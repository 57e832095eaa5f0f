"""Who is heaviest: all processes ranked by CPU and by memory, now and each ten seconds for the process ring."""

from __future__ import annotations

import os
import struct
from typing import NamedTuple

from clawtui_agent.config import Config
from clawtui_agent.proctable import ProcessTable, Stat

ENTRY = struct.Struct("<IfI12s20s")  # pid, cores, resident KiB, user, name
BEST = 5  # by each of the two measures, kept in the ring
MOST = 40  # in an answer
BODY = 2 * BEST * ENTRY.size


class Heavy(NamedTuple):
    """One process with what it used since the scan before."""

    pid: int
    user: str
    name: str
    cores: float
    memory: int
    command: str

    def row(self) -> list[object]:
        """As on the wire."""
        return [self.pid, self.user, self.name, float(f"{self.cores:.7g}"), self.memory, self.command]


class Top:
    """Compares each scan with the one before."""

    def __init__(self, config: Config, table: ProcessTable) -> None:
        self._tree = config.tree
        self._table = table
        self._spent: dict[int, float] = {}
        self._cores: dict[int, float] = {}
        self._clock = 0.0
        self._users: dict[int, str] = {}

    def look(self, clock: float) -> None:
        """Scan, unless that was done a moment ago: a rate over an instant is noise."""
        seconds = clock - self._clock
        if self._spent and seconds < 0.5:
            return
        stats = self._table.scan(clock, at_most=0.5)
        clock = self._table.scanned
        seconds = clock - self._clock
        if self._spent and seconds > 0:
            before = self._spent
            # one that is new used all of it since the last look, unless it used more than there was time for
            self._cores = {
                pid: (stat.own - before.get(pid, stat.own if stat.own > seconds else 0.0)) / seconds
                for pid, stat in stats.items()
                if stat.own != before.get(pid)
            }
        self._spent = {pid: stat.own for pid, stat in stats.items()}
        self._clock = clock

    def heaviest(self, each: int, *, commands: bool) -> list[Heavy]:
        """The `each` first by CPU and the `each` first by memory, without repetition."""
        stats = self._ours()
        cores = self._cores
        by_cpu = sorted(stats, key=lambda stat: cores.get(stat.pid, 0.0), reverse=True)[:each]
        by_memory = sorted(stats, key=lambda stat: stat.memory, reverse=True)[:each]
        chosen = {stat.pid: stat for stat in (*by_cpu, *by_memory)}
        return [
            Heavy(
                pid,
                self._user(pid),
                _text(stat.name),
                max(0.0, cores.get(pid, 0.0)),
                stat.memory,
                self._command(stat) if commands else _text(stat.name),
            )
            for pid, stat in chosen.items()
        ]

    def body(self) -> bytes:
        """A record of the process ring."""
        entries = [
            ENTRY.pack(h.pid, min(h.cores, 1e6), min(h.memory // 1024, 2**32 - 1), _cut(h.user, 12), _cut(h.name, 20))
            for h in self.heaviest(BEST, commands=False)
        ]
        return b"".join(entries).ljust(BODY, b"\0")

    def _ours(self) -> list[Stat]:
        stats = self._table.stats
        if self._tree is None:
            return list(stats.values())
        return [stats[pid] for pid in self._table.below([self._tree.pid]) if pid in stats]

    def _user(self, pid: int) -> str:
        try:
            uid = os.stat(f"{self._table.proc}/{pid}").st_uid
        except OSError:
            return "?"
        if uid not in self._users:
            self._users.update(_passwd())
        return self._users.setdefault(uid, str(uid))

    def _command(self, stat: Stat) -> str:
        try:
            fd = os.open(f"{self._table.proc}/{stat.pid}/cmdline", os.O_RDONLY)
            try:
                raw = os.read(fd, 512)
            finally:
                os.close(fd)
        except OSError:
            return _text(stat.name)
        words = raw.rstrip(b"\0").replace(b"\0", b" ").decode("utf-8", "replace")
        return words[:300] or f"[{_text(stat.name)}]"


def read_body(body: bytes) -> list[Heavy]:
    """What a record of the process ring says."""
    found: list[Heavy] = []
    for place in range(0, len(body) - ENTRY.size + 1, ENTRY.size):
        pid, cores, kib, user, name = ENTRY.unpack_from(body, place)
        if pid:
            text = name.rstrip(b"\0").decode("utf-8", "replace")
            found.append(Heavy(pid, user.rstrip(b"\0").decode("utf-8", "replace"), text, cores, kib * 1024, text))
    return found


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _cut(text: str, size: int) -> bytes:
    return text.encode("utf-8", "replace")[:size]


def _passwd() -> dict[int, str]:
    """From the file only: a directory service could hang for a minute; its users appear as numbers."""
    users: dict[int, str] = {}
    try:
        with open("/etc/passwd", encoding="utf-8", errors="replace") as file:
            for line in file:
                parts = line.split(":", 3)
                if len(parts) == 4 and parts[2].isdigit():
                    users[int(parts[2])] = parts[0]
    except OSError:
        pass
    return users
