"""Which instance gets the requests: the one whose socket, or whose door, nginx finds under one name.

nginx keeps no connection to it open between requests, so a link that is renamed loses none and needs no reload.
"""

import os
import time
from pathlib import Path

from clawtui_runner import current, disk, door, nginx
from clawtui_runner.asking import Target
from clawtui_runner.fault import Record
from clawtui_runner.place import Place
from clawtui_runner.step import Step

ESTABLISHED = "01"  # in /proc/net/tcp
CONNECTED = "03"  # in /proc/net/unix


def upstream(place: Place) -> Path:
    """What a site for a service with a port includes within `upstream { }`."""
    return place.folder / "upstream.conf"


def port(place: Place) -> int:
    """That requests are led to; 0 where none is."""
    behind = door.behind(current.target(place.live))
    if behind:
        return behind
    digits = upstream(place).read_text().rpartition(":")[2].rstrip(";\n") if upstream(place).exists() else ""
    return int(digits) if digits.isdigit() else 0


def seen(place: Place) -> Record:
    """As it is led now: what `lead_back` is given later."""
    file = upstream(place)
    return {"live": current.target(place.live), "upstream": file.read_text() if file.exists() else ""}


def leads(place: Place, target: Target) -> bool:
    """Do requests reach it already?"""
    if target.socket:
        return current.target(place.live) == _relative(place, target.socket)
    return not target.port or port(place) == target.port


def lead(step: Step, target: Target) -> None:
    """From now on new requests reach it."""
    place = step.place
    if target.socket:
        disk.folder(place.live.parent)
        disk.link(place.live, _relative(place, target.socket))
    elif target.port and door.opened(step, target.port):
        disk.link(place.live, _relative(place, str(door.path(place, target.port))))
        _include(step, _server(f"unix:{place.live}"))
    elif target.port:
        _include(step, _server(f"127.0.0.1:{target.port}"))
        disk.remove(place.live)


def lead_back(step: Step, live: str, text: str) -> None:
    """As it was seen before."""
    place = step.place
    if live:
        disk.link(place.live, live)
    else:
        disk.remove(place.live)
    if text:
        _include(step, text)


def quiet(target: Target, until: float) -> bool:
    """Wait until nobody is connected to it any more; False where somebody still was in the end."""
    while connected(target):
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def connected(target: Target) -> int:
    """How many requests it has in hand, as the kernel counts connections."""
    if target.socket:
        path = os.path.realpath(target.socket)
        lines = [line.split(None, 7) for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
        return len(
            [words for words in lines if len(words) > 7 and words[5] == CONNECTED and words[7] in (path, target.socket)]
        )
    count = 0
    for name in ("tcp", "tcp6"):
        table = Path("/proc/net") / name
        lines = [line.split() for line in table.read_text().splitlines()[1:]] if table.exists() else []
        wanted = f":{target.port:04X}"
        count += len([words for words in lines if words[1].endswith(wanted) and words[3] == ESTABLISHED])
    return count


def _include(step: Step, text: str) -> None:
    """nginx reads it again only where it is another one."""
    file = upstream(step.place)
    if file.exists() and file.read_text() == text:
        return
    disk.write(file, text.encode())
    if nginx.running():
        nginx.reload(step)


def _relative(place: Place, socket: str) -> str:
    return os.path.relpath(socket, str(place.live.parent))


def _server(address: str) -> str:
    return f"server {address};\n"
