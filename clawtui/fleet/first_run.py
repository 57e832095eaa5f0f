"""Before there is any fleet file: what this machine knows of hosts, and writing the first context from what was picked."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import ConfigError, Refused
from clawtui.fleet.host import Host, Origin
from clawtui.fleet.inventory.ssh_config import SshConfig
from clawtui.fleet.known_hosts import KnownHostsFile
from clawtui.places import Places

_SPELLED = re.compile(r"\[([^\]]+)\]:(\d+)")
_CONTEXT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class FirstRun:
    """Hosts that could be picked. Nothing here has been connected."""

    ssh_config: tuple[Host, ...] = ()
    known_hosts: tuple[Host, ...] = ()
    # names that known_hosts spells out and ssh_config does not
    hashed: int = 0
    # further known_hosts entries whose names cannot be read
    problems: tuple[str, ...] = ()


def look_around(home: Path, environ: Mapping[str, str]) -> FirstRun:
    """What ~/.ssh/config and ~/.ssh/known_hosts hold; a file that is wrong is a problem, not an end."""
    ssh, problems = home / ".ssh", list[str]()
    picked: tuple[Host, ...] = ()
    if (ssh / "config").is_file():
        try:
            config = SshConfig(ssh / "config", home, environ)
            picked = tuple(config.host(name) for name in config.names())
        except ConfigError as error:
            problems.append(str(error))
    path = ssh / "known_hosts"
    try:
        known = KnownHostsFile.parse(path.read_text("utf-8", "replace"), str(path))
    except FileNotFoundError:
        known = KnownHostsFile()
    except OSError as error:
        known, problems = KnownHostsFile(), [*problems, f"{path}: cannot be read: {error.strerror}"]
    seen = {name for host in picked for name in (host.name, host.target)}
    spelled = tuple(host for name in known.plain if (host := _known(name, path)).name not in seen)
    return FirstRun(picked, spelled, len({digest for _, digest, _ in known.hashed}), tuple(problems))


def _known(name: str, path: Path) -> Host:
    found = _SPELLED.fullmatch(name)
    return Host(found[1] if found else name, port=int(found[2]) if found else 22, origin=Origin(str(path)))


def write_context(places: Places, name: str, hosts: Iterable[Host]) -> Path:
    """Write `contexts/NAME.toml` from picked hosts; an existing one is never overwritten."""
    if not _CONTEXT.fullmatch(name):
        raise ConfigError(f"{name!r} is not a context name: letters, digits, - _ and .", key="context.name")
    path = places.contexts / f"{name}.toml"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise Refused(f"{path} is there already; choose another name or edit it") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(context_text(name, tuple(hosts), places.home))
        file.flush()
        os.fsync(file.fileno())
    return path


def context_text(name: str, hosts: tuple[Host, ...], home: Path) -> str:
    """The fleet file: hosts of ssh_config stay there with all their options, others are written out."""
    lines = [
        "version = 1",
        "",
        "[context]",
        f"name = {_quoted(name)}",
        'kind = "prod"               # prod, staging or dev: how strict acting is',
        "read_only = true            # acting keys need A first",
    ]
    configured = [host for host in hosts if not _spelled_out(host)]
    if configured:
        names = ", ".join(_quoted(host.name) for host in configured)
        lines += ["", "[[ssh_config]]", f"file = {_quoted(_tilde(home / '.ssh/config', home))}", f"hosts = [{names}]"]
    for host in hosts:
        if _spelled_out(host):
            lines += ["", "[[host]]", f"name = {_quoted(host.name)}"]
            lines += [f"address = {_quoted(host.address)}"] if host.address else []
            lines += [f"port = {host.port}"] if host.port != 22 else []
            lines += [f"user = {_quoted(host.user)}"] if host.user else []
    return "\n".join(lines) + "\n"


def _spelled_out(host: Host) -> bool:
    return not host.origin.file or Path(host.origin.file).name.startswith("known_hosts")


def _tilde(path: Path, home: Path) -> str:
    return f"~/{path.relative_to(home)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
