"""Where the processes of a service are: systemd unit, cgroup (v1 and v2), compose project or pid file."""

from __future__ import annotations

import os
from typing import NamedTuple

from clawtui_agent import compose
from clawtui_agent.config import Service
from clawtui_agent.world import World

DEPTH = 6  # how deep below the root a unit's cgroup is searched for
MOST = 4000  # cgroups looked at in one search


class Found(NamedTuple):
    """Processes to begin with, and the cgroup's own account of CPU where there is one."""

    roots: list[int]
    spent: float | None = None  # CPU seconds of the whole cgroup
    missing: str = ""
    unknown: bool = False  # whether it runs can't be told


def find(world: World, service: Service) -> Found:
    """Looked up afresh each second, because units come and go; a search for a unit's place costs a few µs when it is known."""
    if service.pid_file:
        return _pid_file(service.pid_file)
    if service.compose:
        return _project(world, service.compose)
    path = service.cgroup.strip("/")
    if not path:
        path = _place(world, service.unit)
        if not path:
            return Found([], None, f"unit {service.unit} is not running")
    return _cgroup(world, path)


def _project(world: World, name: str) -> Found:
    """All containers of a compose project together."""
    try:
        members = compose.read(world.projects).get(name, ())
    except compose.Unreadable as error:
        return Found([], None, str(error), unknown=True)
    if not members:
        return Found([], None, f"no container of compose project {name} is running")
    found = [_cgroup(world, member.cgroup.strip("/")) if member.cgroup else Found([member.pid]) for member in members]
    roots = [pid for one in found for pid in one.roots]
    spent = [one.spent for one in found if one.spent is not None]
    missing = "" if roots else next((one.missing for one in found if one.missing), "")
    return Found(roots, sum(spent) if len(spent) == len(found) else None, missing)


def _pid_file(path: str) -> Found:
    try:
        with open(path, "rb") as file:
            return Found([int(file.read(64).split()[0])])
    except FileNotFoundError:
        return Found([], None, f"no pid file {path}")
    except PermissionError:
        return Found([], None, f"no permission to read {path}")
    except (ValueError, IndexError):
        return Found([], None, f"{path} holds no number")


def _cgroup(world: World, path: str) -> Found:
    pids: list[int] = []
    seen = False
    for tree in _trees(world):
        folder = f"{world.cgroups}/{tree}/{path}" if tree else f"{world.cgroups}/{path}"
        if os.path.isdir(folder):
            seen = True
            pids = _pids(folder, DEPTH)
            if pids:
                break
    if not seen:
        return Found([], None, f"no cgroup {path}")
    return Found(pids, _spent(world, path), "" if pids else f"cgroup {path} is empty")


def _pids(folder: str, depth: int) -> list[int]:
    """Processes of a cgroup and those below it."""
    try:
        with open(f"{folder}/cgroup.procs", "rb") as file:
            pids = [int(word) for word in file.read().split()]
        if depth:
            with os.scandir(folder) as entries:
                below = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
            for path in below:
                pids += _pids(path, depth - 1)
    except OSError:
        return []
    return [pid for pid in pids if pid]


def _spent(world: World, path: str) -> float | None:
    """CPU seconds: `cpu.stat` of version 2 when that controller is on, else `cpuacct.usage` of version 1."""
    for tree in ("", "unified/"):
        try:
            with open(f"{world.cgroups}/{tree}{path}/cpu.stat", "rb") as file:
                words = file.read(64).split()
            if words[:1] == [b"usage_usec"]:
                return int(words[1]) / 1e6
        except OSError:
            continue
    for tree in ("cpuacct", "cpu,cpuacct"):
        try:
            with open(f"{world.cgroups}/{tree}/{path}/cpuacct.usage", "rb") as file:
                return int(file.read(32)) / 1e9
        except OSError:
            continue
    return None


def _trees(world: World) -> list[str]:
    """Hierarchies that hold processes: the unified one, or systemd's own, then the others of version 1."""
    if os.path.exists(f"{world.cgroups}/cgroup.procs"):
        return [""]
    return [
        name
        for name in ("systemd", "unified", "memory", "pids", "cpuacct", "cpu,cpuacct")
        if os.path.isdir(f"{world.cgroups}/{name}")
    ]


def _place(world: World, unit: str) -> str:
    """Path of a unit's cgroup below the root of its hierarchy, empty when it has none."""
    prefix = _prefix(world)
    for tree in _trees(world)[:2]:
        root = f"{world.cgroups}/{tree}" if tree else world.cgroups
        for path in (f"{prefix}/system.slice/{unit}", f"system.slice/{unit}"):
            if os.path.isdir(f"{root}/{path.strip('/')}"):
                return path.strip("/")
        found = _search(f"{root}/{prefix}".rstrip("/"), unit)
        if found:
            return os.path.relpath(found, root)
    return ""


def _search(root: str, unit: str) -> str:
    """Units in other slices and of user managers."""
    todo = [(root, DEPTH)]
    looked = 0
    while todo and looked < MOST:
        folder, depth = todo.pop()
        looked += 1
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if entry.name == unit:
                            return entry.path
                        if depth and entry.name.endswith((".slice", ".service")):
                            todo.append((entry.path, depth - 1))
        except OSError:
            continue
    return ""


def _prefix(world: World) -> str:
    """In a container without a cgroup namespace everything lies below the container's own cgroup."""
    try:
        with open(f"{world.proc}/1/cgroup", "rb") as file:
            lines = file.read(8192).decode("utf-8", "replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        number, names, path = line.split(":", 2)
        if number == "0" or names == "name=systemd":
            parts = [part for part in path.split("/") if part not in ("", "init.scope")]
            if parts:
                return "/".join(parts)
    return ""
