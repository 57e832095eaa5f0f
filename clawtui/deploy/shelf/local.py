"""A folder as a shelf: a mounted share, or a disk that is carried around."""

import asyncio
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from clawtui.errors import ShelfError


class LocalShelf:
    """Implements the Shelf port; keys are paths below the folder."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._folder)

    async def size(self, key: str) -> int | None:
        """Bytes of a file; None where there is none."""
        try:
            return (await asyncio.to_thread((self._folder / key).stat)).st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._failed(key, error) from error

    async def read(self, key: str, offset: int, size: int) -> bytes:
        """A range of a file."""
        try:
            return await asyncio.to_thread(_read, self._folder / key, offset, size)
        except OSError as error:
            raise self._failed(key, error) from error

    async def write(self, key: str, content: bytes) -> None:
        """Beside, then renamed."""
        await self._put(key, lambda fresh: fresh.write_bytes(content))

    async def upload(self, key: str, source: Path) -> int:
        """Copied beside, then renamed."""
        await self._put(key, lambda fresh: shutil.copyfile(source, fresh))
        return await self.size(key) or 0

    async def url(self, key: str, seconds: int) -> str:  # noqa: ARG002 - the port's signature
        """A folder is no server."""
        return ""

    async def _put(self, key: str, fill: Callable[[Path], object]) -> None:
        try:
            await asyncio.to_thread(_put, self._folder / key, fill)
        except OSError as error:
            raise self._failed(key, error) from error

    def _failed(self, key: str, error: OSError) -> ShelfError:
        return ShelfError(f"{self._folder / key}: {error.strerror}")


def _read(path: Path, offset: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(size)


def _put(path: Path, fill: Callable[[Path], object]) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        fill(fresh)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
