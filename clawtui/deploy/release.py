"""From a folder to a release: its files with their digests, and one archive whose bytes are the same on every machine."""

import asyncio
import contextlib
import hashlib
import os
import tarfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import msgspec

from clawtui.deploy.chosen import Chosen, chosen
from clawtui.deploy.digests import Digests
from clawtui.deploy.plan import Blob
from clawtui.errors import ConfigError

UNUSED_S = 30 * 86_400
# archives that no plan asked for in this time are taken away
PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Release:
    """The source of a service at one moment."""

    digest: str
    # of the manifest
    files: tuple[Mapping[str, object], ...]
    # path, sha256, mode ("0644"); sorted by path
    archive: Blob
    size: int
    # of all files together

    @property
    def words(self) -> str:
        """For people."""
        return f"{len(self.files)} files, {self.size:,} bytes"


async def made(
    folder: Path, cache: Path, digests: Digests, exclude: Sequence[str] = (), skip: Collection[Path] = ()
) -> Release:
    """Read and packed in a thread. `skip`: files that are there and no part of it, such as the service.toml itself."""
    return await asyncio.to_thread(_made, folder, cache / "releases", digests, exclude, skip)


def _made(folder: Path, cache: Path, digests: Digests, exclude: Sequence[str], skip: Collection[Path]) -> Release:
    found = chosen(folder, exclude, skip)
    sums = [digests.of(file.source)[0] for file in found]
    files = tuple(
        {"path": file.path, "sha256": sha256, "mode": f"{file.mode:04o}"}
        for file, sha256 in zip(found, sums, strict=True)
    )
    digest = hashlib.sha256(manifest(files)).hexdigest()
    archive = cache / f"{digest}.tar"
    if not archive.exists():
        _pack(archive, found, sums)
    os.utime(
        archive, ns=(time.time_ns(), archive.stat().st_mtime_ns)
    )  # read now; its digest is known by the other time
    _prune(cache)
    sha256, size = digests.of(archive)
    blob = Blob(sha256, size, f"{folder.name}.tar", str(archive))
    return Release(digest, files, blob, sum(file.size for file in found))


def manifest(files: Sequence[Mapping[str, object]]) -> bytes:
    """What is hashed: one text whatever machine wrote it."""
    return msgspec.json.encode({"version": 1, "files": files}, order="sorted")


def _pack(archive: Path, found: Sequence[Chosen], sums: Sequence[str]) -> None:
    """Under a name of its own, then renamed; a file that is another one by now ends it."""
    fresh = archive.with_name(f".{archive.name}.{os.getpid()}")
    try:
        archive.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with fresh.open("wb") as out, tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for file, sha256 in zip(found, sums, strict=True):
                _add(tar, file, sha256)
        fresh.replace(archive)
    except OSError as error:
        raise ConfigError(f"the release could not be packed: {error.strerror}", file=str(archive.parent)) from error
    finally:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)


def _add(tar: tarfile.TarFile, file: Chosen, sha256: str) -> None:
    """Name, mode, size, bytes; no owner, no time."""
    entry = tarfile.TarInfo(file.path)
    entry.size, entry.mode = file.size, file.mode
    with file.source.open("rb") as source:
        read = _Read(source)
        try:
            tar.addfile(entry, read)  # type: ignore[arg-type]  # it calls read and nothing else
        except OSError as error:
            if error.errno is None:  # tarfile's own: the file is shorter than it was
                raise _changed(file) from error
            raise
        if read.sha256.hexdigest() != sha256 or source.read(1):
            raise _changed(file)


def _changed(file: Chosen) -> ConfigError:
    return ConfigError("changed while it was read; try again when nobody writes it", file=str(file.source))


class _Read:
    """A file whose bytes are hashed on their way."""

    def __init__(self, source: BinaryIO) -> None:
        self._source, self.sha256 = source, hashlib.sha256()

    def read(self, size: int) -> bytes:
        """The next bytes."""
        data = self._source.read(size)
        self.sha256.update(data)
        return data


def _prune(cache: Path) -> None:
    for path in cache.iterdir():
        if path.stat().st_atime < time.time() - UNUSED_S:
            path.unlink(missing_ok=True)
