"""nginx on this host: told to read its configuration again, and seen to have done so."""

import os
import time
from pathlib import Path
from typing import Set

from clawtui_runner import systemd
from clawtui_runner.fault import Fault
from clawtui_runner.step import Step

PID = Path("/run/nginx.pid")
TAKEN_S = 10.0  # until new workers have the listeners


def reload(step: Step) -> None:
    """Started where it does not run; its configuration was tried before. When this returns no new request is answered by
    the old configuration; those begun before end by it."""
    old = workers()
    if systemd.there():
        step.run("systemctl", "reload-or-restart", "nginx")
        step.run("systemctl", "enable", "--quiet", "nginx")
    else:
        step.run("nginx", *(("-s", "reload") if running() else ()))
    until = time.monotonic() + min(TAKEN_S, step.left)
    while old & workers():
        if time.monotonic() > until:
            raise Fault("failed", "nginx did not take its new configuration; its error log says why")
        time.sleep(0.02)


def running() -> bool:
    """Does it?"""
    if systemd.there():
        return systemd.active("nginx.service")
    try:
        os.kill(_master(), 0)
    except OSError:
        return False
    return True


def workers() -> Set[int]:
    """Processes that take new requests: one that has been told to end says so in its title."""
    master = _master()
    found: Set[int] = set()
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
            title = (path / "cmdline").read_bytes() if parent == master else b""
        except OSError:
            continue
        if b"worker process" in title and b"shutting down" not in title:
            found.add(int(path.name))
    return found


def again() -> str:
    """The command line that makes it read its files again, for others to run."""
    return "systemctl reload nginx" if systemd.there() else "nginx -s reload"


def _master() -> int:
    """Its process; one that cannot be where there is none."""
    try:
        return int(PID.read_text())
    except (OSError, ValueError):
        return 1 << 30
