"""Static inventories in Ansible's YAML: groups with hosts, children and vars."""

from dataclasses import dataclass

from clawtui.errors import ConfigError
from clawtui.fleet.ansible.document import Node, said_at
from clawtui.fleet.ansible.ranges import expand
from clawtui.fleet.ansible.tree import Said, Tree, Vars

SECTIONS = ("hosts", "children", "vars")
MOST_DEPTH = 64


@dataclass(frozen=True, slots=True)
class YamlReader:
    """One file, read into a tree."""

    tree: Tree
    file: str

    def read(self, root: Node) -> None:
        """The whole document."""
        if "plugin" in root.mapping:
            plugin = root.mapping["plugin"]
            raise self._error(
                f"configures the inventory plug-in {plugin.plain!r}, which only Ansible can ask: install ansible-core",
                plugin,
                "plugin",
            )
        for name, group in root.mapping.items():
            self._group(name, group, 0)

    def _error(self, message: str, node: Node, key: str) -> ConfigError:
        return ConfigError(message, file=self.file, line=node.line, key=key)

    def _group(self, name: str, node: Node, depth: int) -> None:
        if depth > MOST_DEPTH:
            raise self._error("groups lie too deep within each other", node, name)
        if not node.mapping_or_nothing:
            raise self._error("must be a group: hosts, children and vars below it", node, name)
        self.tree.group(name)
        for section, body in node.mapping.items():
            if section not in SECTIONS:
                raise self._error(f"a group has hosts, children and vars; {section!r} is none of them", body, name)
            match section:
                case "vars":
                    for key, value in self._entries(name, section, body).items():
                        self.tree.give(name, key, Said(value.plain, said_at(self.file, value)))
                case "children":
                    for child, below in self._entries(name, section, body).items():
                        self._group(child, below, depth + 1)
                        self.tree.child(name, child, said_at(self.file, below))
                case _:
                    for pattern, below in self._entries(name, section, body).items():
                        self._host(name, pattern, below)

    def _entries(self, group: str, section: str, node: Node) -> dict[str, Node]:
        """A mapping, or one name alone."""
        if isinstance(node.plain, str):
            return {node.plain: Node(node.line)}
        if not node.mapping_or_nothing:
            raise self._error("must be a mapping: every name with a colon behind it", node, f"{group}.{section}")
        return node.mapping

    def _host(self, group: str, pattern: str, node: Node) -> None:
        if not node.mapping_or_nothing:
            raise self._error("must be variables of the host, key: value each", node, pattern)
        try:
            names, port = expand(pattern)
        except ValueError as error:
            raise self._error(f"is no host: {error}", node, pattern) from error
        for name in names:
            origin = said_at(self.file, node)
            self.tree.host(name, group, origin, port).update(variables(node, self.file))


def variables(node: Node, file: str) -> Vars:
    """The entries of a mapping as variables."""
    return {key: Said(value.plain, said_at(file, value)) for key, value in node.mapping.items()}
