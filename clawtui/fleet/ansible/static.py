"""Our own reader: static inventories as files or a folder of them, without Ansible and without running anything."""

import re
from pathlib import Path

from clawtui.errors import ConfigError
from clawtui.fleet.ansible.document import Node, parse_yaml, text_of
from clawtui.fleet.ansible.folders import read_folders
from clawtui.fleet.ansible.ini import IniReader
from clawtui.fleet.ansible.tree import Tree
from clawtui.fleet.ansible.yaml_file import YamlReader

YAML_ENDINGS = (".yml", ".yaml", ".json")
_IGNORED = re.compile(
    r"^\.|^(host_vars|group_vars|vars_plugins)$|(\.pyc|\.pyo|\.swp|\.bak|~|\.rpm|\.md|\.txt|\.rst|\.orig|\.cfg|\.retry)$"
)


def read_static(source: Path, project: Path, sealed: list[str]) -> Tree:
    """Hosts, groups and variables; files that the vault has sealed whole are named in `sealed`."""
    tree = Tree()
    _read(source, tree)
    beside = source if source.is_dir() else source.parent
    folders = [beside] if beside.resolve() == project.resolve() else [beside, project]
    tree.folders = [read_folders(folder, tree, sealed) for folder in folders]
    return tree


def _read(path: Path, tree: Tree) -> None:
    if path.is_dir():
        for entry in sorted(path.iterdir(), key=lambda entry: entry.name):
            if not _IGNORED.search(entry.name):
                _read(entry, tree)
        return
    text, ending = text_of(path), path.suffix
    if text.startswith("#!"):
        raise ConfigError(
            "is a program, which is not run here: install ansible-core, or name it as a [[command]]",
            file=str(path),
            line=1,
        )
    if ending == ".toml":
        raise ConfigError("an inventory in TOML is not read here: install ansible-core", file=str(path))
    document = _as_yaml(text, path) if ending in ("", *YAML_ENDINGS) else None
    if document:
        YamlReader(tree, str(path)).read(document)
    else:
        IniReader(tree, str(path)).read(text)


def _as_yaml(text: str, path: Path) -> Node | None:
    """Without an ending it is YAML only where it is a mapping."""
    try:
        root = parse_yaml(text, str(path))
    except ConfigError:
        if path.suffix:
            raise
        return None
    if path.suffix and root.entries is None:
        raise ConfigError("must be groups, each with hosts, children and vars below it", file=str(path), line=root.line)
    return root if root.mapping else None
