"""Hosts, groups and their variables, each with the place where it was written down; merged in Ansible's order."""

from dataclasses import dataclass, field

from clawtui.errors import ConfigError
from clawtui.fleet.host import Origin

ALL, UNGROUPED = "all", "ungrouped"
PRIORITY = "ansible_group_priority"


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A value that only the vault's password opens."""


@dataclass(frozen=True, slots=True)
class Said:
    """One value of a variable."""

    value: object
    origin: Origin


Vars = dict[str, Said]


@dataclass(slots=True)
class Group:
    """Its own hosts, groups below it, and variables from the inventory file itself."""

    name: str
    hosts: dict[str, None] = field(default_factory=dict[str, None])
    children: dict[str, None] = field(default_factory=dict[str, None])
    vars: Vars = field(default_factory=dict[str, Said])
    priority: int = 1


@dataclass(slots=True)
class Folders:
    """Variables from `group_vars/` and `host_vars/` of one folder."""

    groups: dict[str, Vars] = field(default_factory=dict[str, Vars])
    hosts: dict[str, Vars] = field(default_factory=dict[str, Vars])


@dataclass(slots=True)
class Tree:
    """One inventory."""

    groups: dict[str, Group] = field(default_factory=lambda: {name: Group(name) for name in (ALL, UNGROUPED)})
    hosts: dict[str, Vars] = field(default_factory=dict[str, Vars])
    origins: dict[str, Origin] = field(default_factory=dict[str, Origin])
    # where a host was named first
    folders: list[Folders] = field(default_factory=list[Folders])
    # beside the inventory, then in the project's folder

    def group(self, name: str) -> Group:
        """The group of that name, made when it is new."""
        return self.groups.setdefault(name, Group(name))

    def host(self, name: str, group: str, origin: Origin, port: int = 0) -> Vars:
        """A host becomes a member; its own variables. A port behind its name counts only where it is named first."""
        self.group(group).hosts[name] = None
        self.origins.setdefault(name, origin)
        return self.hosts.setdefault(name, {"ansible_port": Said(port, origin)} if port else {})

    def child(self, parent: str, name: str, origin: Origin) -> None:
        """A group goes below another; never into a circle."""
        below = self._below(name)
        if parent == name or parent in below:
            message = f"group {name!r} would lie below itself"
            raise ConfigError(message, file=origin.file, line=origin.line, key=parent)
        self.group(parent).children[name] = None
        self.group(name)

    def give(self, group: str, key: str, said: Said) -> None:
        """A group's variable; its priority is one that only the inventory file itself may give."""
        if key != PRIORITY:
            self.group(group).vars[key] = said
            return
        try:
            self.group(group).priority = int(str(said.value))
        except ValueError as error:
            message = f"{said.value!r} is not a whole number"
            raise ConfigError(message, file=said.origin.file, line=said.origin.line, key=key) from error

    def _below(self, name: str) -> set[str]:
        found, todo = set[str](), [name]
        while todo:
            group = self.groups.get(todo.pop())
            new = set(group.children) - found if group else set[str]()
            found |= new
            todo += new
        return found

    def memberships(self) -> dict[str, tuple[str, ...]]:
        """Every host's groups without `all`, those nearest to the root first: later ones win."""
        depths = self._depths()
        above: dict[str, set[str]] = {name: set() for name in self.hosts}
        for group in self.groups.values():
            for member in {group.name, *self._below(group.name)}:
                for host in self.groups[member].hosts:
                    above[host].add(group.name)
        return {host: self._ordered(names, depths) for host, names in above.items()}

    def _ordered(self, names: set[str], depths: dict[str, int]) -> tuple[str, ...]:
        real = names - {ALL, UNGROUPED} or {UNGROUPED}
        return tuple(sorted(real, key=lambda name: (depths.get(name, 1), self.groups[name].priority, name)))

    def _depths(self) -> dict[str, int]:
        """The longest way down from `all`; there are no circles."""
        depths = dict.fromkeys(self.groups, 1) | {ALL: 0}
        todo = list(self.groups)
        while todo:
            name = todo.pop()
            for child in self.groups[name].children:
                if depths[child] <= depths[name]:
                    depths[child] = depths[name] + 1
                    todo.append(child)
        return depths

    def merged(self, host: str, groups: tuple[str, ...]) -> Vars:
        """What Ansible would use: groups, their folders, the host, its folders; the last one wins."""
        layers = [self.groups[ALL].vars, *(self.groups[name].vars for name in groups)]
        layers += [folder.groups.get(ALL, {}) for folder in self.folders]
        layers += [folder.groups.get(name, {}) for folder in self.folders for name in groups]
        layers += [self.hosts[host], *(folder.hosts.get(host, {}) for folder in self.folders)]
        return {key: said for layer in layers for key, said in layer.items()}
