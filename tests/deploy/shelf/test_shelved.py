"""Nothing is believed that was not hashed: neither what a shelf took, nor what it gives, nor what lies here half."""

import asyncio
import os
from pathlib import Path

import pytest

from clawtui.deploy.fetched import fetch
from clawtui.deploy.shelf.local import LocalShelf
from clawtui.deploy.shelf.s3 import S3Shelf
from clawtui.deploy.shelf_port import Shelf
from clawtui.deploy.shelved import PIECE, Told, digested, manifest_key, put, told
from clawtui.errors import ShelfError

SMALL = 64 * 1024


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(os.urandom(10 * SMALL + 7))
    return path


async def test_an_object_with_its_manifest_comes_back_byte_by_byte(shelf: Shelf, model: Path, tmp_path: Path) -> None:
    sent = await put(shelf, "models/m", model, SMALL)
    assert await told(shelf, "models/m") == sent == digested(model, SMALL)
    moved: list[int] = []
    assert await fetch(shelf, "models/m", sent, tmp_path / "got", moved.append) == sent.size
    assert (tmp_path / "got").read_bytes() == model.read_bytes()
    assert (moved[0], moved[-1], len(moved)) == (0, sent.size, 12)
    assert await fetch(shelf, "models/m", sent, tmp_path / "got") == 0


async def test_a_fetch_that_was_cut_goes_on_with_what_is_right_here(shelf: Shelf, model: Path, tmp_path: Path) -> None:
    sent = await put(shelf, "cut", model, SMALL)
    for known in (sent, Told(sent.size, sent.sha256, SMALL)):  # with a manifest, and with the digest of the whole only
        to = tmp_path / f"got{len(known.pieces)}"
        half = asyncio.Event()
        cutting = asyncio.create_task(
            fetch(shelf, "cut", known, to, lambda here, half=half: half.set() if here > 5 * SMALL else None)  # type: ignore[misc]
        )
        async with asyncio.timeout(30):
            await half.wait()
        cutting.cancel()
        await asyncio.gather(cutting, return_exceptions=True)
        if cutting.cancelled():
            with to.with_name(f"{to.name}.part").open("r+b") as file:
                file.write(b"flipped")  # whatever happened meanwhile
            assert await fetch(shelf, "cut", known, to) <= sent.size - 4 * SMALL
        assert to.read_bytes() == model.read_bytes()
        assert {path.name for path in tmp_path.glob("got*.*")} == set()


async def test_a_byte_that_was_flipped_there_is_noticed(s3: S3Shelf, model: Path, tmp_path: Path) -> None:
    sent = await put(s3, "flipped", model, SMALL)
    content = bytearray(model.read_bytes())
    content[5 * SMALL] ^= 1
    await s3.write("flipped", bytes(content))
    with pytest.raises(ShelfError, match=r"s3://shelf/flipped: bytes 327,680–393,216 are not what its manifest says"):
        await fetch(s3, "flipped", sent, tmp_path / "got")
    with pytest.raises(ShelfError, match=r"flipped: what came has another sha256 than .*it was thrown away"):
        await fetch(s3, "flipped", Told(sent.size, sent.sha256), tmp_path / "whole")
    assert not list(tmp_path.glob("whole*"))
    assert not (tmp_path / "got").exists()


async def test_a_place_that_keeps_something_else_gets_no_manifest(model: Path, tmp_path: Path) -> None:
    class Forgetful(LocalShelf):
        """A double: no server here can be made to lose a byte by itself."""

        async def upload(self, key: str, source: Path) -> int:
            content = bytearray(source.read_bytes())
            content[-1] ^= 1
            await self.write(key, bytes(content))
            return len(content)

    shelf = Forgetful(str(tmp_path / "shelf"))
    with pytest.raises(ShelfError, match="what is there now is not what was sent; it got no manifest"):
        await put(shelf, "m", model, SMALL)
    assert await shelf.size(manifest_key("m")) is None


async def test_without_a_manifest_the_digest_must_be_told(shelf: Shelf, model: Path) -> None:
    await shelf.upload("bare", model)
    with pytest.raises(ShelfError, match=r"bare: has no bare.manifest.json beside it; give the artifact's sha256"):
        await told(shelf, "bare")
    assert await told(shelf, "bare", "ab" * 32) == Told(model.stat().st_size, "ab" * 32, PIECE)
    with pytest.raises(ShelfError, match="missing: there is no such object"):
        await told(shelf, "missing", "ab" * 32)


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (b"{", "is no manifest of ours"),
        (b'{"size": "12"}', "is no manifest of ours"),
        (b'{"version": 2, "size": 3, "sha256": ""}', "is of version 2, this clawtui knows 1; upgrade"),
        (b'{"size": 3, "sha256": "", "piece": 1, "pieces": ["a"]}', "contradicts itself"),
        (b'{"size": 3, "sha256": "", "piece": 0, "pieces": []}', "contradicts itself"),
        (b'{"size": 4, "sha256": "", "piece": 8, "pieces": ["a"]}', "its manifest says 4 bytes and it has 3"),
        (b'{"size": 3, "sha256": "ef", "piece": 8, "pieces": ["a"]}', "its manifest says sha256 ef.* and service.toml"),
    ],
)
async def test_a_manifest_that_cannot_be_right_is_refused(tmp_path: Path, manifest: bytes, words: str) -> None:
    shelf = LocalShelf(str(tmp_path))
    await shelf.write("m", b"abc")
    await shelf.write(manifest_key("m"), manifest)
    with pytest.raises(ShelfError, match=words):
        await told(shelf, "m", "cd" * 32)


async def test_no_room_is_said_before_a_byte_is_fetched(model: Path, tmp_path: Path) -> None:
    shelf = LocalShelf(str(tmp_path))
    huge = Told(1 << 60, "ab" * 32)
    with pytest.raises(
        ShelfError, match=r"got: no room, 1,152,921,504,606,846,976 bytes are to come and [\d,]+ are free"
    ):
        await fetch(shelf, "model.onnx", huge, tmp_path / "got")
