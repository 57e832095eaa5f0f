"""Standard input and output, joined to a running agent's socket: what a restricted key's forced command runs."""

from __future__ import annotations

import os
import select
import socket

EX_OURS, EX_REFUSED = 70, 77
READS_ONLY = "this key may only read: it leads to the agent, every other command is refused"
SYSTEM_SOCKET = "/run/clawtui-agent/agent.sock"


def user_sockets() -> list[str]:
    """Where an agent without root may listen: in folders of this user only, for /tmp is everybody's."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    folders = [f"{runtime}/clawtui-agent"] if runtime else []
    folders.append(f"/tmp/clawtui-agent-{os.getuid()}")  # noqa: S108 - counts only when it is ours
    return [f"{folder}/agent.sock" for folder in folders if _ours(folder)]


def _ours(folder: str) -> bool:
    try:
        return os.lstat(folder).st_uid == os.getuid()
    except OSError:
        return False


def proxy(path: str) -> int:
    """Ends when either side does."""
    asked = os.environ.get("SSH_ORIGINAL_COMMAND", "")
    if asked and not ours(asked):
        os.write(2, f"clawtui-agent: {READS_ONLY}\n".encode())
        return EX_REFUSED
    tried = [path] if path else [SYSTEM_SOCKET, *user_sockets()]
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


def ours(asked: str) -> bool:
    """Was a restricted key asked for what it is there for? Nothing else was run, and the asker must not believe so."""
    program, verb = (*asked.split()[:2], "", "")[:2]
    return os.path.basename(program) == "clawtui-agent" and verb == "proxy"


def _write(fd: int, data: bytes) -> None:
    while data:
        data = data[os.write(fd, data) :]
