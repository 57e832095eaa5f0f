"""The memory that a container may use: a host in a container has its cgroup's limit, not the machine's memory."""

from __future__ import annotations

import os
from typing import NamedTuple

EACH = 10.0  # seconds between two looks at the limits; what is used of one is read each time
NONE_SAID = 2**62  # version 1 writes a number like this where there is no limit


class Bound(NamedTuple):
    """The tightest limit, and what is left of it."""

    total: float
    available: float


class Kind(NamedTuple):
    """How one version of cgroups says it."""

    limit: str
    used: str
    droppable: bytes  # in memory.stat: file pages that the kernel gives up before it kills anybody


V1 = Kind("memory.limit_in_bytes", "memory.usage_in_bytes", b"total_inactive_file")
V2 = Kind("memory.max", "memory.current", b"inactive_file")


class Limit:
    """Limits of the cgroup that the first process is in, and of those above it that are visible here."""

    def __init__(self, proc: str, cgroups: str) -> None:
        self._levels = _levels(proc, cgroups)
        self._bounds: list[tuple[str, Kind, float]] = []
        self._looked = -1e9

    def bound(self, clock: float) -> Bound | None:
        """None where there is no limit: on a machine, or in a container that has none."""
        if clock - self._looked >= EACH:
            self._looked = clock
            found = [(folder, kind, _number(f"{folder}/{kind.limit}")) for folder, kind in self._levels]
            self._bounds = [(folder, kind, limit) for folder, kind, limit in found if limit is not None]
        bounds = [Bound(limit, max(0.0, limit - _used(folder, kind))) for folder, kind, limit in self._bounds]
        if not bounds:
            return None
        return Bound(min([bound.total for bound in bounds]), min([bound.available for bound in bounds]))


def _levels(proc: str, cgroups: str) -> list[tuple[str, Kind]]:
    """Folders with a limit's file: of the container's own cgroup, then upwards to the root that is mounted here."""
    unified = not os.path.isdir(f"{cgroups}/memory")
    root, kind = (cgroups, V2) if unified else (f"{cgroups}/memory", V1)
    parts = _place(proc, "" if unified else "memory")
    paths = ["/".join([root, *parts[:count]]) for count in range(len(parts), -1, -1)]
    return [(path, kind) for path in paths if os.path.isfile(f"{path}/{kind.limit}")]


def _place(proc: str, controller: str) -> list[str]:
    """Parts of the first process's path; empty in a namespace of its own, or when it lies outside of what is mounted."""
    try:
        with open(f"{proc}/1/cgroup", "rb") as file:
            lines = file.read(8192).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
    for line in lines:
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if controller in names.split(","):
            parts = [part for part in path.split("/") if part not in ("", "init.scope")]
            return [] if ".." in parts else parts
    return []


def _used(folder: str, kind: Kind) -> float:
    """Without what the kernel can drop, as the container's own tools count it."""
    used = _number(f"{folder}/{kind.used}") or 0.0
    try:
        with open(f"{folder}/memory.stat", "rb") as file:
            for line in file.read(16384).splitlines():
                if line.startswith(kind.droppable + b" "):
                    return max(0.0, used - int(line.split()[1]))
    except (OSError, ValueError, IndexError):
        pass
    return used


def _number(path: str) -> float | None:
    """None for "max", for a file that is gone, and for version 1's way to say "no limit"."""
    try:
        with open(path, "rb") as file:
            number = int(file.read(32))
    except (OSError, ValueError):
        return None
    return float(number) if number < NONE_SAID else None
