"""One reader for many hosts, and memory that does not grow with a host that is slow."""

import asyncio
import os
from pathlib import Path

import pytest

from clawtui.deploy.pieces import KEPT, PIECE, Pieces

COUNT = 3 * KEPT


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model"
    path.write_bytes(os.urandom(COUNT * PIECE + 5))
    return path


class Reads:
    """Counts what is read from the disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count, self._pread = 0, os.pread
        monkeypatch.setattr(os, "pread", self.pread)

    def pread(self, handle: int, size: int, offset: int) -> bytes:
        self.count += 1
        return self._pread(handle, size, offset)


async def all_of(pieces: Pieces, offset: int = 0) -> bytes:
    return b"".join([data async for data in pieces.after(offset)])


async def test_eight_hosts_side_by_side_read_the_file_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content, reads = file.read_bytes(), Reads(monkeypatch)
    pieces = Pieces(file, len(content))
    assert all(got == content for got in await asyncio.gather(*(all_of(pieces) for _ in range(8))))
    assert reads.count == COUNT + 1


async def test_a_host_far_behind_gets_its_own_bytes_and_holds_none_of_the_others(file: Path) -> None:
    content = file.read_bytes()
    pieces = Pieces(file, len(content))
    slow = pieces.after(0)
    first = await anext(slow)
    assert await all_of(pieces) == content
    assert len(pieces._read) <= KEPT
    assert first + b"".join([data async for data in slow]) == content
    assert not pieces._read  # nobody reads: nothing is kept


@pytest.mark.parametrize("offset", [1, PIECE - 1, PIECE, 3 * PIECE + 7, COUNT * PIECE + 4, COUNT * PIECE + 5])
async def test_it_goes_on_from_any_byte_with_what_has_to_be_said_first(file: Path, offset: int) -> None:
    content, taken = file.read_bytes(), list[int]()
    stream = Pieces(file, len(content)).after(offset, b"password\n", taken.append)
    assert b"".join([data async for data in stream]) == b"password\n" + content[offset:]
    assert taken[-1:] == ([len(content)] if offset < len(content) else [])


async def test_a_file_that_has_become_shorter_ends_where_it_ends(file: Path) -> None:
    size = file.stat().st_size
    os.truncate(file, PIECE + 5)
    assert len(await all_of(Pieces(file, size))) == PIECE + 5
