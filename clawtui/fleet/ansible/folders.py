"""`group_vars/` and `host_vars/`: a file or a folder a name, as Ansible finds them."""

from collections.abc import Iterable
from pathlib import Path

from clawtui.errors import ConfigError
from clawtui.fleet.ansible.document import VAULT, parse_yaml, text_of
from clawtui.fleet.ansible.tree import Folders, Tree, Vars
from clawtui.fleet.ansible.yaml_file import variables

ENDINGS = ("", ".yml", ".yaml", ".json")


def read_folders(folder: Path, tree: Tree, sealed: list[str]) -> Folders:
    """Variables of every host and group; a file that the vault has sealed whole is named in `sealed` instead."""
    return Folders(
        {name: _of(folder / "group_vars", name, sealed) for name in tree.groups},
        {name: _of(folder / "host_vars", name, sealed) for name in tree.hosts},
    )


def _of(folder: Path, name: str, sealed: list[str]) -> Vars:
    if name.startswith("/") or "\0" in name or not folder.is_dir():
        return {}
    found: Vars = {}
    for path in _files(folder, name):
        found |= _read(path, sealed)
    return found


def _files(folder: Path, name: str) -> Iterable[Path]:
    """The first of NAME, NAME.yml, NAME.yaml, NAME.json that is there; of a folder everything below it."""
    for ending in ENDINGS:
        path = folder / f"{name}{ending}"
        if path.is_dir():
            return _below(path)
        if path.exists():
            return [path]
    return []


def _below(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if path.is_dir() and not path.suffix:
            yield from _below(path)
        elif path.is_file() and path.suffix in ENDINGS:
            yield path


def _read(path: Path, sealed: list[str]) -> Vars:
    text = text_of(path)
    if text.startswith(VAULT):
        sealed.append(str(path))
        return {}
    root = parse_yaml(text, str(path))
    if not root.mapping_or_nothing:
        raise ConfigError("must be variables, key: value each", file=str(path), line=root.line)
    return variables(root, str(path))
