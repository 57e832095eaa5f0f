"""Which TCP ports are listened on, by whom, and to what unit or container they belong: read from /proc, nothing is asked."""

from __future__ import annotations

import os
import re
import socket
import struct
from collections.abc import Iterator
from typing import NamedTuple

LISTEN = "0A"  # state in /proc/net/tcp
MOST = 128  # ports looked at
_CONTAINER = re.compile(r"(?:docker|libpod|crio|cri-containerd)[-/]([0-9a-f]{64})")
_SLICE = 50  # processes looked through before others have their turn


class Port(NamedTuple):
    """One port that somebody listens on."""

    number: int
    address: str
    uid: int
    inode: str


class Owner(NamedTuple):
    """The process behind it, and how we know."""

    pid: int = 0  # 0: not known
    name: str = ""
    command: str = ""
    unit: str = ""
    cgroup: str = ""
    container: str = ""
    why: str = ""


def ports(proc: str) -> list[Port]:
    """One entry a port, the widest address first: a server on both protocols is one server."""
    found: dict[int, Port] = {}
    for file in ("tcp", "tcp6"):
        try:
            with open(f"{proc}/net/{file}", encoding="ascii", errors="replace") as lines:
                rows = [line.split() for line in lines.readlines()[1:]]
        except OSError:
            continue
        for row in rows:
            if len(row) > 9 and row[3] == LISTEN and row[7].isdigit():
                host, _, number = row[1].partition(":")
                port = Port(int(number, 16), _address(host), int(row[7]), row[9])
                if port.number not in found or _wide(port) > _wide(found[port.number]):
                    found[port.number] = port
    return [found[number] for number in sorted(found)[:MOST]]


def loopback(port: Port) -> str:
    """Where this host itself reaches it; empty when only from outside."""
    if port.address in ("0.0.0.0", "::") or port.address.startswith("127."):  # noqa: S104 - compared, not bound
        return port.address if port.address.startswith("127.") else "127.0.0.1"
    return "[::1]" if port.address == "::1" else ""


def owners(proc: str, wanted: list[Port], within: set[int] | None, found: dict[int, Owner]) -> Iterator[bool]:
    """Fills `found` by port number, a slice of the processes at a step; `within` limits it to a tree of processes."""
    inodes = {port.inode: port for port in wanted}
    pids = sorted(int(name) for name in os.listdir(proc) if name.isdigit())
    for done, pid in enumerate(pids):
        if done % _SLICE == _SLICE - 1:
            yield True
        if within is not None and pid not in within:
            continue
        for inode in _sockets(proc, pid):
            port = inodes.get(inode)
            if port is not None and port.number not in found:  # the lowest pid first: the parent of its workers
                found[port.number] = owner(proc, pid, "it holds the socket")
    for port in wanted if within is None else ():
        if port.number not in found:
            found[port.number] = _guess(proc, port, pids)
            yield True


def owner(proc: str, pid: int, why: str) -> Owner:
    """What a process says of itself, and where it belongs."""
    path = _cgroup(proc, pid)
    container = _CONTAINER.search(path)
    unit = next(
        (part for part in reversed(path.split("/")) if part.endswith(".service") and not part.startswith("user@")), ""
    )
    command = _read(f"{proc}/{pid}/cmdline").rstrip("\0").replace("\0", " ")[:300]
    name = _read(f"{proc}/{pid}/comm").rstrip("\n")
    return Owner(pid, name, command, "" if container else unit, path, container.group(1) if container else "", why)


def _guess(proc: str, port: Port, pids: list[int]) -> Owner:
    """Whose socket it is only root may see; a process of the same user that names the port is a good guess."""
    word = re.compile(rf"(?<![0-9.]){port.number}(?![0-9.])")
    for pid in pids:
        try:
            same = os.stat(f"{proc}/{pid}").st_uid == port.uid
        except OSError:
            continue
        if same and word.search(_read(f"{proc}/{pid}/cmdline")):
            return owner(
                proc, pid, f"a process of the same user (uid {port.uid}) names port {port.number} in its command line"
            )
    return Owner(why=f"whose it is only root may see; it belongs to uid {port.uid}")


def _sockets(proc: str, pid: int) -> Iterator[str]:
    folder = f"{proc}/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        try:
            target = os.readlink(f"{folder}/{name}")
        except OSError:
            continue
        if target.startswith("socket:["):
            yield target[8:-1]


def _cgroup(proc: str, pid: int) -> str:
    """The path in the unified hierarchy or systemd's own, else the first that says something."""
    best = ""
    for line in _read(f"{proc}/{pid}/cgroup").splitlines():
        number, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if path == "/":
            continue
        if number == "0" or names == "name=systemd":
            return path
        best = best or path
    return best


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(4096)
    except OSError:
        return ""


def _wide(port: Port) -> int:
    return 2 if port.address in ("0.0.0.0", "::") else 1 if loopback(port) else 0  # noqa: S104 - compared, not bound


def _address(text: str) -> str:
    """As the kernel writes it: words of four bytes in its own byte order."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    raw = b"".join(struct.pack("=I", word) for word in words)
    address = socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)
    return address[len("::ffff:") :] if address.startswith("::ffff:") else address
