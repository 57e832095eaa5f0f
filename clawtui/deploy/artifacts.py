"""From what service.toml says of large files to blobs: digest, size, and where they are."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path

from clawtui.deploy.digests import Digests
from clawtui.deploy.plan import Blob
from clawtui.deploy.shelf import SHELVES
from clawtui.deploy.shelf_port import Shelf
from clawtui.deploy.shelved import manifest_key, told
from clawtui.deploy.spec import Artifact
from clawtui.errors import ConfigError


def shelf_of(source: str) -> tuple[Shelf, str]:
    """The shelf of an address and the key on it: s3://BUCKET/KEY, or an absolute path."""
    scheme, there, rest = source.partition("://")
    place, _, key = rest.partition("/") if there else source.rpartition("/")
    return SHELVES[scheme if there else ""](place), key


async def blobs_of(artifacts: Sequence[Artifact], digests: Digests) -> Mapping[str, Blob]:
    """By name, all at once; ConfigError or ShelfError says which is not what the spec says."""
    found = await asyncio.gather(*(_blob(artifact, digests) for artifact in artifacts))
    return {artifact.name: blob for artifact, blob in zip(artifacts, found, strict=True)}


async def _blob(artifact: Artifact, digests: Digests) -> Blob:
    shelf, key = shelf_of(artifact.source)
    name = key.rpartition("/")[2]
    if "://" in artifact.source:
        known = await told(shelf, key, artifact.sha256)
        return Blob(known.sha256, known.size, name, artifact.source)
    sha256, size = await asyncio.to_thread(digests.of, Path(artifact.source))
    if await shelf.size(manifest_key(key)) is not None:
        _same(artifact.source, sha256, (await told(shelf, key)).sha256, "the manifest beside it")
    _same(artifact.source, sha256, artifact.sha256 or sha256, "service.toml")
    return Blob(sha256, size, name, artifact.source)


def _same(source: str, found: str, said: str, who: str) -> None:
    if found != said:
        words = f"has the sha256 {found[:12]}… and {who} says {said[:12]}…; which one is meant?"
        raise ConfigError(words, file=source)
