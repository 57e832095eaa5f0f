"""One demo host: the first of its processes. It starts agent and model server, then serves SSH until it dies."""

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, cast

import asyncssh

from clawtui.demo import leash
from clawtui.demo.shell import Shell

SOCKETS = ("run/clawtui-agent/agent.sock", "control.sock")
BOOT_S = 10.0


class Door(asyncssh.SSHServer):
    """Who may come in, and what they may be connected to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Keep the connection: forwarding is its business."""
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        """Nobody comes in without the demo's own key."""
        del username
        return True

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        """Bastion for other hosts of the demo, and for nothing beyond this machine."""
        del dest_port, orig_host, orig_port
        return dest_host in ("127.0.0.1", "localhost")

    def unix_connection_requested(self, dest_path: str) -> "Coroutine[Any, Any, asyncssh.SSHUNIXSession[bytes]] | bool":
        """Sockets of this host; the machine's own agent, if it has one, is none of them."""
        path = Path(os.path.normpath(dest_path))
        if str(path.parent) in agent_folders():
            path = self._folder / "run/clawtui-agent" / path.name
        if not path.is_relative_to(self._folder) or self._connection is None:
            return False
        forwarder = self._connection.forward_unix_connection(str(path))
        return cast(
            "Coroutine[Any, Any, asyncssh.SSHUNIXSession[bytes]]", forwarder
        )  # its types do not know its own way


def agent_folders() -> tuple[str, str]:
    """Where an agent's socket is on a machine of its own: installed by root, and by a user."""
    return "/run/clawtui-agent", f"/tmp/clawtui-agent-{os.getuid()}"  # noqa: S108  looked up, never written


def environment(spec: Mapping[str, str]) -> dict[str, str]:
    """What every process of the host finds: its home, its sockets, its prompt, and whose demo it is."""
    folder = spec["folder"]
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "USER", "LOGNAME") if name in os.environ}
    return kept | {
        "HOME": f"{folder}/home",
        "XDG_RUNTIME_DIR": f"{folder}/run",
        "SHELL": "/bin/sh",
        "PS1": f"{spec['name']}:$PWD$ ",
        leash.MARK: spec["demo"],
    }


def serve(spec: Mapping[str, str], parent: int) -> None:
    """Run one host; never returns before it ends."""
    leash.hold(parent)
    leash.call_me("demo-sshd")
    os.setsid()
    folder = Path(spec["folder"])
    environ = environment(spec)
    for name in SOCKETS:
        (folder / name).unlink(missing_ok=True)
    _start_agent(spec, environ)
    model = [sys.executable, "-S", "-m", "clawtui.demo.model", str(folder / "spec.json"), str(os.getpid())]
    pid = leash.start(model, environ | _modules(), str(folder / "model.log"))
    (folder / "bot.pid").write_text(f"{pid}\n")
    asyncio.run(_listen(spec, parent, environ))


async def _listen(spec: Mapping[str, str], parent: int, environ: Mapping[str, str]) -> None:
    folder = Path(spec["folder"])
    os.chdir(environ["HOME"])
    await _booted([folder / name for name in SOCKETS])
    listener = await asyncssh.listen(
        "127.0.0.1",
        int(spec["ssh_port"]),
        reuse_address=True,
        server_factory=lambda: Door(folder),
        server_host_keys=[str(folder / "host_key")],
        authorized_client_keys=spec["authorized_keys"],
        process_factory=Shell(environ["HOME"], environ),
        sftp_factory=True,
        allow_scp=True,
        encoding=None,
        line_editor=False,
        agent_forwarding=False,
    )
    os.write(1, f"{spec['name']} {os.getpid()}\n".encode())
    _leave_standard_files(str(folder / "host.log"))
    with contextlib.closing(listener):
        await leash.orphaned(parent)


async def _booted(sockets: list[Path]) -> None:
    """As on a machine, SSH comes up after the services; one that does not start must not keep people out for ever."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BOOT_S):
            while not all(path.exists() for path in sockets):  # noqa: ASYNC110  other processes make them
                await asyncio.sleep(0.02)


def _modules() -> dict[str, str]:
    """Where our own programs find their modules; no business of the shells of this host."""
    return {name: os.environ[name] for name in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE") if name in os.environ}


def _leave_standard_files(log: str) -> None:
    """The pipes of the demo are not ours to hold; what is said from here on goes to the log."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for source, target in ((nothing, 0), (words, 1), (words, 2)):
        os.dup2(source, target)


def _start_agent(spec: Mapping[str, str], environ: dict[str, str]) -> None:
    """With the configuration that `clawtui agent install` would write, for this host's process tree."""
    config = Path(spec["agent_config"])
    document = json.loads(config.read_text())
    document["scope"]["pid"] = os.getpid()
    config.write_text(json.dumps(document))
    argv = [sys.executable, "-S", "-m", "clawtui_agent", "run", "--config", str(config)]
    leash.start(argv, environ | _modules(), f"{spec['folder']}/agent.log")
