"""Hosts, services and policy from a fleet file, the schema of config/fleet.example.toml."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import ConfigError
from clawtui.fleet.become_keys import BecomeKeys, group_tables, of_context
from clawtui.fleet.host import Become, Host, Kind, Origin, PasswordSource, Policy, Service, Transport
from clawtui.fleet.tables import Document, Table

VERSION = 1
_TOP = {"version", "context", "defaults", "group", "host", "ssh_config", "service"}
_CONTEXT = {"name", "kind", "read_only", "confirm", "become", "become_password", "watcher"}
_SSH = {
    "user",
    "port",
    "jump",
    "identities",
    "certificates",
    "known_hosts",
    "host_key_alias",
    "become",
    "become_password",
}
_PLACE = {"groups", "site", "region", "labels"}
_HOST = {"name", "names", "address", "aliases", "transport"} | _SSH | _PLACE
_SSH_CONFIG = {"file", "hosts", "become", "become_password"} | _PLACE
_SERVICE = {"name", "hosts", "unit", "cgroup", "pid_file", "metrics"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")
_RANGE = re.compile(r"\[([0-9]+):([0-9]+)\]")
_MOST_HOSTS = 10_000


@dataclass(frozen=True, slots=True)
class SshConfigTable:
    """`[[ssh_config]]`: which hosts of an OpenSSH configuration join, and what they are given."""

    file: str
    hosts: tuple[str, ...]
    groups: tuple[str, ...]
    site: str
    region: str
    labels: Mapping[str, str]
    become: Become
    become_password: PasswordSource
    origin: Origin


@dataclass(frozen=True, slots=True)
class FleetFile:
    """What one fleet file says, before hosts of other inventories are fetched."""

    name: str
    policy: Policy
    said: frozenset[str]
    # keys that [context] wrote down itself; the others are defaults and give way to those of a level above
    hosts: tuple[Host, ...]
    ssh_config: tuple[SshConfigTable, ...]
    services: tuple[tuple[Service, Origin], ...]
    origin: Origin


def read_fleet_file(path: Path) -> FleetFile:
    """Read a fleet file; every mistake is a ConfigError that says where and what is allowed."""
    return parse_fleet_file(Document.read(path), path.stem)


def parse_fleet_file(document: Document, default_name: str) -> FleetFile:
    """The same from a document that was read already."""
    top = document.top()
    top.only(_TOP)
    version = top.whole("version", 0, 0, 1_000_000) if "version" in top else 0
    if version != VERSION:
        asked = f"version {version} is not known to this clawtui" if version else "is missing"
        raise top.error(f"{asked}; write version = {VERSION} (or upgrade clawtui)", "version")
    context, defaults = document.table("context"), document.table("defaults")
    defaults.only(_SSH | _PLACE)
    policy, keys = _policy(context), of_context(context).within(defaults)
    groups = group_tables(document)
    hosts: list[Host] = []
    for table in document.tables("host"):
        hosts.extend(_hosts(table, defaults, keys, groups))
        if len(hosts) > _MOST_HOSTS:
            raise table.error(f"makes more than {_MOST_HOSTS} hosts", "names")
    _unique(document, hosts)
    return FleetFile(
        name=_context_name(context, default_name),
        policy=policy,
        said=frozenset(context.values),
        hosts=tuple(hosts),
        ssh_config=tuple(_ssh_config(t, keys, groups) for t in document.tables("ssh_config")),
        services=tuple(_service(table) for table in document.tables("service")),
        origin=Origin(document.file),
    )


def _context_name(context: Table, default_name: str) -> str:
    name = context.text("name", default_name)
    if not _NAME.fullmatch(name):
        raise context.error("must be a name of letters, digits, - _ and .", "name")
    return name


def _policy(context: Table) -> Policy:
    context.only(_CONTEXT)
    kind = Kind(context.choice("kind", Kind.PROD, list(Kind)))
    confirm = context.flag("confirm", default=True)
    if kind is Kind.PROD and not confirm:
        raise context.error('prod always asks to type NAME COUNT; remove it, or say kind = "staging"', "confirm")
    return Policy(
        kind=kind,
        read_only=context.flag("read_only", default=kind is Kind.PROD),
        confirm=confirm,
        become=Become(context.choice("become", Become.NONE, list(Become))),
        watcher=context.text("watcher"),
    )


def _hosts(table: Table, defaults: Table, keys: BecomeKeys, groups: Mapping[str, Table]) -> list[Host]:
    table.only(_HOST)
    if ("name" in table) == ("names" in table):
        raise table.error('needs either name = "web-1" or names = "web-[01:08]"', "name")
    if "names" in table and (table.texts("aliases") or table.text("host_key_alias")):
        raise table.error("cannot be given to a range of hosts: it names one", "aliases")
    names = expand(table.text("names"), table) if "names" in table else [table.text("name")]
    return [_host(name, table, defaults, keys, groups) for name in names]


def _host(name: str, table: Table, defaults: Table, keys: BecomeKeys, groups: Mapping[str, Table]) -> Host:
    if not _NAME.fullmatch(name):
        raise table.error(f"{name!r} is not a host name: letters, digits, . - _ and :", "name")

    def either(key: str) -> Table:
        return table if key in table else defaults

    address = table.text("address")
    if address.startswith("-") or any(c.isspace() or c in "@/\\" for c in address):
        raise table.error(f"{address!r} is not a host name or address; the login goes to user = …", "address")
    own_groups = tuple(dict.fromkeys((*defaults.texts("groups"), *table.texts("groups"))))
    root = keys.of_host(table, own_groups, groups)
    return Host(
        name=name,
        address=address.replace("{name}", name),
        port=either("port").whole("port", 22, 1, 65535),
        user=_user(either("user")),
        aliases=table.texts("aliases"),
        groups=own_groups,
        site=either("site").text("site"),
        region=either("region").text("region"),
        labels={**defaults.mapping("labels"), **table.mapping("labels")},
        jump=_jumps(either("jump")),
        identities=either("identities").texts("identities"),
        certificates=either("certificates").texts("certificates"),
        known_hosts=either("known_hosts").texts("known_hosts"),
        host_key_alias=table.text("host_key_alias"),
        transport=Transport(table.choice("transport", Transport.ASYNCSSH, list(Transport))),
        become=root.become,
        become_password=root.password,
        origin=Origin(table.document.file, table.line),
    )


def _user(table: Table) -> str:
    user = table.text("user")
    if user.startswith("-") or any(c.isspace() for c in user):
        raise table.error(f"{user!r} is not a login name", "user")
    return user


def _jumps(table: Table) -> tuple[str, ...]:
    jumps = table.texts("jump")
    for jump in jumps:
        if not re.fullmatch(r"([^@\s]+@)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_][A-Za-z0-9_.-]*)(:[0-9]{1,5})?", jump):
            raise table.error(f"{jump!r} must be a host of this file or user@host:port", "jump")
    return jumps


def expand(names: str, table: Table) -> list[str]:
    """`gpu-[01:08]` → gpu-01 … gpu-08; several ranges multiply."""
    found = _RANGE.search(names)
    if not found:
        if "[" in names or "]" in names:
            raise table.error(f'{names!r}: a range is written "gpu-[01:08]"', "names")
        return [names]
    first, last = int(found[1]), int(found[2])
    if last < first or last - first >= _MOST_HOSTS:
        raise table.error(f"{found[0]}: must run upwards over at most {_MOST_HOSTS} hosts", "names")
    width = len(found[1]) if found[1].startswith("0") else 0
    before, after = names[: found.start()], names[found.end() :]
    rest = expand(after, table)
    return [f"{before}{number:0{width}d}{tail}" for number in range(first, last + 1) for tail in rest]


def _unique(document: Document, hosts: list[Host]) -> None:
    seen: dict[str, Host] = {}
    for host in hosts:
        for name in (host.name, *host.aliases):
            if other := seen.get(name):
                message = f"{name!r} names a host already at line {other.origin.line}; names and aliases must differ"
                raise ConfigError(message, file=document.file, line=host.origin.line, key="host.name")
            seen[name] = host


def _ssh_config(table: Table, keys: BecomeKeys, groups: Mapping[str, Table]) -> SshConfigTable:
    table.only(_SSH_CONFIG)
    hosts = table.texts("hosts")
    if not hosts:
        raise table.error('names no hosts; write hosts = ["lab-*"]', "hosts")
    root = keys.of_host(table, table.texts("groups"), groups)
    return SshConfigTable(
        file=table.text("file", "~/.ssh/config"),
        hosts=hosts,
        groups=table.texts("groups"),
        site=table.text("site"),
        region=table.text("region"),
        labels=table.mapping("labels"),
        become=root.become,
        become_password=root.password,
        origin=Origin(table.document.file, table.line),
    )


def _service(table: Table) -> tuple[Service, Origin]:
    table.only(_SERVICE)
    name = table.text("name")
    if not _NAME.fullmatch(name) or ":" in name:
        raise table.error("must be a name of letters, digits, - _ and .", "name")
    sources = [key for key in ("unit", "cgroup", "pid_file") if table.text(key)]
    if len(sources) > 1:
        raise table.error(f"says both {' and '.join(sources)}; one of them finds the processes", sources[1])
    metrics = table.text("metrics")
    if metrics and not re.match(r"https?://[^\s]+$", metrics):
        raise table.error("must be a URL as seen from the host: http://127.0.0.1:8000/metrics", "metrics")
    if not sources and not metrics:
        raise table.error("needs unit, cgroup or pid_file to find its processes, or metrics", "name")
    service = Service(
        name=name,
        hosts=table.text("hosts", "*"),
        unit=table.text("unit"),
        cgroup=table.text("cgroup"),
        pid_file=table.text("pid_file"),
        metrics=metrics,
    )
    return service, Origin(table.document.file, table.line)
