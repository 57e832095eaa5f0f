"""Which instance gets the requests: the socket that nginx knows by one name, or the port in a file that it includes.

nginx keeps no connection to a socket open between requests, so a link that is renamed loses none and needs no reload.
"""

import os
import time
from pathlib import Path

from clawtui_runner import current, disk, nginx
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
    return not target.port or (upstream(place).exists() and upstream(place).read_text() == _line(target.port))


def lead(step: Step, target: Target) -> None:
    """From now on new requests reach it."""
    place = step.place
    if target.socket:
        disk.folder(place.live.parent)
        disk.link(place.live, _relative(place, target.socket))
    elif target.port:
        disk.write(upstream(place), _line(target.port).encode())
        _told(step)


def lead_back(step: Step, live: str, text: str) -> None:
    """As it was seen before."""
    place = step.place
    if live:
        disk.link(place.live, live)
    else:
        disk.remove(place.live)
    file = upstream(place)
    if text and (not file.exists() or file.read_text() != text):
        disk.write(file, text.encode())
        _told(step)


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


def _told(step: Step) -> None:
    if nginx.running():
        nginx.reload(step)


def _relative(place: Place, socket: str) -> str:
    return os.path.relpath(socket, str(place.live.parent))


def _line(port: int) -> str:
    return f"server 127.0.0.1:{port};\n"
