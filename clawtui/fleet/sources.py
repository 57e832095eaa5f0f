"""`[[ssh_config]]`, `[[ansible]]`, `[[command]]` of a fleet file: inventories kept elsewhere, and what their hosts are given."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from clawtui.fleet.agent_key import AgentKey
from clawtui.fleet.become_keys import BecomeKeys
from clawtui.fleet.host import AgentUse, Become, Host, Origin, PasswordSource
from clawtui.fleet.tables import Table

SECONDS = 20
_GIVEN = {"groups", "site", "region", "labels"}
_SSH_CONFIG = {"file", "hosts", "become", "become_password", "agent", "match_exec"} | _GIVEN
_ANSIBLE = {"source", "hosts", "static", "label_vars", "ssh_config", "match_exec", "become", "become_password"} | _GIVEN
_COMMAND = {"run", "timeout_s"} | _GIVEN

Root = Callable[[Become, tuple[str, ...]], BecomeKeys]
# how root is reached, from what the inventory says and the groups of a host
Listed = Callable[[Iterable[Table]], tuple[Host, ...]]


@dataclass(frozen=True, slots=True)
class Given:
    """What every host of an inventory gets besides what the inventory says."""

    groups: tuple[str, ...]
    site: str
    region: str
    labels: Mapping[str, str]

    @classmethod
    def of(cls, table: Table) -> "Given":
        """The four keys that every inventory's table has."""
        return cls(table.texts("groups"), table.text("site"), table.text("region"), table.mapping("labels"))


@dataclass(frozen=True, slots=True)
class SshConfigTable:
    """One `[[ssh_config]]`: which hosts of an OpenSSH configuration join."""

    file: str
    hosts: tuple[str, ...]
    given: Given
    become: Become
    become_password: PasswordSource
    agent: AgentUse
    match_exec: bool
    # may the commands of its `Match exec` lines be run
    origin: Origin


@dataclass(frozen=True, slots=True)
class AnsibleTable:
    """One `[[ansible]]`."""

    source: str
    hosts: str
    # selector within the inventory
    static: bool
    # read by us alone, although ansible-inventory is installed
    label_vars: tuple[str, ...]
    # variables that become labels
    ssh_config: str
    # what else ssh would know of the addresses; empty for nothing
    match_exec: bool
    root: Root
    given: Given
    origin: Origin


@dataclass(frozen=True, slots=True)
class CommandTable:
    """One `[[command]]`."""

    run: tuple[str, ...]
    timeout_s: int
    given: Given
    origin: Origin


def ssh_config_table(table: Table, keys: BecomeKeys, agent: AgentKey, groups: Mapping[str, Table]) -> SshConfigTable:
    """Which file, and which of its hosts."""
    table.only(_SSH_CONFIG)
    hosts = table.texts("hosts")
    if not hosts:
        raise table.error('names no hosts; write hosts = ["lab-*"]', "hosts")
    given = Given.of(table)
    root = keys.of_host(table, given.groups, groups)
    return SshConfigTable(
        file=table.text("file", "~/.ssh/config"),
        hosts=hosts,
        given=given,
        become=root.become,
        become_password=root.password,
        agent=agent.of_host(table, given.groups, groups),
        match_exec=table.flag("match_exec", default=False),
        origin=Origin(table.document.file, table.line),
    )


def ansible_table(table: Table, root: Root) -> AnsibleTable:
    """Which inventory, and which of its hosts."""
    table.only(_ANSIBLE)
    root(Become.NONE, ())  # a mistake is found now, though the inventory were empty
    source = table.text("source")
    if not source:
        raise table.error('is missing; write source = "inventory/", what ansible takes behind -i', "source")
    return AnsibleTable(
        source=source,
        hosts=table.text("hosts", "all"),
        static=table.flag("static", default=False),
        label_vars=table.texts("label_vars"),
        ssh_config=table.text("ssh_config", "~/.ssh/config"),
        match_exec=table.flag("match_exec", default=False),
        root=root,
        given=Given.of(table),
        origin=Origin(table.document.file, table.line),
    )


def command_table(table: Table) -> CommandTable:
    """Which program, by its arguments: no shell reads them."""
    table.only(_COMMAND)
    run = table.texts("run")
    if not run:
        raise table.error('is missing; write run = ["./cmdb.py", "--json"]', "run")
    return CommandTable(
        run=run,
        timeout_s=table.whole("timeout_s", SECONDS, 1, 600),
        given=Given.of(table),
        origin=Origin(table.document.file, table.line),
    )
