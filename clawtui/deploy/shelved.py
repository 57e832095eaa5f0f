"""What is told of an object beside it, in `KEY.manifest.json`: its size and the digests of the whole and of every piece."""

import asyncio
import hashlib
from pathlib import Path

import msgspec

from clawtui.deploy.shelf_port import Shelf
from clawtui.errors import ShelfError

VERSION = 1
PIECE = 8 * 1024 * 1024
LARGEST = 64 * 1024 * 1024
# piece; some are held in memory at once
LONGEST = 64 * 1024 * 1024
# of a manifest: pieces of 8 MiB of 7 TB
AT_ONCE = 4


class Told(msgspec.Struct, frozen=True):
    """A manifest, or what is known without one."""

    size: int
    sha256: str
    piece: int = PIECE
    pieces: tuple[str, ...] = ()
    # SHA-256 of each; none without a manifest
    version: int = VERSION

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Offset and size of every piece."""
        return [(offset, min(self.piece, self.size - offset)) for offset in range(0, self.size, self.piece)]


def manifest_key(key: str) -> str:
    """Where an object's manifest lies."""
    return f"{key}.manifest.json"


async def told(shelf: Shelf, key: str, sha256: str = "") -> Told:
    """From the manifest beside the object; without one the digest has to be known otherwise."""
    size = await shelf.size(key)
    if size is None:
        raise ShelfError(f"{shelf.name}/{key}: there is no such object", code="NoSuchKey")
    length = await shelf.size(manifest_key(key))
    if length is None:
        if not sha256:
            words = (
                f"has no {manifest_key(key).rpartition('/')[2]} beside it; give the artifact's sha256 in service.toml"
            )
            raise ShelfError(f"{shelf.name}/{key}: {words}")
        return Told(size, sha256)
    found = _read(f"{shelf.name}/{manifest_key(key)}", length, await shelf.read(manifest_key(key), 0, length))
    if found.size != size:
        words = f"its manifest says {found.size:,} bytes and it has {size:,}; put it there again"
        raise ShelfError(f"{shelf.name}/{key}: {words}")
    if sha256 and sha256 != found.sha256:
        words = (
            f"its manifest says sha256 {found.sha256[:12]}… and service.toml says {sha256[:12]}…; one of them is old"
        )
        raise ShelfError(f"{shelf.name}/{key}: {words}")
    return found


def _read(where: str, length: int, content: bytes) -> Told:
    if length > LONGEST:
        raise ShelfError(f"{where}: {length:,} bytes are too many for a manifest of ours")
    try:
        found = msgspec.json.decode(content, type=Told)
    except msgspec.DecodeError as error:
        raise ShelfError(f"{where}: is no manifest of ours ({error}); put the object there again") from error
    if found.version != VERSION:
        words = f"is of version {found.version}, this clawtui knows {VERSION}; upgrade the older one"
        raise ShelfError(f"{where}: {words}")
    if found.size < 0 or not 0 < found.piece <= LARGEST or len(found.pieces) != len(found.spans):
        raise ShelfError(f"{where}: contradicts itself; put the object there again")
    return found


async def put(shelf: Shelf, key: str, source: Path, piece: int = PIECE) -> Told:
    """Send a file, read all of it back, and only then say by its manifest that it is there."""
    sent = await asyncio.to_thread(digested, source, piece)
    await shelf.upload(key, source)
    room = asyncio.Semaphore(AT_ONCE)

    async def same(offset: int, size: int, sha256: str) -> bool:
        async with room:
            back = await shelf.read(key, offset, size)
            return await asyncio.to_thread(lambda: hashlib.sha256(back).hexdigest()) == sha256

    spans = zip(sent.spans, sent.pieces, strict=True)
    right = await asyncio.gather(*(same(*span, sha256) for span, sha256 in spans))
    if await shelf.size(key) != sent.size or not all(right):
        words = "what is there now is not what was sent; it got no manifest, so nothing takes it. Send it again"
        raise ShelfError(f"{shelf.name}/{key}: {words}")
    await shelf.write(manifest_key(key), msgspec.json.encode(sent))
    return sent


def digested(source: Path, piece: int) -> Told:
    """What a manifest would say of a file. Blocks."""
    whole, pieces, size = hashlib.sha256(), list[str](), 0
    try:
        with source.open("rb") as file:
            while data := file.read(piece):
                whole.update(data)
                pieces.append(hashlib.sha256(data).hexdigest())
                size += len(data)
    except OSError as error:
        raise ShelfError(f"{source}: cannot be read: {error.strerror}") from error
    return Told(size, whole.hexdigest(), piece, tuple(pieces))
