"""All hosts that a fleet file names, from all its inventories; here inventories meet, which know nothing of each other."""

import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clawtui.errors import ConfigError, UsageError
from clawtui.fleet.host import Fleet, Host, Origin
from clawtui.fleet.identity import together
from clawtui.fleet.inventory.toml import FleetFile
from clawtui.fleet.names import normal, uncarried
from clawtui.fleet.selector import select
from clawtui.fleet.sources import AnsibleTable, CommandTable, Given, SshConfigTable
from clawtui.fleet.ssh_options import demand_of

if TYPE_CHECKING:
    from clawtui.fleet.inventory.ansible import AnsibleHost
    from clawtui.fleet.inventory.ssh_config import SshConfig

PROGRAM = "ansible-inventory"


@dataclass(frozen=True, slots=True)
class Inventories:
    """One fleet file and the inventories that it names."""

    read: FleetFile
    home: Path
    environ: Mapping[str, str]
    run: bool = True
    # False: only files are read; `unrun` says what that leaves out

    @property
    def unrun(self) -> tuple[str, ...]:
        """What has to be run to know all hosts, in words; nothing where it may be run."""
        if self.run:
            return ()
        tables = [table for table in self.read.ansible if not table.static and self._ansible]
        found = [f"{PROGRAM} -i {table.source}" for table in tables]
        execs = [table.file for table in self.read.ssh_config if table.match_exec]
        execs += [table.ssh_config for table in self.read.ansible if table.match_exec]
        found += [f"Match exec in {file}" for file in execs]
        return (*(shlex.join(table.run) for table in self.read.command), *found)

    @property
    def _ansible(self) -> bool:
        return bool(shutil.which(PROGRAM, path=self.environ.get("PATH", "")))

    def hosts(self) -> tuple[Host, ...]:
        """One host a machine; those that SSH cannot be given are refused, each with its reason."""
        found: list[Sequence[Host]] = [self.read.hosts]
        found += [self._of_ssh_config(table) for table in self.read.ssh_config]
        found += [self._of_ansible(table) for table in self.read.ansible]
        found += [self._of_command(table) for table in self.read.command if self.run]
        return tuple(_carried(host) for host in together(found))

    def _path(self, name: str) -> Path:
        """From home, or from the fleet file's folder."""
        return self.home / name[2:] if name.startswith("~/") else Path(self.read.origin.file).parent / name

    def _of_ssh_config(self, table: SshConfigTable) -> list[Host]:
        from clawtui.fleet.inventory.ssh_config import SshConfig

        path = self._path(table.file)
        if not path.is_file():
            raise _error(table.origin, "ssh_config.file", f"{path} is not there")
        config = SshConfig(path, self.home, self.environ, match_exec=table.match_exec and self.run)
        return [
            replace(
                _given(host, table.given), become=table.become, become_password=table.become_password, agent=table.agent
            )
            for host in config.pick(table.hosts, table.origin)
        ]

    def _of_ansible(self, table: AnsibleTable) -> list[Host]:
        from clawtui.fleet.inventory.ansible import AnsibleInventory
        from clawtui.fleet.inventory.ssh_config import SshConfig

        if not self._path(table.source).exists():
            raise _error(table.origin, "ansible.source", f"{self._path(table.source)} is not there")
        run = self.run and not table.static
        inventory = AnsibleInventory(self._path(table.source), self.environ, run, table.label_vars)
        try:
            listed = inventory.hosts()
        except ConfigError:
            if self.run or table.static or not self._ansible:
                raise
            return []  # only Ansible can read it
        config = SshConfig(
            self._path(table.ssh_config) if table.ssh_config else Path("/dev/null"),
            self.home,
            self.environ,
            match_exec=table.match_exec and self.run,
        )
        plain = Fleet(
            table.source, hosts=tuple(Host(host.name, groups=host.groups, labels=host.labels) for host in listed)
        )
        try:
            chosen = {host.name for host in select(plain, table.hosts)} if listed else set[str]()
        except UsageError as error:
            raise _error(table.origin, "ansible.hosts", str(error)) from error
        reached = (_given(_reached(host, config, table), table.given) for host in listed if host.name in chosen)
        return [replace(host, agent=self.read.agent(host.groups)) for host in reached]

    def _of_command(self, table: CommandTable) -> list[Host]:
        from clawtui.fleet.inventory.command import CommandInventory

        program = str(self._path(table.run[0])) if table.run[0].startswith("~/") else table.run[0]
        folder = Path(self.read.origin.file).absolute().parent
        run = (program, *table.run[1:])
        inventory = CommandInventory(run, folder, self.environ, table.timeout_s, table.origin)
        return [_given(host, table.given) for host in self.read.listed(inventory.tables())]


def _reached(host: "AnsibleHost", config: "SshConfig", table: AnsibleTable) -> Host:
    """As Ansible reaches it: by ssh, which reads its own configuration after what the inventory says."""
    reached = config.host(host.address or host.name, host.given)
    root = table.root(host.become, (*host.groups, *table.given.groups))
    demands = [words for s in host.given if (words := demand_of(s.option, s.words, str(s.origin)))]
    # ssh reads its own files again, not the inventory: what only ssh can obey must stand there
    unheard = [f"{words} is not honoured from an inventory; write it into ssh_config" for words in demands]
    options = dict(reached.ssh_options)
    if host.remarks:
        options["left out"] = "; ".join(filter(None, (*host.remarks, options.get("left out", ""))))
    return replace(
        reached,
        name=normal(host.name),
        groups=host.groups,
        labels=host.labels,
        ssh_options=options,
        become=root.become,
        become_password=root.password,
        origin=host.origin,
        refusal="; ".join(filter(None, (host.refusal, reached.refusal, *unheard))),
    )


def _given(host: Host, given: Given) -> Host:
    """What the table of the fleet file adds; where a host says it itself, the host wins."""
    return replace(
        host,
        groups=tuple(dict.fromkeys((*host.groups, *given.groups))),
        site=host.site or given.site,
        region=host.region or given.region,
        labels={**given.labels, **host.labels},
    )


def _error(origin: Origin, key: str, message: str) -> ConfigError:
    return ConfigError(message, file=origin.file, line=origin.line, key=key)


def _carried(host: Host) -> Host:
    why = uncarried(host)
    return replace(host, refusal="; ".join(filter(None, (host.refusal, why)))) if why else host
