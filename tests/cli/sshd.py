"""A real sshd on a loopback port whose commands run in a home of their own, never as root."""

import os
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clawtui.fleet.host import Fleet, Host, Kind, Policy, Service

UID = 60_000 + os.getpid() % 5000  # somebody without an account, each run its own; used where the tests run as root
READY_S = 10


@dataclass(slots=True)
class Sshd:
    """One host."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    services: tuple[Service, ...] = field(default=())

    @property
    def home(self) -> Path:
        """Where its commands are at home."""
        return self.folder / "home"

    @property
    def key_line(self) -> str:
        """Its host key, without comment."""
        return " ".join((self.folder / "host_key.pub").read_text().split()[:2])

    @property
    def fingerprint(self) -> str:
        """As ssh-keygen prints it."""
        said = subprocess.run(
            ["ssh-keygen", "-lf", self.folder / "host_key.pub"], capture_output=True, text=True, check=True
        )
        return said.stdout.split()[1]

    def host(self, name: str = "box") -> Host:
        """As a fleet knows it."""
        return Host(
            name=name,
            address="127.0.0.1",
            port=self.port,
            user=_login(),
            identities=(str(self.folder / "key"),),
            known_hosts=(str(self.folder / "known_hosts"),),
            services=self.services,
        )

    def fleet(self, *names: str) -> Fleet:
        """One host, under as many names as wanted."""
        return Fleet("test", Policy(Kind.DEV, read_only=False, confirm=False), tuple(map(self.host, names or ("box",))))

    def fleet_file(self, *names: str, kind: str = "dev", known_hosts: bool = True, transport: str = "asyncssh") -> Path:
        """The same as a file."""
        lines = ["version = 1", "[context]", 'name = "test"', f'kind = "{kind}"', "read_only = false"]
        lines += [f"confirm = {'true' if kind == 'prod' else 'false'}"]
        for name in names or ("box",):
            lines += [
                "[[host]]",
                f'name = "{name}"',
                'address = "127.0.0.1"',
                f"port = {self.port}",
                f'user = "{_login()}"',
            ]
            lines += [f'identities = ["{self.folder / "key"}"]']
            lines += [f'transport = "{transport}"']
            if known_hosts:
                lines += [f'known_hosts = ["{self.folder / "known_hosts"}"]']
        path = self.folder / "fleet.toml"
        path.write_text("\n".join(lines) + "\n")
        return path


@contextmanager
def sshd(folder: Path) -> Generator[Sshd]:
    """Up, and down with everything that its commands left running."""
    folder.chmod(0o755)
    _keys(folder)
    port = _free_port()
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {(folder / 'host_key.pub').read_text()}")
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)
    program = shutil.which("sshd", path="/usr/sbin:/sbin:" + os.environ["PATH"])
    assert program, "no sshd here: apt-get install openssh-server"
    (folder / "sshd_config").write_text(_config(folder, port))
    log = (folder / "log").open("wb")
    process = subprocess.Popen([program, "-D", "-e", "-f", folder / "sshd_config"], stdout=log, stderr=log)
    try:
        _wait(port, folder)
        yield Sshd(folder, port, process)
    finally:
        process.terminate()
        process.wait(10)
        log.close()
        _sweep(folder / "home")
        shutil.rmtree(f"/tmp/clawtui-agent-{UID}", ignore_errors=True)


def _keys(folder: Path) -> None:
    for name in ("key", "host_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shutil.copy(folder / "key.pub", folder / "authorized_keys")
    home = folder / "home"
    home.mkdir()
    if os.geteuid() == 0:
        os.chown(home, UID, UID)


def _config(folder: Path, port: int) -> str:
    home = shlex.quote(str(folder / "home"))
    drop = f"setpriv --reuid={UID} --regid={UID} --clear-groups" if os.geteuid() == 0 else ""
    run = 'sh -c "${SSH_ORIGINAL_COMMAND:-exec sh -i}"'
    (folder / "enter").write_text(
        f"#!/bin/sh\ncd {home} || exit 1\nexec env -u XDG_RUNTIME_DIR HOME={home} {drop} {run}\n"
    )
    (folder / "enter").chmod(0o755)
    return f"""Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
ForceCommand {folder}/enter
StrictModes no
UsePAM no
PermitRootLogin yes
PidFile none
LogLevel ERROR
MaxStartups 100
"""


def _login() -> str:
    import pwd

    return pwd.getpwuid(os.geteuid()).pw_name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, folder: Path) -> None:
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        try:
            with socket.create_connection(("127.0.0.1", port), 1) as line:
                if line.recv(4) == b"SSH-":
                    return
        except OSError:
            time.sleep(0.02)
    raise AssertionError((folder / "log").read_text())


def _sweep(home: Path) -> None:
    """End what still runs out of that home: supervisors first."""
    for _ in range(2):
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    words = (entry / "cmdline").read_bytes()
                except OSError:
                    continue
                if os.fsencode(home) in words:
                    try:
                        os.kill(int(entry.name), 9)
                    except OSError:
                        continue
