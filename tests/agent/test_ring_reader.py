"""The operator's side reads the files of a dead agent and finds what the agent would have said."""

import asyncio
from pathlib import Path

import pytest

from clawtui.errors import FileFailed
from clawtui.fleet.host import Host
from clawtui.fleet.link import Channel, Reply
from clawtui.metrics.ring import read_ring
from clawtui.metrics.sample import Key
from tests.agent.test_history import NAMES, START, means, opened
from tests.agent.test_hours import HOUR

BUSY, LATENCY = Key("host", "cpu.busy"), Key("service:bot", "latency.p95")


class Files:
    """A link that only has files: those of this machine."""

    host = Host("gpu-07")

    async def get(self, path: str, *, offset: int = 0, size: int = -1, timeout_s: float) -> bytes:
        try:
            with Path(path).open("rb") as file:
                file.seek(offset)
                return file.read(size)
        except OSError as error:
            raise FileFailed("gpu-07", f"{path}: {error.strerror}") from error

    async def run(self, command: str, *, stdin: bytes = b"", timeout_s: float) -> Reply:
        raise NotImplementedError

    async def open(self, command: str) -> Channel:
        raise NotImplementedError

    async def open_socket(self, path: str) -> Channel:
        raise NotImplementedError

    async def put(self, content: bytes, path: str, *, mode: int = 0o600, timeout_s: float) -> None:
        raise NotImplementedError

    async def close(self) -> None: ...


async def test_seconds_are_what_the_agent_wrote(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in range(START, START + 700):
        if at != START + 650:
            history.write(at, [float(at - START), 0.5 if at % 2 else None])
    found = await read_ring(Files(), str(tmp_path), [BUSY, LATENCY], START + 600, START + 699, 0)
    assert found.tier == "1s"
    assert found.step_s == 1.0
    assert list(found.mean[0]) == means(history, START + 600, START + 699)
    assert list(found.mean[1]) == means(history, START + 600, START + 699, column=1)
    assert found.times[0] == START + 600
    assert found.low == found.mean == found.high
    assert "dead" in found.note


async def test_thinning_keeps_every_extreme(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in range(START, START + 300):
        history.write(at, [99.0 if at == START + 7 else 1.0, None])
    found = await read_ring(Files(), str(tmp_path), [BUSY], START, START + 299, 10)
    assert found.step_s == 30.0
    assert found.high[0][0] == 99.0
    assert found.low[0][0] == 1.0


async def test_what_reaches_further_back_than_the_seconds_comes_from_the_minutes(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in range(START, START + 1800):
        history.write(at, [float(at), None])
    history.close()
    found = await read_ring(Files(), str(tmp_path), [BUSY], START, START + 1799, 0)
    assert found.tier == "1m"
    assert len(found.times) == 30
    assert all(
        low is not None and high is not None and low <= high
        for low, high in zip(found.low[0], found.high[0], strict=True)
    )


async def test_weeks_come_from_the_hours_in_sensible_steps(tmp_path: Path) -> None:
    history = opened(tmp_path, at=HOUR)
    for at in range(HOUR, HOUR + 5 * 3600, 10):
        history.write(at, [7.0 if at == HOUR + 4000 else float(at // 3600 % 5), None])
    history.close()
    end = HOUR + 5 * 3600 - 1
    found = await read_ring(Files(), str(tmp_path), [BUSY], end - 14 * 86_400, end, 300)
    assert (found.tier, found.step_s) == ("1h", 7200.0)
    assert len(found.times) <= 300
    assert max(value for value in found.high[0] if value is not None) == 7.0
    every = await read_ring(Files(), str(tmp_path), [BUSY], HOUR, end, 0)
    said = means(opened(tmp_path, at=end), HOUR, end, tier="1h")
    assert list(every.mean[0]) == [pytest.approx(value, rel=1e-6) for value in said]
    assert len(said) == 5


async def test_a_year_of_a_host_known_for_some_seconds_is_those_seconds(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in range(START, START + 20):
        history.write(at, [float(at - START), None])
    found = await read_ring(Files(), str(tmp_path), [BUSY], START - 400 * 86_400, START + 20, 300)
    assert (found.tier, len(found.times)) == ("1s", 300)
    assert [high for high in found.high[0] if high is not None] == [19.0]


async def test_a_record_that_two_columns_shared_is_the_newer_ones(tmp_path: Path) -> None:
    history = opened(tmp_path, at=HOUR)
    names = [*NAMES, *(("host", f"x{number}") for number in range(62))]
    history.columns(names, HOUR)
    moved = HOUR + 600
    for at in range(HOUR, HOUR + 7200, 10):
        if at == moved:  # every slot is taken: the newcomer gets the one that was left
            names = [NAMES[0], ("mount:/x", "mount.free"), *names[2:]]
            history.columns(names, at)
        history.write(at, [1.0, 2.0 if at < moved else 3.0, *[0.0] * 62])
    history.close()
    again = opened(tmp_path, names, at=HOUR + 7200)
    keys = [LATENCY, Key("mount:/x", "mount.free")]
    for points, tier in ((1, "1h"), (100, "1m")):
        found = await read_ring(Files(), str(tmp_path), keys, HOUR, HOUR + 7199, points)
        assert found.tier == tier
        theirs = [
            means(again, HOUR, HOUR + 7199, tier=tier, points=points, names=[(key.scope, key.name)])[:100]
            for key in keys
        ]
        assert [list(side) for side in found.mean] == theirs
        assert set(theirs[0]) - {None} == ({2.0} if tier == "1m" else set())
        assert set(theirs[1]) - {None} == {3.0}


async def test_wider_segments_are_joined_to_older_ones(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.write(START, [1.0, 2.0])
    history.columns([*NAMES, *(("host", str(i)) for i in range(70))], START + 20)
    history.write(START + 20, [3.0, 4.0, *[0.0] * 70])
    found = await read_ring(Files(), str(tmp_path), [LATENCY, Key("host", "9")], START, START + 20, 0)
    assert (found.mean[0][0], found.mean[0][20]) == (2.0, 4.0)
    assert (found.mean[1][0], found.mean[1][20]) == (None, 0.0)


async def test_a_torn_record_reads_as_nothing(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in range(START, START + 10):
        history.write(at, [1.0, None])
    path = tmp_path / "1s-0001.ring"
    raw = bytearray(path.read_bytes())
    geometry = history.of("1s")[0].geometry
    raw[geometry.start + (START + 5) % geometry.slots * geometry.record + 20] ^= 1
    path.write_bytes(raw)
    found = await read_ring(Files(), str(tmp_path), [BUSY], START, START + 9, 0)
    assert [i for i, value in enumerate(found.mean[0]) if value is None] == [5]


async def test_no_rings_is_a_sentence_with_the_host(tmp_path: Path) -> None:
    with pytest.raises(FileFailed, match="gpu-07"):
        await read_ring(Files(), str(tmp_path), [BUSY], START, START + 9, 0)
    (tmp_path / "rings.json").write_text('{"segments": ["../../etc/passwd", "gone.ring"]}')
    with pytest.raises(FileFailed, match="no whole ring"):
        await read_ring(Files(), str(tmp_path), [BUSY], START, START + 9, 0)


async def test_damaged_headers_are_passed_over(tmp_path: Path) -> None:
    opened(tmp_path).close()
    for path in tmp_path.glob("1?-0001.ring"):
        path.write_bytes(b"CLWR" * 5000)
    with pytest.raises(FileFailed, match="no whole ring"):
        await asyncio.wait_for(read_ring(Files(), str(tmp_path), [BUSY], START, START + 9, 0), 5)
