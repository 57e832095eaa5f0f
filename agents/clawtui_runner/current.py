"""`current.json`: which instances serve, for whoever watches this host. Never half written."""

import os
from pathlib import Path
from typing import Optional

from clawtui_runner import disk, systemd
from clawtui_runner.fault import Record
from clawtui_runner.params import Params
from clawtui_runner.place import Place

VERSION = 1


def write(place: Place, release: str, unit: str, listen: Params, asked: Params) -> None:
    """One instance: its unit, its cgroup, where its metrics and its probe are."""
    group = systemd.show(unit).get("ControlGroup", "") if unit and systemd.there() else ""
    instance: Record = {
        "unit": unit,
        "cgroup": group.strip("/"),
        "metrics": _address(asked.text("metrics", ""), listen),
        "probe": _address(asked.text("probe", ""), listen),
        "socket": listen.text("socket", ""),
        "port": listen.whole("port", 0),
    }
    whole: Record = {"version": VERSION, "service": place.service, "release": release, "instances": [instance]}
    disk.keep(place.current_json, whole)


def _address(path: str, listen: Params) -> str:
    """A path is one of the instance's own; anything else is an address already."""
    if not path.startswith("/"):
        return path
    if "socket" in listen:
        return f"unix:{listen.text('socket')}:{path}"
    return f"http://127.0.0.1:{listen.whole('port')}{path}" if "port" in listen else ""


def text(place: Place) -> Optional[str]:
    """As it stands."""
    try:
        return place.current_json.read_text()
    except FileNotFoundError:
        return None


def restore(place: Place, before: Optional[str]) -> None:
    """As it stood."""
    if before is None:
        disk.remove(place.current_json)
    else:
        disk.write(place.current_json, before.encode())


def target(link: Path) -> str:
    """Where a link leads, empty where there is none."""
    try:
        return os.readlink(str(link))
    except OSError:
        return ""
