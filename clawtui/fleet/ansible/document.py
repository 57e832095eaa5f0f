"""YAML with line numbers: PyYAML's safe loader composes it, here it becomes plain values that know where they stand."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clawtui.errors import ConfigError
from clawtui.fleet.ansible.tree import Encrypted
from clawtui.fleet.host import Origin

if TYPE_CHECKING:
    import yaml

MOST_BYTES = 16_777_216
MOST_NODES = 1_000_000
VAULT = "$ANSIBLE_VAULT;"
_ENCRYPTED = ("!vault", "!vault-encrypted")
_COLLECTIONS = {f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "set", "omap", "pairs")}
_MERGE = "tag:yaml.org,2002:merge"
_AS_TEXT = ("!unsafe",)


@dataclass(frozen=True, slots=True)
class Node:
    """One value and where it stands."""

    line: int
    plain: object = None
    # without places; what aliases share is shared here too
    entries: "dict[str, Node] | None" = None
    # of a mapping

    @property
    def mapping(self) -> "dict[str, Node]":
        """Its entries; none where it is no mapping."""
        return self.entries or {}

    @property
    def mapping_or_nothing(self) -> bool:
        """What a place for a mapping may hold: left empty it stands for an empty one."""
        return self.entries is not None or self.plain is None


def text_of(path: Path) -> str:
    """A file of an inventory; what is not UTF-8 is left for the line that it stands in."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ConfigError(f"has more than {MOST_BYTES // 1_048_576} MiB", file=str(path))
        return path.read_text("utf-8", "surrogateescape")
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from error


def parse_yaml(text: str, file: str) -> Node:
    """One document; every mistake is a ConfigError with its line."""
    import yaml

    try:
        loader = yaml.SafeLoader(text)
    except yaml.YAMLError as error:  # characters that YAML forbids
        raise ConfigError(f"not YAML: {_said(error)}", file=file, line=_line_of(error, text)) from error
    try:
        root = loader.get_single_node()
        return _Reader(loader, file).node(root) if root else Node(1)
    except yaml.MarkedYAMLError as error:
        raise ConfigError(f"not YAML: {_said(error)}", file=file, line=_line_of(error, text)) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else _said(error)
        raise ConfigError(f"not YAML: {why}", file=file, line=_line_of(error, text)) from error
    finally:
        loader.dispose()


def _said(error: Exception) -> str:
    """One line of what PyYAML says."""
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    return " ".join(str(problem).split())[:200]


def _line_of(error: Exception, text: str) -> int:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    position = getattr(error, "position", None)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


@dataclass(slots=True)
class _Reader:
    """Nodes of PyYAML to ours; an alias is the same node, so that a small file cannot become a large value."""

    loader: "yaml.SafeLoader"
    file: str
    made: "dict[int, Node]" = field(default_factory=dict[int, Node])
    open: set[int] = field(default_factory=set[int])

    def node(self, node: "yaml.Node") -> Node:
        known = self.made.get(id(node))
        if known:
            return known
        line = int(node.start_mark.line) + 1
        if id(node) in self.open:
            raise ConfigError("an alias stands within itself", file=self.file, line=line)
        if len(self.made) > MOST_NODES:
            raise ConfigError(f"has more than {MOST_NODES} values", file=self.file, line=line)
        self.open.add(id(node))
        made = self.made[id(node)] = self._made(node, line)
        self.open.discard(id(node))
        return made

    def _made(self, node: "yaml.Node", line: int) -> Node:
        import yaml

        if node.tag in _ENCRYPTED:
            return Node(line, Encrypted())
        if not isinstance(node, yaml.ScalarNode) and node.tag not in _COLLECTIONS:
            raise ConfigError(f"the tag {node.tag!r} is not read here", file=self.file, line=line)
        if isinstance(node, yaml.MappingNode):
            entries = self._entries(node)
            return Node(line, {key: value.plain for key, value in entries.items()}, entries)
        if isinstance(node, yaml.SequenceNode):
            return Node(line, [self.node(item).plain for item in node.value])
        return Node(line, str(node.value) if node.tag in _AS_TEXT else self._scalar(node, line))

    def _entries(self, node: "yaml.MappingNode") -> dict[str, Node]:
        """Each at the line of its key; own ones win over those that `<<` brings, of which the first mapping wins."""
        merged, own = dict[str, Node](), dict[str, Node]()
        for key, value in node.value:
            if key.tag == _MERGE:
                for source in reversed(value.value) if value.tag.endswith(":seq") else [value]:
                    merged |= self.node(source).mapping
            else:
                own[self._key(key)] = replace(self.node(value), line=int(key.start_mark.line) + 1)
        return {**merged, **own}

    def _scalar(self, node: "yaml.Node", line: int) -> object:
        try:
            value: object = self.loader.construct_object(node, deep=True)
        except (
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
            TypeError,
        ) as error:  # what PyYAML lets through
            kind = node.tag.rpartition(":")[2]
            why = str(error) if isinstance(error, ValueError) else "it is none"
            raise ConfigError(f"{node.value!r} as {kind}: {why}", file=self.file, line=line) from error
        return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value

    def _key(self, node: "yaml.Node") -> str:
        key = self.node(node)
        if isinstance(key.plain, list | dict):
            raise ConfigError("a key must be text", file=self.file, line=key.line)
        return str(key.plain)


def said_at(file: str, node: Node) -> Origin:
    """Where a node stands."""
    return Origin(file, node.line)
