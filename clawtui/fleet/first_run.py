"""Before there is any fleet file: what this machine knows of hosts, and writing the first context from what was picked."""

import json
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import ConfigError, Refused
from clawtui.fleet.host import Host, Origin
from clawtui.fleet.known_hosts import KnownHostsFile
from clawtui.places import Places

_SPELLED = re.compile(r"\[([^\]]+)\]:(\d+)")
_CONTEXT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


SYSTEM_ANSIBLE = Path("/etc/ansible/hosts")


@dataclass(frozen=True, slots=True)
class AnsibleFound:
    """One Ansible inventory and those of its hosts that nothing before it names."""

    source: Path
    hosts: tuple[Host, ...]


@dataclass(frozen=True, slots=True)
class FirstRun:
    """Hosts that could be picked. Nothing here has been connected."""

    ssh_config: tuple[Host, ...] = ()
    known_hosts: tuple[Host, ...] = ()
    # names that known_hosts spells out and no other does
    hashed: int = 0
    # further known_hosts entries whose names cannot be read
    ansible: tuple[AnsibleFound, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def hosts(self) -> tuple[Host, ...]:
        """All that could be picked."""
        return (*self.ssh_config, *self.known_hosts, *(host for found in self.ansible for host in found.hosts))


def look_around(home: Path, environ: Mapping[str, str], folder: Path | None = None) -> FirstRun:
    """What ~/.ssh/config, ~/.ssh/known_hosts and Ansible hold; a file that is wrong is a problem, not an end.

    Connects to nothing, looks no name up and runs nothing.
    """
    from clawtui.fleet.inventory.ssh_config import SshConfig

    ssh, problems = home / ".ssh", list[str]()
    picked: tuple[Host, ...] = ()
    if (ssh / "config").is_file():
        try:
            config = SshConfig(ssh / "config", home, environ, lookup=None)
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
    ansible = _inventories(home, environ, folder or Path.cwd(), seen, problems)
    spelled = tuple(host for name in known.plain if (host := _known(name, path)).name not in seen)
    return FirstRun(picked, spelled, len({digest for _, digest, _ in known.hashed}), ansible, tuple(problems))


def _inventories(
    home: Path, environ: Mapping[str, str], folder: Path, seen: set[str], problems: list[str]
) -> tuple[AnsibleFound, ...]:
    """ANSIBLE_INVENTORY, ./inventory and the system's, read by ourselves: nothing is run, nothing is decrypted."""
    from clawtui.fleet.inventory.ansible import AnsibleInventory

    named = [part.strip() for part in environ.get("ANSIBLE_INVENTORY", "").split(",") if part.strip()]
    sources = [home / name[2:] if name.startswith("~/") else folder / name for name in named]
    found: list[AnsibleFound] = []
    for source in dict.fromkeys((*sources, folder / "inventory", SYSTEM_ANSIBLE)):
        if not source.exists():
            problems += [f"ANSIBLE_INVENTORY names {source}, which is not there"] if source in sources else []
            continue
        try:
            listed = AnsibleInventory(source, environ, run=False).hosts()
        except ConfigError as error:
            problems.append(str(error))
            continue
        hosts = tuple(
            Host(host.name, address=host.address, groups=host.groups, origin=host.origin, refusal=host.refusal)
            for host in listed
            if not {host.name, host.address} & seen
        )
        seen.update(name for host in hosts for name in (host.name, host.target))
        found += [AnsibleFound(source, hosts)] if hosts else []
    return tuple(found)


def _known(name: str, path: Path) -> Host:
    found = _SPELLED.fullmatch(name)
    return Host(found[1] if found else name, port=int(found[2]) if found else 22, origin=Origin(str(path)))


def write_context(places: Places, name: str, hosts: Iterable[Host], first: FirstRun) -> Path:
    """Write `contexts/NAME.toml` from hosts picked of those found; an existing one is never overwritten."""
    if not _CONTEXT.fullmatch(name):
        raise ConfigError(f"{name!r} is not a context name: letters, digits, - _ and .", key="context.name")
    path = places.contexts / f"{name}.toml"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise Refused(f"{path} is there already; choose another name or edit it") from error
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(context_text(name, tuple(hosts), places.home, first))
        file.flush()
        os.fsync(file.fileno())
    return path


def context_text(name: str, hosts: tuple[Host, ...], home: Path, first: FirstRun) -> str:
    """The fleet file: hosts of ssh_config and Ansible stay there with all that is said of them, others are written out."""
    lines = [
        "version = 1",
        "",
        "[context]",
        f"name = {_quoted(name)}",
        'kind = "prod"               # prod, staging or dev: how strict acting is',
        "read_only = true            # acting keys need A first",
    ]
    configured = [host for host in first.ssh_config if host in hosts]
    if configured:
        lines += ["", "[[ssh_config]]", f"file = {_quoted(_tilde(home / '.ssh/config', home))}"]
        lines += [f"hosts = {_list(host.name for host in configured)}"]
    for found in first.ansible:
        if picked := [host.name for host in found.hosts if host in hosts]:
            lines += ["", "[[ansible]]", f"source = {_quoted(_tilde(found.source.absolute(), home))}"]
            lines += [] if len(picked) == len(found.hosts) else [f"hosts = {_quoted(','.join(picked))}"]
            lines += ["static = true               # false runs ansible-inventory, and what its source names"]
    for host in first.known_hosts:
        if host in hosts:
            lines += ["", "[[host]]", f"name = {_quoted(host.name)}"]
            lines += [f"port = {host.port}"] if host.port != 22 else []
    return "\n".join(lines) + "\n"


def _tilde(path: Path, home: Path) -> str:
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(_quoted(text) for text in texts)}]"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
