"""Fleet files of the current folder that were accepted: as long as they, and what they name beside them, stay as they were.

A cloned folder must not name commands. What could run is more than the fleet file: the program of a `[[command]]`, an ssh_config
with its ProxyCommand, an Ansible inventory with its plug-ins; so each of them counts as long as it lies in that folder.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from clawtui.errors import ConfigError, Refused
from clawtui.fleet.inventory.toml import read_fleet_file
from clawtui.places import Places

MOST_FILES = 2_000


def accept(places: Places, path: Path, digest: str) -> None:
    """Let a fleet file count as it was when somebody looked at it, as long as nothing changes; Refused where it has."""
    if digest_of(path) != digest:
        raise Refused(f"{path}, or what it names, was changed while it was read: look at it again")
    ledger = places.state / "accepted"
    ledger.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ledger.open("a", encoding="utf-8") as file:
        file.write(f"{digest} {path.resolve()}\n")


def accepted(places: Places, path: Path) -> bool:
    """Was this very content accepted at this very place?"""
    try:
        lines = (places.state / "accepted").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return False
    place = str(path.resolve())
    if all(line.partition(" ")[2] != place for line in lines):
        return False
    try:
        return f"{digest_of(path)} {place}" in lines
    except Refused:
        return False


def digest_of(path: Path) -> str:
    """Of the file and of everything beside it that it names; Refused where that is too much to look through."""
    digest = hashlib.sha256(path.read_bytes())
    for file in _named_by(path):
        digest.update(f"\n{file}\n".encode("utf-8", "surrogateescape"))
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _named_by(path: Path) -> Iterator[Path]:
    """Files beside the fleet file that it takes hosts from, those of folders and of Ansible's project included."""
    try:
        read = read_fleet_file(path)
    except ConfigError:
        return  # it cannot be used either
    names = [table.file for table in read.ssh_config] + [word for table in read.command for word in table.run]
    for name in names:
        file = path.parent / name
        if name and file.is_file():
            yield file
    for table in read.ansible:
        from clawtui.fleet.inventory.ansible import AnsibleInventory

        source = path.parent / table.source
        project = AnsibleInventory(source, {}).project
        yield from _below(project if project.is_relative_to(path.parent) else source)


def _below(folder: Path) -> Iterator[Path]:
    for number, file in enumerate(sorted(folder.rglob("*") if folder.is_dir() else [folder])):
        if number >= MOST_FILES:
            raise Refused(
                f"{folder} holds more than {MOST_FILES} files, too many to accept; name its fleet file by --fleet"
            )
        if file.is_file() and ".git" not in file.parts:
            yield file
