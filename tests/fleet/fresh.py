"""A fresh machine: the Debian base as a new laptop on this network, with a clone of the checkout; no root, no uv."""

import configparser
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fleet import cgroup
from tests.fleet.base import base
from tests.fleet.testbed import RUN, claim, down

HERE = Path(__file__).parent
USER = "guest"
HOME = f"/home/{USER}"
NETWORK = ("/etc/resolv.conf", "/etc/hosts", "/etc/ssl/certs", "/dev")
# what of the environment is about reaching the network, not about this machine
PASSED = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
UV_TO_PIP = {"UV_INDEX_URL": "PIP_INDEX_URL", "UV_DEFAULT_INDEX": "PIP_INDEX_URL", "UV_FIND_LINKS": "PIP_FIND_LINKS"}


@dataclass(frozen=True, slots=True)
class Fresh:
    """A machine on which nobody has done anything yet but clone the repository."""

    pid: int
    env: Mapping[str, str]

    def run(self, *command: str, timeout_s: float) -> subprocess.CompletedProcess[str]:
        """As its user, in the clone; stdin is empty."""
        enter = [
            "nsenter",
            "--target",
            str(self.pid),
            "--mount",
            "--pid",
            "--root",
            "--wd",
        ]
        user = ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups", "--no-new-privs"]
        argv = [
            *cgroup.entering(cgroup.of(self.pid)),
            *enter,
            "--",
            *user,
            "env",
            "-i",
            *(f"{k}={v}" for k, v in self.env.items()),
        ]
        return subprocess.run(
            [*argv, "sh", "-c", f'cd {HOME}/clawtui && exec "$@"', "sh", *command],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
        )


@contextmanager
def fresh(repository: Path) -> Iterator[Fresh]:
    """Up with a clone of the repository's HEAD, and down without a trace."""
    lower = base()
    slot, held = claim()
    with held:
        down(slot)
        folder = RUN / slot.prefix
        place = folder / "hosts"
        place.mkdir(parents=True)
        process: subprocess.Popen[str] | None = None
        try:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=50%", "tmpfs", place], check=True)
            clone(repository, lower, place / "upper")
            process = first_process(f"{slot.prefix}/fresh", place, lower)
            yield Fresh(youngest(process.pid), environment(os.environ))
        finally:
            down(slot)
            if process:
                process.wait(timeout=10)
                process.stdout.close() if process.stdout else None


def clone(repository: Path, lower: Path, upper: Path) -> None:
    """What `git clone` gives: HEAD and nothing that lies around."""
    home = upper / HOME.lstrip("/")
    home.mkdir(parents=True)
    target = home / "clawtui"
    source = ["git", "-c", f"safe.directory={repository}/.git", "clone", "--quiet", f"file://{repository}", target]
    subprocess.run(source, check=True)
    owner = (lower / HOME.lstrip("/")).stat()
    subprocess.run(["chown", "-R", f"{owner.st_uid}:{owner.st_gid}", home], check=True)


def first_process(group: str, place: Path, lower: Path) -> subprocess.Popen[str]:
    """Hold the machine's namespaces open."""
    seen = [path for path in (*NETWORK, *links(environment(os.environ))) if Path(path).exists()]
    argv = [*cgroup.entering(cgroup.make(group, own=False)), "unshare", "--mount", "--pid", "--fork", "--kill-child"]
    argv += ["sh", str(HERE / "enter.sh"), str(place), str(lower), *seen]
    process = subprocess.Popen(
        argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    if not process.stdout or process.stdout.readline() != "ready\n":
        raise RuntimeError("the fresh machine did not come up")
    return process


def youngest(pid: int) -> int:
    """The child of `unshare --fork`."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def environment(machine: Mapping[str, str]) -> dict[str, str]:
    """A login's own variables and the way to the package index that this machine uses, whoever configured it."""
    env = {
        "HOME": HOME,
        "USER": USER,
        "LOGNAME": USER,
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TERM": "xterm-256color",
    }
    env |= configured(machine)
    env |= {pip: machine[uv] for uv, pip in UV_TO_PIP.items() if uv in machine and pip not in machine}
    return env | {name: value for name, value in machine.items() if name.upper().startswith(PASSED)}


def configured(machine: Mapping[str, str]) -> dict[str, str]:
    """Pip's own files as PIP_ variables."""
    home = Path(machine.get("HOME", "/root"))
    parser = configparser.ConfigParser(interpolation=None)
    parser.read([Path("/etc/pip.conf"), home / ".pip/pip.conf", home / ".config/pip/pip.conf"])
    sections = (dict(parser[name]) for name in ("global", "install") if parser.has_section(name))
    return {f"PIP_{key.upper().replace('-', '_')}": value for section in sections for key, value in section.items()}


def links(env: Mapping[str, str]) -> list[str]:
    """Folders on this machine that pip is told to look in."""
    return [word for word in env.get("PIP_FIND_LINKS", "").split() if word.startswith("/")]
