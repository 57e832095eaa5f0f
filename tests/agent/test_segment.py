"""A record is right or it is not there."""

import importlib.util
import struct
from pathlib import Path
from types import ModuleType

import pytest

from clawtui_agent.segment import HEAD, Damaged, Geometry, Segment

SMALL = Geometry("1s", 1, 100, 16, 4096)


def body(value: float) -> bytes:
    return struct.pack("<4f", *[value] * 4)


@pytest.fixture
def ring(tmp_path: Path) -> Segment:
    return Segment.create(str(tmp_path / "a.ring"), SMALL, {"created": 1})


def test_what_was_written_is_read(ring: Segment) -> None:
    ring.write(1000, body(1.5))
    assert ring.read(1000) == body(1.5)
    assert ring.read(1001) is None


def test_a_lap_later_the_old_record_is_gone_and_not_mistaken(ring: Segment) -> None:
    ring.write(1000, body(1.0))
    assert ring.read(1100) is None
    ring.write(1100, body(2.0))
    assert ring.read(1000) is None
    assert ring.read(1100) == body(2.0)


def test_a_gap_stays_a_gap(ring: Segment) -> None:
    ring.write(1000, body(1.0))
    ring.write(1005, body(2.0))
    found = [at for _, block in ring.records(998, 1007) for at, _ in block]
    assert found == [1000, 1005]


def test_records_are_read_across_the_end_of_the_file(ring: Segment) -> None:
    for at in range(1090, 1112):
        ring.write(at, body(float(at)))
    found = [(at, data) for _, block in ring.records(1090, 1111) for at, data in block]
    assert [at for at, _ in found] == list(range(1090, 1112))
    assert all(data == body(float(at)) for at, data in found)


@pytest.mark.parametrize("place", [0, 3, 4, 7, 8, 15, 23])
def test_one_wrong_byte_makes_a_record_unread(ring: Segment, place: int) -> None:
    ring.write(1000, body(1.0))
    at = SMALL.start + (1000 % 100) * SMALL.record + place
    path = Path(ring.path)
    raw = bytearray(path.read_bytes())
    raw[at] ^= 0x10
    path.write_bytes(raw)
    assert Segment.open(ring.path, write=False).read(1000) is None


def test_half_a_write_is_no_record(ring: Segment) -> None:
    ring.write(1000, body(1.0))
    path = Path(ring.path)
    raw = bytearray(path.read_bytes())
    at = SMALL.start + (1100 % 100) * SMALL.record
    raw[at : at + HEAD + 8] = bytes(HEAD) + body(9.0)[:8]
    path.write_bytes(raw)
    again = Segment.open(ring.path, write=False)
    assert again.read(1000) is None
    assert again.read(1100) is None


def test_all_room_is_taken_at_the_start(ring: Segment) -> None:
    stat = Path(ring.path).stat()
    assert stat.st_size == SMALL.size
    assert stat.st_blocks * 512 >= SMALL.size
    assert stat.st_mode & 0o777 == 0o640


@pytest.mark.parametrize("broken", [0, 1])
def test_one_broken_header_is_no_loss(ring: Segment, broken: int) -> None:
    ring.write_meta({"created": 2})
    ring.write_meta({"created": 3})
    path = Path(ring.path)
    raw = bytearray(path.read_bytes())
    raw[broken * 4096 + 40] ^= 0xFF
    path.write_bytes(raw)
    assert Segment.open(ring.path, write=False).meta["created"] in (2, 3)


def test_two_broken_headers_are_said(ring: Segment) -> None:
    raw = bytearray(Path(ring.path).read_bytes())
    raw[40] ^= 0xFF
    raw[4096 + 40] ^= 0xFF
    Path(ring.path).write_bytes(raw)
    with pytest.raises(Damaged, match="no whole header"):
        Segment.open(ring.path, write=False)


def test_a_file_that_was_cut_is_damaged(ring: Segment) -> None:
    Path(ring.path).write_bytes(Path(ring.path).read_bytes()[:-1])
    with pytest.raises(Damaged, match="shorter"):
        Segment.open(ring.path, write=True)


def bench(name: str) -> ModuleType:
    """A script of tests/bench, for its functions."""
    path = Path(__file__).parents[1] / "bench" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_killing_the_writer_never_leaves_a_wrong_record() -> None:
    seen = bench("ring_kill").kill_many(8)
    assert seen["wrong"] == 0
    assert seen["right"] > 100
