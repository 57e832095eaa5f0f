"""The first line of every conversation: who speaks, in which columns, and what history there is."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from typing import Any

import psutil

from clawtui_agent import PROTOCOL, VERSION
from clawtui_agent.config import Config, Tree
from clawtui_agent.digest import digest


class Identity:
    """What stays the same while the agent runs; read once."""

    def __init__(self) -> None:
        self.host = socket.gethostname()
        self.fqdn = _fqdn(self.host)
        self.machine_id = _line("/etc/machine-id")
        self.boot_id = _line("/proc/sys/kernel/random/boot_id")
        self.python = ".".join(str(part) for part in sys.version_info[:3])
        self.digest = digest(os.path.dirname(os.path.abspath(__file__)))

    def fields(self, config: Config) -> dict[str, Any]:
        """The fixed part of the hello line, plus the clock and the addresses of this moment."""
        return {
            "protocol": PROTOCOL,
            "agent": VERSION,
            "digest": self.digest,
            "host": self.host,
            "fqdn": self.fqdn,
            "machine_id": self.machine_id,
            "boot_id": self.boot_id,
            "pid": os.getpid(),
            "clock": round(time.time(), 3),
            "scope": "process tree" if config.tree else "machine",
            "allotment": _allotment(config.tree),
            "python": self.python,
            "psutil": str(psutil.__version__),
            "addresses": addresses(),
        }


def encode(value: object) -> bytes:
    """One line of the wire."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def addresses() -> list[str]:
    """Where this host can be reached: no loopback, no link-local, no scope suffix."""
    found: list[str] = []
    try:
        cards = psutil.net_if_addrs()
    except OSError:
        return found
    for name in sorted(cards):
        for card in cards[name]:
            address = str(card.address)
            if (
                card.family not in (socket.AF_INET, socket.AF_INET6)
                or address.startswith(("127.", "fe80:"))
                or address == "::1"
            ):
                continue
            found.append(address.partition("%")[0])
    return found


def _allotment(tree: Tree | None) -> dict[str, float]:
    return {"cores": tree.cores, "memory": tree.memory} if tree else {}


def _fqdn(host: str) -> str:
    """From the hosts file only: asking DNS could hang for a minute."""
    if "." in host:
        return host
    try:
        with open("/etc/hosts", encoding="utf-8", errors="replace") as file:
            words = file.read(65536).split()
    except OSError:
        return host
    return next((word for word in words if word.startswith(host + ".")), host)


def _line(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read(128).strip()
    except OSError:
        return ""
