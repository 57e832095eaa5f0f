"""Amazon's S3 and whatever speaks like it; boto3 is loaded when the first object is asked for, and lives in threads."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from clawtui.deploy.s3.client import Bucket, bucket
from clawtui.deploy.s3.parts import send
from clawtui.errors import ShelfError

SIZES = {"NoSuchKey": None, "InvalidRange": 0}
# an object without bytes has no first one
CALL_S = 180.0
# more than all tries of one request together
T = TypeVar("T")


class S3Shelf:
    """Implements the Shelf port for one bucket."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._bucket: Bucket | None = None
        self._first = threading.Lock()

    @property
    def name(self) -> str:
        """s3://BUCKET."""
        return f"s3://{self._name}"

    async def size(self, key: str) -> int | None:
        """Asked by reading one byte: whoever asks for the head only is told nothing of why not."""
        try:
            _, span = await self._of(lambda it: it.body(key, "bytes=0-0"), key)
        except ShelfError as error:
            if error.code in SIZES:
                return SIZES[error.code]
            raise
        return int(span.rpartition("/")[2] or 1)

    async def read(self, key: str, offset: int, size: int) -> bytes:
        """A range; one that comes short is an error."""
        data, _ = await self._of(lambda it: it.body(key, f"bytes={offset}-{offset + size - 1}"), key)
        if len(data) != size:
            raise ShelfError(f"{self.name}/{key}: {len(data)} bytes came where {size} were asked for; try again")
        return data

    async def write(self, key: str, content: bytes) -> None:
        """One request."""
        await self._of(lambda it: it.ask("put_object", Key=key, Body=content), key)

    async def upload(self, key: str, source: Path) -> int:
        """In parts, some at once; as long as it takes, each request with its own deadline."""
        return await asyncio.to_thread(lambda: send(self._ready(), key, source))

    async def url(self, key: str, seconds: int) -> str:
        """Signed here."""
        return await self._of(lambda it: it.signed(key, seconds), key)

    async def _of(self, ask: Callable[[Bucket], T], key: str) -> T:
        try:
            async with asyncio.timeout(CALL_S):
                return await asyncio.to_thread(lambda: ask(self._ready()))
        except TimeoutError:
            raise ShelfError(f"{self.name}/{key}: no answer within {CALL_S:g} s; try again") from None

    def _ready(self) -> Bucket:
        with self._first:
            self._bucket = self._bucket or bucket(self._name)
        return self._bucket
