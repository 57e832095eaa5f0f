"""The host itself: distribution, memory, room on disks, clock."""

import os
import platform
import time
from pathlib import Path
from typing import Dict

from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place

MEMORY = {"MemTotal": "total", "MemAvailable": "available"}


def gather(place: Place, asked: Params) -> Record:
    """Its facts."""
    return {"os": _os(), "memory": _memory(), "disk": {str(place.folder): disk(place.folder)}, "clock": time.time()}


def _os() -> Record:
    words: Dict[str, str] = {}
    for name in ("/etc/os-release", "/usr/lib/os-release"):
        if Path(name).exists():
            lines = Path(name).read_text(errors="replace").splitlines()
            words = {key: value.strip("\"'") for key, is_, value in (line.partition("=") for line in lines) if is_}
            break
    return {"id": words.get("ID", ""), "version": words.get("VERSION_ID", ""), "arch": platform.machine()}


def _memory() -> Record:
    lines = Path("/proc/meminfo").read_text().splitlines()
    words = {key: value.split() for key, is_, value in (line.partition(":") for line in lines) if is_}
    return {name: int(words[key][0]) * 1024 for key, name in MEMORY.items() if key in words}


def disk(path: Path) -> Record:
    """Room where a path is or will be."""
    while not path.exists():
        path = path.parent
    room = os.statvfs(str(path))
    mount = path.resolve()
    while not os.path.ismount(str(mount)):
        mount = mount.parent
    free, total = room.f_bavail * room.f_frsize, room.f_blocks * room.f_frsize
    return {"free": free, "total": total, "mount": str(mount), "system": str(mount) == "/"}
