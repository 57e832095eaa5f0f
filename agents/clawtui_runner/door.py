"""A socket before a port, kept by systemd: so a service on ports is switched as one on sockets is, and nginx never reloads.

A reload ends nginx's idle connections, and whoever sends a request in that moment sees it fail.
"""

import grp
from pathlib import Path
from typing import Optional

from clawtui_runner import disk, systemd
from clawtui_runner.place import Place
from clawtui_runner.step import Step

PROGRAMS = (Path("/lib/systemd/systemd-socket-proxyd"), Path("/usr/lib/systemd/systemd-socket-proxyd"))
GROUPS = ("www-data", "nginx", "http")  # what distributions call the group of nginx's workers
SOCKET = """\
[Unit]
Description=clawtui: the socket before port {port} of {service}

[Socket]
ListenStream={path}
SocketMode=0660
SocketGroup={group}
Backlog=4096

[Install]
WantedBy=sockets.target
"""
SERVICE = """\
[Unit]
Description=clawtui: from its socket to port {port} of {service}

[Service]
ExecStart={program} --connections-max=30000 127.0.0.1:{port}
DynamicUser=yes
LimitNOFILE=65536
"""


def path(place: Place, port: int) -> Path:
    """Where it is."""
    return place.live.parent / f"{port}.sock"


def behind(live: str) -> int:
    """The port behind the door that a link leads to; 0 where it leads to no door."""
    name = Path(live).name
    return int(name[: -len(".sock")]) if name.endswith(".sock") and name[: -len(".sock")].isdigit() else 0


def opened(step: Step, port: int) -> bool:
    """There, also after the next start of the host; False where this host has nothing to make one of."""
    program = next((found for found in PROGRAMS if found.exists()), None)
    group = _group()
    if not systemd.there() or program is None or group is None:
        return False
    disk.folder(step.place.live.parent)
    words = {
        "port": port,
        "service": step.place.service,
        "path": path(step.place, port),
        "group": group,
        "program": program,
    }
    name = f"clawtui-door-{step.place.service}-{port}"
    texts = ((f"{name}.socket", SOCKET.format(**words)), (f"{name}.service", SERVICE.format(**words)))
    changed = [(systemd.UNITS / unit, text) for unit, text in texts if not _same(systemd.UNITS / unit, text)]
    for file, text in changed:
        disk.write(file, text.encode())
    if changed:
        step.run("systemctl", "daemon-reload")
    step.run("systemctl", "enable", "--quiet", "--now", f"{name}.socket")
    return True


def _same(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(errors="replace") == text


def _group() -> Optional[str]:
    known = {group.gr_name for group in grp.getgrall()}
    return next((name for name in GROUPS if name in known), None)
