"""Hosts, services and policy from a fleet file, the schema of config/fleet.example.toml."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from clawtui.fleet.agent_key import AgentKey
from clawtui.fleet.become_keys import BecomeKeys, group_tables, of_context
from clawtui.fleet.host import AgentUse, Become, Host, Kind, Origin, Policy, Service
from clawtui.fleet.host_table import DEFAULTS, MOST_HOSTS, all_differ, host_table
from clawtui.fleet.services import service
from clawtui.fleet.sources import (
    AnsibleTable,
    CommandTable,
    Listed,
    SshConfigTable,
    ansible_table,
    command_table,
    ssh_config_table,
)
from clawtui.fleet.tables import Document, Table

VERSION = 1
_TOP = {"version", "context", "defaults", "group", "host", "ssh_config", "ansible", "command", "service"}
_CONTEXT = {"name", "kind", "read_only", "confirm", "become", "become_password", "agent", "watcher"}
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")


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
    defaults.only(DEFAULTS)
    policy, keys = _policy(context), of_context(context).within(defaults)
    agent = AgentKey(policy.agent, policy.agent).within(defaults)
    groups = group_tables(document)
    hosts: list[Host] = []
    for table in document.tables("host"):
        made = host_table(table, defaults, keys, groups)
        hosts.extend(replace(host, agent=agent.of_host(table, host.groups, groups)) for host in made)
        if len(hosts) > MOST_HOSTS:
            raise table.error(f"makes more than {MOST_HOSTS} hosts", "names")
    all_differ(document, hosts)
    return FleetFile(
        name=_context_name(context, default_name),
        policy=policy,
        said=frozenset(context.values),
        hosts=tuple(hosts),
        ssh_config=tuple(ssh_config_table(t, keys, agent, groups) for t in document.tables("ssh_config")),
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
        for host in host_table(own, defaults, keys, groups)
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
    confirm = context.flag("confirm", default=kind is Kind.PROD)
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
