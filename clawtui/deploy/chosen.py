"""Which files of a folder are shipped: what git would keep, less what is excluded, and never what is nobody else's business."""

import os
import stat
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clawtui.clean import clean
from clawtui.deploy.git import listed
from clawtui.deploy.patterns import Patterns
from clawtui.errors import ConfigError

NEVER = frozenset({".git", ".venv", "__pycache__", ".env"})


@dataclass(frozen=True, slots=True)
class Chosen:
    """A regular file and its name in the release."""

    path: str
    # relative, with slashes
    source: Path
    size: int
    mode: int
    # 0755 or 0644: what the umask of a checkout made of the rest is no part of a release


def chosen(folder: Path, exclude: Sequence[str] = (), skip: Collection[Path] = ()) -> list[Chosen]:
    """Sorted by path; ConfigError names what cannot be shipped. Blocks: for a thread.

    A link that stays inside is shipped as what it leads to, so that a release holds regular files only.
    """
    if not folder.is_dir():
        raise ConfigError("no such folder; `source` names the one that is shipped", file=str(folder))
    root = folder.resolve()
    walk = _Walk(root, listed(root), Patterns(exclude), frozenset(path.resolve() for path in skip))
    found = sorted(walk.files(root, "", ()), key=lambda file: file.path)
    if not found:
        raise ConfigError("holds no file that would be shipped; look at `exclude` and at .gitignore", file=str(folder))
    return found


class _Walk:
    """Depth first; what git does not list is not looked into."""

    def __init__(self, root: Path, kept: frozenset[str] | None, excluded: Patterns, skipped: Collection[Path]) -> None:
        self._root, self._kept, self._excluded, self._skipped = root, kept, excluded, skipped
        self._above = frozenset(_parents(kept)) if kept is not None else None

    def files(self, folder: Path, shown: str, above: tuple[Path, ...]) -> Iterator[Chosen]:
        """`shown` is the folder's name in the release, with a slash; `above` the folders that were come through."""
        for entry in _entries(folder):
            path = shown + _checked(entry)
            where = Path(entry.path)
            if entry.name in NEVER or where in self._skipped or not self._wanted(where, entry):
                continue
            if self._excluded(path, folder=where.is_dir()):
                continue
            if entry.is_symlink():
                where = self._inside(where)
            if where.is_dir():
                if where in (*above, folder):
                    raise ConfigError(
                        "leads back to a folder that it lies in; take the link away or exclude it", file=entry.path
                    )
                yield from self.files(where, path + "/", (*above, folder))
            else:
                yield _file(path, where)

    def _wanted(self, where: Path, entry: "os.DirEntry[str]") -> bool:
        if self._kept is None or self._above is None:
            return True
        below = where.relative_to(self._root).as_posix()
        return below in (self._above if entry.is_dir(follow_symlinks=False) else self._kept)

    def _inside(self, link: Path) -> Path:
        """What a link leads to; ConfigError where that is outside, or nowhere."""
        target = link.resolve()
        if not target.is_relative_to(self._root):
            words = f"leads out of the release, to {clean(str(target), limit=200)}; copy it in, or exclude the link"
            raise ConfigError(words, file=str(link))
        if not target.exists():
            raise ConfigError("leads to nothing; take the link away or exclude it", file=str(link))
        return target


def _entries(folder: Path) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise ConfigError(
            f"cannot be read ({error.strerror}); exclude it or change its mode", file=str(folder)
        ) from error


def _checked(entry: "os.DirEntry[str]") -> str:
    """A name that can stand in a manifest and on a screen."""
    if clean(entry.name) != entry.name:
        words = "is a name with control characters or bytes that are no UTF-8; rename it"
        raise ConfigError(words, file=clean(entry.path, limit=400))
    return entry.name


def _file(path: str, source: Path) -> Chosen:
    found = source.stat()
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError("is a socket, pipe or device and cannot be shipped; exclude it", file=str(source))
    return Chosen(path, source, found.st_size, 0o755 if found.st_mode & stat.S_IXUSR else 0o644)


def _parents(paths: Collection[str]) -> Iterator[str]:
    for path in paths:
        parts = path.split("/")
        yield from ("/".join(parts[:depth]) for depth in range(1, len(parts)))
