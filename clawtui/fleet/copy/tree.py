"""What is to be copied: files, folders and links below one name, with sizes, modes and SHA-256."""

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import UsageError

PIECE = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Entry:
    """One file, folder or symbolic link."""

    path: str
    # relative to where the copy goes, "/" between parts; the first part is the source's own name
    kind: str
    # "file", "folder", "link"
    mode: int = 0o644
    size: int = 0
    sha256: str = ""
    leads: str = ""
    # what a link points at
    source: str = ""
    # the local file's path; the far one's where it is copied from a host


def local_tree(source: Path) -> tuple[Entry, ...]:
    """One local file or folder, folders before what is in them; UsageError for what cannot be read or copied."""
    name = Path(os.path.abspath(source)).name  # noqa: PTH100 - the name that was given, "." and ".." resolved, links kept
    if not name:
        raise UsageError(f"{source} has no name of its own; name a folder below /")
    try:
        return tuple(_walk(source, name))
    except OSError as problem:
        raise UsageError(f"{problem.filename}: {problem.strerror}; nothing was sent") from problem


def _walk(path: Path, name: str) -> Iterator[Entry]:
    found = path.lstat()
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISLNK(found.st_mode):
        yield Entry(name, "link", leads=os.readlink(path))  # noqa: PTH115 - the text as it stands
    elif stat.S_ISDIR(found.st_mode):
        yield Entry(name, "folder", mode)
        for child in sorted(path.iterdir()):
            yield from _walk(child, f"{name}/{child.name}")
    elif stat.S_ISREG(found.st_mode):
        yield Entry(name, "file", mode, found.st_size, digest(path), source=str(path))
    else:
        raise UsageError(f"{path} is neither a file nor a folder nor a link; nothing was sent")


def digest(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
