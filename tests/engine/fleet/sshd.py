"""A real OpenSSH server on a loopback port, with keys and configuration of its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

SSHD = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", "")) or ""


def keygen(path: Path, kind: str = "ed25519", passphrase: str = "") -> Path:
    """A new key pair."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = ["-b", "2048"] if kind == "rsa" else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", passphrase, "-C", path.name, "-f", str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Sshd:
    """One server; `options` are lines of sshd_config, put first so that they win."""

    folder: Path
    authorized: str = ""
    options: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ("ed25519",)
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def start(self) -> "Sshd":
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.port = self.port or free_port()
        for kind in self.kinds:
            if not self.host_key(kind).exists():
                keygen(self.host_key(kind), kind)
        (self.folder / "authorized_keys").write_text(self.authorized)
        config = [
            *self.options,
            f"Port {self.port}",
            "ListenAddress 127.0.0.1",
            *(f"HostKey {self.host_key(kind)}" for kind in self.kinds),
            f"AuthorizedKeysFile {self.folder / 'authorized_keys'}",
            f"PidFile {self.folder / 'pid'}",
            "UsePAM no",
            "StrictModes no",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "SetEnv SHLVL=2",  # or bash reads the .bashrc of whoever runs the tests before every command
        ]
        if not any(option.startswith("Subsystem") for option in self.options):
            config.append("Subsystem sftp internal-sftp")
        path = self.folder / "sshd_config"
        path.write_text("\n".join(config) + "\n")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(exist_ok=True)
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            [SSHD, "-D", "-e", "-f", str(path)],
            stderr=log,
            stdout=log,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        log.close()
        self._wait()
        return self

    def _wait(self) -> None:
        for _ in range(400):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                if probe.recv(4) == b"SSH-":
                    return
            assert self.process is not None
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log").read_text())
            time.sleep(0.01)
        raise RuntimeError(f"sshd on {self.port} does not answer")

    def host_key(self, kind: str = "ed25519") -> Path:
        return self.folder / f"host_{kind}"

    def known_line(self, kind: str = "ed25519", name: str = "") -> str:
        key = " ".join((self.host_key(kind).with_suffix(".pub")).read_text().split()[:2])
        return f"{name or f'[127.0.0.1]:{self.port}'} {key}\n"

    def processes(self) -> list[int]:
        """The listener and everything below it."""
        assert self.process is not None
        table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True).stdout
        children: dict[int, list[int]] = {}
        for line in table.splitlines():
            pid, parent = map(int, line.split())
            children.setdefault(parent, []).append(pid)
        found, todo = list[int](), [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            todo += children.get(pid, [])
        return found

    def signal(self, number: signal.Signals, *, listener: bool = True) -> None:
        """To the listener and all its children; children last, so that none is born meanwhile."""
        for pid in self.processes()[0 if listener else 1 :]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            for pid in reversed(self.processes()):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait()
