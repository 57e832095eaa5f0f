"""Run in network and mount namespaces of its own: a name server on loopback, then what ssh and what we make of a host.

unshare --net --mount python -m tests.engine.fleet.own_dns CONFIG HOST…    prints {host: {"ssh": …, "ours": …}}
"""

import json
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

from clawtui.fleet.inventory.ssh_config import SshConfig

ZONE = {
    "web.corp.example": ("A", "192.0.2.1"),
    "db.lab.example": ("A", "192.0.2.2"),
    "www.corp.example": ("CNAME", "lb-7.cdn.example"),
    "mail.corp.example": ("CNAME", "mx.elsewhere.example"),
    "lb-7.cdn.example": ("A", "192.0.2.7"),
    "mx.elsewhere.example": ("A", "192.0.2.8"),
    "plain": ("A", "192.0.2.9"),
}


def encoded(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def answer(query: bytes) -> bytes:
    """One A question; a CNAME comes with the address at its end."""
    end = query.index(b"\0", 12) + 5
    at, labels = 12, list[str]()
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    name, kind = ".".join(labels).lower(), struct.unpack(">H", query[end - 4 : end - 2])[0]
    records: list[bytes] = []
    known = name in ZONE
    while name in ZONE:
        what, value = ZONE[name]
        if what == "CNAME":
            data = encoded(value)
            records.append(encoded(name) + struct.pack(">HHIH", 5, 1, 60, len(data)) + data)
            name = value
            continue
        if kind == 1:
            records.append(encoded(name) + struct.pack(">HHIH", 1, 1, 60, 4) + socket.inet_aton(value))
        break
    flags = 0x8580 if known else 0x8583
    return query[:2] + struct.pack(">HHHHH", flags, 1, len(records), 0, 0) + query[12:end] + b"".join(records)


def serve(server: socket.socket) -> None:
    while True:
        query, peer = server.recvfrom(512)
        server.sendto(answer(query), peer)


def main(config: Path, hosts: list[str]) -> None:
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    resolv = config.with_name("resolv.conf")
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    subprocess.run(["mount", "--bind", str(resolv), str(Path("/etc/resolv.conf").resolve())], check=True)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    threading.Thread(target=serve, args=(server,), daemon=True).start()
    ours = SshConfig(config, config.parent, {}, system=None)
    result: dict[str, dict[str, list[str]]] = {}
    for name in hosts:
        argv = ["ssh", "-G", "-F", str(config), name]
        done = subprocess.run(argv, capture_output=True, text=True)
        said = dict(line.split(" ", 1) for line in done.stdout.splitlines() if " " in line)
        host = ours.host(name)
        result[name] = {
            "ssh": [said["hostname"], said["port"], said["user"]] if said else ["refused"],
            "ours": ["refused"] if host.refusal else [host.target, str(host.port), host.user or "root"],
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
