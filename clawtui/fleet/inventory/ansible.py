"""Hosts from an Ansible inventory: by `ansible-inventory --list` where it is installed, else by our own static reader."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import ConfigError
from clawtui.fleet.ansible.listing import ask_ansible, with_places
from clawtui.fleet.ansible.static import read_static
from clawtui.fleet.ansible.tree import UNGROUPED, Tree
from clawtui.fleet.ansible.ways import Ways
from clawtui.fleet.host import Become, Origin
from clawtui.fleet.ssh_config.statement import Statement

PROGRAM = "ansible-inventory"
PROJECT = "ansible.cfg"
CLIMB = 3


@dataclass(frozen=True, slots=True)
class AnsibleHost:
    """One host, before ssh_config is asked what else it says of the address."""

    name: str
    address: str
    given: tuple[Statement, ...]
    # port, login, key and jump hosts, in the words of ssh_config
    groups: tuple[str, ...]
    labels: Mapping[str, str]
    become: Become
    remarks: tuple[str, ...]
    # what the inventory wants and is left out
    refusal: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class AnsibleInventory:
    """One source, as `-i` takes it: a file or a folder."""

    source: Path
    environ: Mapping[str, str]
    run: bool = True
    # may ansible-inventory be run: it executes programs and plug-ins that the source names
    labels: tuple[str, ...] = ()
    # variables that become labels

    def hosts(self) -> tuple[AnsibleHost, ...]:
        """Every host of the source, in its order."""
        sealed: list[str] = []
        tree = self._tree(sealed)
        members = tree.memberships()
        return tuple(self._host(name, tree, members[name], sealed) for name in tree.hosts)

    @property
    def project(self) -> Path:
        """Where people run Ansible: the folder with ansible.cfg at or above the source, else the source's own."""
        folder = self.source if self.source.is_dir() else self.source.parent
        above = [folder, *folder.absolute().parents][: CLIMB + 1]
        return next((path for path in above if (path / PROJECT).is_file()), folder)

    def _tree(self, sealed: list[str]) -> Tree:
        program = shutil.which(PROGRAM, path=self.environ.get("PATH", "")) if self.run else None
        if not program:
            return read_static(self.source, self.project, sealed)
        tree = ask_ansible(program, self.source, self.project, self.environ)
        try:
            with_places(tree, read_static(self.source, self.project, []))
        except ConfigError:
            return tree  # only Ansible can read it: places stay as wide as the source
        return tree

    def _host(self, name: str, tree: Tree, groups: tuple[str, ...], sealed: list[str]) -> AnsibleHost:
        ways = Ways(name, tree.merged(name, groups), self.project)
        ways.connection()
        address, given = ways.address(), tuple(ways.statements())
        become, remark = ways.become()
        remarks = [f"{path} is sealed by the vault and was not read" for path in sealed]
        labels = {key: text for key in self.labels if (text := ways.text(key)[0])}
        return AnsibleHost(
            name,
            address,
            given,
            tuple(group for group in groups if group != UNGROUPED),
            labels,
            become,
            tuple([*remarks, remark] if remark else remarks),
            "; ".join(ways.refusals),
            tree.origins[name],
        )
