"""Hosts, services and policy from a fleet file, the schema of config/fleet.example.toml."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from clawtui.errors import ConfigError
from clawtui.fleet.agent_key import AgentKey
from clawtui.fleet.become_keys import BecomeKeys, group_tables, of_context
from clawtui.fleet.hop import is_hop
from clawtui.fleet.host import AgentUse, Become, Host, Kind, Origin, PasswordSource, Policy, Service, Transport
from clawtui.fleet.names import is_name, normal
from clawtui.fleet.services import service
from clawtui.fleet.sources import AnsibleTable, CommandTable, Listed, ansible_table, command_table
from clawtui.fleet.tables import Document, Table

VERSION = 1
_TOP = {"version", "context", "defaults", "group", "host", "ssh_config", "ansible", "command", "service"}
_CONTEXT = {"name", "kind", "read_only", "confirm", "become", "become_password", "agent", "watcher"}
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
    "agent",
}
_PLACE = {"groups", "site", "region", "labels"}
_HOST = {"name", "names", "address", "aliases", "transport"} | _SSH | _PLACE
_SSH_CONFIG = {"file", "hosts", "become", "become_password", "agent", "match_exec"} | _PLACE
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
    agent: AgentUse
    match_exec: bool
    # may the commands of its `Match exec` lines be run
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
    ansible: tuple[AnsibleTable, ...] = ()
    command: tuple[CommandTable, ...] = ()
    agent: Callable[[tuple[str, ...]], AgentUse] = field(default=lambda _groups: AgentUse.AUTO)
    # what counts for a host of these groups, whose own inventory knows no such key
    listed: Listed = field(default=lambda _tables: ())
    # what a [[command]] printed, as hosts under the defaults and the policy of this file


def read_fleet_file(path: Path) -> FleetFile:
    """Read a fleet file; every mistake is a ConfigError that says where and what is allowed."""
    return parse_fleet_file(Document.read(path), path.stem)


def parse_fleet_file(document: Document, default_name: str) -> FleetFile:
    """The same from a document that was read already."""
    top = document.top()
    _version(top)
    top.only(_TOP)
    context, defaults = document.table("context"), document.table("defaults")
    defaults.only(_SSH | _PLACE)
    policy, keys = _policy(context), of_context(context).within(defaults)
    agent = AgentKey(policy.agent, policy.agent).within(defaults)
    groups = group_tables(document)
    hosts: list[Host] = []
    for table in document.tables("host"):
        made = _hosts(table, defaults, keys, groups)
        hosts.extend(replace(host, agent=agent.of_host(table, host.groups, groups)) for host in made)
        if len(hosts) > _MOST_HOSTS:
            raise table.error(f"makes more than {_MOST_HOSTS} hosts", "names")
    _unique(document, hosts)
    return FleetFile(
        name=_context_name(context, default_name),
        policy=policy,
        said=frozenset(context.values),
        hosts=tuple(hosts),
        ssh_config=tuple(_ssh_config(t, keys, agent, groups) for t in document.tables("ssh_config")),
        services=tuple(service(table) for table in document.tables("service")),
        origin=Origin(document.file),
        ansible=tuple(_ansible(table, keys, groups) for table in document.tables("ansible")),
        command=tuple(command_table(table) for table in document.tables("command")),
        listed=lambda tables: tuple(host for table in tables for host in _listed(table, defaults, keys, agent, groups)),
        agent=lambda own: agent.of_groups(own, groups).use,
    )


def _ansible(table: Table, keys: BecomeKeys, groups: Mapping[str, Table]) -> AnsibleTable:
    """Root as the inventory says it, where neither the context withholds it nor a group or this table says otherwise."""

    def root(said: Become, own: tuple[str, ...]) -> BecomeKeys:
        inventory = keys if keys.withheld or said is Become.NONE else replace(keys, become=said)
        return inventory.of_host(table, own, groups)

    return ansible_table(table, root)


def _listed(
    table: Table, defaults: Table, keys: BecomeKeys, agent: AgentKey, groups: Mapping[str, Table]
) -> list[Host]:
    """A host that a command printed: the keys of [[host]], and its services in place."""
    if "become_password" in table:  # it may name a command: that is for the fleet file to do
        raise table.error("stands in the fleet file, not in what a command prints", "become_password")
    own = replace(table, values={key: value for key, value in table.values.items() if key != "services"})
    services = tuple(service(inner)[0] for inner in table.tables("services"))
    origin = Origin(f"{table.document.file}:{table.line} ({table.name})")
    return [
        replace(
            host,
            services=services,
            origin=origin,
            jump_origin=origin if host.jump else Origin(""),
            agent=agent.of_host(own, host.groups, groups),
        )
        for host in _hosts(own, defaults, keys, groups)
    ]


def _version(top: Table) -> None:
    """Before all else: a newer file may hold keys that nobody here can judge."""
    version = top.whole("version", 0, 0, 1_000_000) if "version" in top else 0
    if version > VERSION:
        raise top.error(f"{version} is of a newer clawtui, this one reads {VERSION}: upgrade clawtui here", "version")
    if version < max(1, VERSION - 1):
        asked = "is too old" if version else "is missing"
        raise top.error(f"{asked}; write version = {VERSION}", "version")


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
        agent=AgentUse(context.choice("agent", AgentUse.AUTO, list(AgentUse))),
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
    if not is_name(name):
        raise table.error(f"{name!r} is not a host name: letters of any script, digits, . - _ and :", "name")

    def either(key: str) -> Table:
        return table if key in table else defaults

    address = table.text("address").strip("[]")
    if address.startswith("-") or any(c.isspace() or c in "@/\\" for c in address):
        raise table.error(f"{address!r} is not a host name or address; the login goes to user = …", "address")
    own_groups = tuple(dict.fromkeys((*defaults.texts("groups"), *table.texts("groups"))))
    root = keys.of_host(table, own_groups, groups)
    return Host(
        name=normal(name),
        address=address.replace("{name}", name),
        port=either("port").whole("port", 22, 1, 65535),
        user=_user(either("user")),
        aliases=tuple(normal(alias) for alias in table.texts("aliases")),
        groups=own_groups,
        site=either("site").text("site"),
        region=either("region").text("region"),
        labels={**defaults.mapping("labels"), **table.mapping("labels")},
        jump=_jumps(either("jump")),
        jump_origin=either("jump").origin("jump"),
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
        if not is_hop(jump):
            raise table.error(
                f"{jump!r} must be a host of this file or user@host:port; an IPv6 address with a port goes in brackets",
                "jump",
            )
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


def _ssh_config(table: Table, keys: BecomeKeys, agent: AgentKey, groups: Mapping[str, Table]) -> SshConfigTable:
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
        agent=agent.of_host(table, table.texts("groups"), groups),
        match_exec=table.flag("match_exec", default=False),
        origin=Origin(table.document.file, table.line),
    )
