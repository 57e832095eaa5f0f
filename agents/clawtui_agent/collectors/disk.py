"""Disks: what is read and written, and how full every real file system is."""

from __future__ import annotations

import os
import time
from typing import Any

import psutil

from clawtui_agent.reading import HOST, Column, Now, Rate, Value
from clawtui_agent.world import World

SETTLE = 60.0  # seconds a new file system must stay before it becomes columns: USB sticks and builds come and go
MOST = 32  # file systems with columns of their own
IMAGES = ("squashfs", "iso9660", "erofs", "udf")  # always full, by design


class Traffic:
    """Bytes through whole disks; partitions, and what is stacked on other disks, would count twice."""

    every = 5
    columns = (Column(HOST, "disk.read", "bytes/s", 5.0), Column(HOST, "disk.write", "bytes/s", 5.0))

    def __init__(self) -> None:
        self._rates: dict[str, tuple[Rate, Rate]] = {}

    def read(self, now: Now) -> list[Value]:
        """Rates are taken per disk, so that one that comes or goes makes no jump."""
        counters: dict[str, Any] = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
        names = [name for name in counters if _whole(name)]
        self._rates = {name: self._rates.get(name) or (Rate(), Rate()) for name in names}
        if not names:
            return ["no disk of its own", "no disk of its own"]
        read: float | None = None
        written: float | None = None
        for name in names:
            first, second = self._rates[name]
            a, b = first(counters[name].read_bytes, now.clock), second(counters[name].write_bytes, now.clock)
            read = read if a is None else (read or 0.0) + a
            written = written if b is None else (written or 0.0) + b
        return [read, written]


class Mounts:
    """Fill of every real file system, and the worst of them for the host."""

    every = 5

    def __init__(self, clock: float) -> None:
        self._seen: dict[str, float] = dict.fromkeys(_partitions(), clock - SETTLE)
        self._listed = clock
        self._paths = self._settled(clock)
        self.columns = self._columns()

    def read(self, now: Now) -> list[Value]:
        """The list of mounts is read each 30 s: psutil needs 150 µs for it."""
        if now.clock - self._listed >= 30.0:
            self._list(now.clock)
        used: list[float] = []
        inodes: list[float] = []
        values: list[Value] = []
        for path in self._paths:
            try:
                full, nodes, free = _fill(path)
            except PermissionError:
                values += ["no permission"] * 3
                continue
            except OSError as error:
                values += [error.strerror or "unreadable"] * 3
                continue
            values += [full, nodes if nodes is not None else "no fixed number of inodes", free]
            used.append(full)
            if nodes is not None:
                inodes.append(nodes)
        return [max(used, default=None), max(inodes, default=None), *values]

    def _list(self, clock: float) -> None:
        paths = _partitions()
        self._seen = {path: self._seen.get(path, clock) for path in paths}
        self._listed = clock
        paths = self._settled(clock)
        if paths != self._paths:
            self._paths = paths
            self.columns = self._columns()

    def _settled(self, clock: float) -> list[str]:
        return [path for path, since in self._seen.items() if clock - since >= SETTLE][:MOST]

    def _columns(self) -> tuple[Column, ...]:
        columns = [Column(HOST, "disk.used_ratio", "ratio", 5.0), Column(HOST, "disk.inodes_ratio", "ratio", 5.0)]
        for path in self._paths:
            scope = f"mount:{path}"
            columns.append(Column(scope, "mount.used_ratio", "ratio", 5.0))
            columns.append(Column(scope, "mount.inodes_ratio", "ratio", 5.0))
            columns.append(Column(scope, "mount.free", "bytes", 5.0))
        return tuple(columns)


def _fill(path: str) -> tuple[float, float | None, float]:
    """As `df` counts: used against what users other than root may have. btrfs counts no inodes."""
    usage = psutil.disk_usage(path)
    whole = usage.used + usage.free
    stat = os.statvfs(path)
    nodes = 1.0 - stat.f_ffree / stat.f_files if stat.f_files else None
    return (usage.used / whole if whole else 0.0), nodes, float(usage.free)


def _partitions() -> list[str]:
    """Mount points of real file systems, one for each device; the root always, it may be an overlay."""
    chosen = {"": "/"}
    for part in psutil.disk_partitions(all=False):
        if part.fstype in IMAGES or not os.path.isdir(part.mountpoint):
            continue
        known = chosen.get(part.device)
        if part.mountpoint == "/":
            del chosen[""]
            chosen = {part.device: "/", **{k: v for k, v in chosen.items() if k != part.device}}
        elif known is None or len(part.mountpoint) < len(known):
            chosen[part.device] = part.mountpoint
    return list(chosen.values())


def _whole(name: str) -> bool:
    folder = f"/sys/block/{name.replace('/', '!')}"
    if name.startswith(("loop", "ram", "zram", "sr", "fd")) or not os.path.isdir(folder):
        return False
    try:
        return not os.listdir(f"{folder}/slaves")
    except OSError:
        return True


def collectors(world: World) -> list[Traffic | Mounts]:
    """For the machine only."""
    return [] if world.config.tree else [Traffic(), Mounts(time.monotonic())]
