"""nginx on this host: told to read its configuration again."""

import os
from pathlib import Path

from clawtui_runner import systemd
from clawtui_runner.step import Step

PID = Path("/run/nginx.pid")


def reload(step: Step) -> None:
    """Started where it does not run; its configuration was tried before."""
    if systemd.there():
        step.run("systemctl", "reload-or-restart", "nginx")
        step.run("systemctl", "enable", "--quiet", "nginx")
    else:
        step.run("nginx", *(("-s", "reload") if running() else ()))


def running() -> bool:
    """Does it?"""
    if systemd.there():
        return systemd.active("nginx.service")
    try:
        os.kill(int(PID.read_text()), 0)
    except (OSError, ValueError):
        return False
    return True
