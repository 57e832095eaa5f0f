"""The port to a place where artifacts are kept: objects by key, read in ranges, written whole."""

from pathlib import Path
from typing import Protocol


class Shelf(Protocol):
    """Every call raises ShelfError: which place, which object, and what to do. Nothing blocks the loop."""

    @property
    def name(self) -> str:
        """As people write it: `s3://BUCKET`, or a folder."""
        ...

    async def size(self, key: str) -> int | None:
        """Bytes of an object; None where there is none."""
        ...

    async def read(self, key: str, offset: int, size: int) -> bytes:
        """A range that lies within the object."""
        ...

    async def write(self, key: str, content: bytes) -> None:
        """A small object, whole or not at all."""
        ...

    async def upload(self, key: str, source: Path) -> int:
        """A file of any size, whole or not at all; what an earlier attempt left there is used. How many bytes were sent."""
        ...

    async def url(self, key: str, seconds: int) -> str:
        """Where anybody can read the object for so long, which makes it a secret; empty where there is no such thing."""
        ...
