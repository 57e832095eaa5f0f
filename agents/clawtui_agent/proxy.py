"""Standard input and output, joined to a running agent's socket: what a restricted key's forced command runs."""

from __future__ import annotations

import os
import select
import socket

EX_OURS = 70
SYSTEM_SOCKET = "/run/clawtui-agent/agent.sock"


def user_socket() -> str:
    """Where an agent without root listens."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = f"{runtime}/clawtui-agent" if runtime else f"/tmp/clawtui-agent-{os.getuid()}"  # noqa: S108 - ours, 0700
    return f"{folder}/agent.sock"


def proxy(path: str) -> int:
    """Ends when either side does."""
    tried = [path] if path else [SYSTEM_SOCKET, user_socket()]
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    for candidate in tried:
        try:
            line.connect(candidate)
            break
        except OSError:
            continue
    else:
        os.write(
            2,
            f"clawtui-agent: no agent answers at {' or '.join(tried)}; start it, or run `clawtui agent install`\n".encode(),
        )
        return EX_OURS
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(line.fileno(), select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            try:
                data = os.read(fd, 65536)
                if not data:
                    return 0
                _write(1 if fd == line.fileno() else line.fileno(), data)
            except OSError:
                return 0


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
