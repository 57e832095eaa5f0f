"""The third tier: a year of hours, folded from the minutes, also from those of an agent that knew no hours."""

import errno
import gzip
import json
import math
import os
import shutil
from pathlib import Path

import pytest

from clawtui_agent.fold import hour
from clawtui_agent.history import History
from clawtui_agent.ringfolder import RingFolder
from clawtui_agent.top import BODY
from tests.agent.test_history import NAMES, ask, config, opened

HOUR = 1_700_000_000 - 1_700_000_000 % 3600
OLD = Path(__file__).parents[1] / "wire" / "v1" / "rings"
# what stands in those files: three columns for three hours and 25 minutes, in the last half of which one mount replaced another
OLD_NAMES = [("host", "cpu.busy"), ("service:bot", "latency.p95"), ("mount:/new", "mount.free")]
OLD_START, OLD_END = 1_699_999_200, 1_699_999_200 + 3 * 3600 + 1500
OLD_RINGS = {"second_slots": 120, "minute_slots": 300, "top_slots": 60}


def fill(history: History, first: int, last: int) -> None:
    for at in range(first, last):
        history.write(at, [float((at - HOUR) % 3600), None])


def of_before(folder: Path) -> Path:
    """Rings as the version before the hours wrote them."""
    folder.mkdir()
    shutil.copy(OLD / "rings.json", folder)
    for path in OLD.glob("*.gz"):
        (folder / path.name.removesuffix(".gz")).write_bytes(gzip.decompress(path.read_bytes()))
    return folder


def test_an_hour_is_the_least_mean_and_most_of_its_seconds(tmp_path: Path) -> None:
    history = opened(tmp_path, at=HOUR)
    fill(history, HOUR, HOUR + 7200 + 1)
    said = ask(history, HOUR, HOUR + 7199, tier="1h")[0]
    assert said["step"] == 3600
    assert said["low"][0] == [0.0, 0.0]
    assert said["mean"][0] == [1799.5, 1799.5]
    assert said["high"][0] == [3599.0, 3599.0]
    assert said["mean"][1] == [None, None]


def test_the_hour_that_runs_is_told_every_five_minutes(tmp_path: Path) -> None:
    history = opened(tmp_path, at=HOUR)
    fill(history, HOUR, HOUR + 299)
    assert ask(history, HOUR, HOUR, tier="1h")[0]["high"][0] == [None]
    fill(history, HOUR + 299, HOUR + 301)
    assert ask(history, HOUR, HOUR, tier="1h")[0]["high"][0] == [299.0]


def test_what_a_killed_agent_left_unfolded_is_caught_up_with(tmp_path: Path) -> None:
    killed = opened(tmp_path, at=HOUR)
    fill(killed, HOUR, HOUR + 3600 + 180)
    killed._folder.close()  # no last words: neither the minute nor the hour that ran is written
    again = opened(tmp_path, at=HOUR + 9000)
    for _ in again.catch_up(HOUR + 9000):
        pass
    said = ask(again, HOUR, HOUR + 3600, tier="1h")[0]
    assert said["high"][0] == [3599.0, 119.0]


def test_rings_of_the_version_before_get_their_hours_without_loss(tmp_path: Path) -> None:
    folder = of_before(tmp_path / "state")
    before = {name: (folder / name).read_bytes() for name in ("1s-0001.ring", "1m-0001.ring", "top-0001.ring")}
    history = History(config(folder, **OLD_RINGS), BODY)
    history.open(OLD_NAMES, OLD_END)
    for _ in history.catch_up(OLD_END):
        pass
    said = ask(history, OLD_START, OLD_END, tier="1h", names=OLD_NAMES)[0]
    assert said["low"][0] == [0.0, 0.0, pytest.approx(60 / 3600, abs=1e-6), 0.0]
    assert said["high"][1] == [0.25] * 4
    assert said["high"][2] == [None, 7199.0, 10799.0, float(OLD_END - OLD_START - 1)], (
        "the new mount from its own start on"
    )
    assert [tier["tier"] for tier in history.tiers(OLD_END)] == ["1s", "1m", "1h"]
    assert history.notes == []
    history.close()
    assert {name: (folder / name).read_bytes() for name in before} == before, "what was there is as it was"
    assert json.loads((folder / "rings.json").read_text())["segments"][:3] == [
        "1s-0001.ring",
        "1m-0001.ring",
        "1h-0001.ring",
    ]


def test_minutes_of_two_widths_get_hours_of_two_widths(tmp_path: Path) -> None:
    history = opened(tmp_path, at=HOUR, minute_slots=600)
    fill(history, HOUR, HOUR + 5400)
    many = [*NAMES, *(("host", f"x{number}") for number in range(70))]
    history.columns(many, HOUR + 5400)
    history.write(HOUR + 5400, [5000.0, 1.0, *[0.5] * 70])
    history.close()
    for path in tmp_path.glob("1h-*.ring"):
        path.unlink()
    again = opened(tmp_path, many, at=HOUR + 5500, minute_slots=600)
    for _ in again.catch_up(HOUR + 5500):
        pass
    said = ask(again, HOUR, HOUR + 3600, tier="1h", names=[NAMES[0], ("host", "x3")])[0]
    assert said["high"] == [[3599.0, 5000.0], [None, 0.5]]
    assert [segment.geometry.body_size for segment in again.of("1h")] == [768, 1536]


def test_an_agent_of_before_may_write_in_between(tmp_path: Path) -> None:
    history = opened(tmp_path, at=HOUR, minute_slots=600)
    fill(history, HOUR, HOUR + 3600)
    history.close()
    folder = RingFolder(config(tmp_path, minute_slots=600), BODY)
    folder.open()
    minutes, seconds = folder.now("1m"), folder.now("1s")
    assert minutes is not None
    assert seconds is not None
    for segment in (minutes, seconds):  # the version before knew two tiers and left the third as it was
        rows = [
            [0, *NAMES[0], HOUR, 0],
            [1, *NAMES[1], HOUR, HOUR + 3599],
            [1, "mount:/x", "mount.free", HOUR + 3600, 0],
        ]
        segment.write_meta({**segment.meta, "revision": 9, "map": rows})
    folder.close()
    now = [NAMES[0], ("mount:/x", "mount.free")]
    again = opened(tmp_path, now, at=HOUR + 4000, minute_slots=600)
    assert {len(segment.meta["map"]) for tier in ("1s", "1m", "1h") for segment in again.of(tier)} == {3}


def test_no_room_for_hours_costs_only_the_hours(tmp_path: Path) -> None:
    folder = of_before(tmp_path / "state")
    room = sum(path.stat().st_size for path in folder.glob("*.ring")) + 10_000
    history = History(config(folder, **OLD_RINGS, max_bytes=room), BODY)
    history.open(OLD_NAMES, OLD_END)
    assert any("no hours are kept" in note for note in history.notes)
    assert [tier["tier"] for tier in history.tiers(OLD_END)] == ["1s", "1m"]
    assert list(history.catch_up(OLD_END)) == []
    history.write(OLD_END, [1.0, 2.0, 3.0])


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A double of a disk that has room for one width of rings, and not for two for a moment."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("clawtui_agent.ringfolder.widen", full)


@pytest.mark.usefixtures("full_disk")
def test_seconds_go_before_the_hours_when_there_is_no_more_room(tmp_path: Path) -> None:
    room = 950_000
    history = opened(tmp_path, at=HOUR, max_bytes=room)
    fill(history, HOUR, HOUR + 3601)
    many = [*NAMES, *(("host", f"x{number}") for number in range(70))]
    history.columns(many, HOUR + 3700)
    assert sum(path.stat().st_size for path in tmp_path.glob("*.ring")) <= room
    assert [len(history.of(tier)) for tier in ("1s", "1m", "1h", "top")] == [1, 2, 2, 1]
    assert any("1s-0001.ring" in note for note in history.notes)
    assert ask(history, HOUR, HOUR, tier="1h")[0]["high"][0] == [3599.0]


@pytest.mark.usefixtures("full_disk")
def test_hours_are_cut_rather_than_dropped(tmp_path: Path) -> None:
    room = 740_000
    history = opened(tmp_path, at=HOUR, max_bytes=room)
    fill(history, HOUR, HOUR + 3 * 3600 + 1)
    many = [*NAMES, *(("host", f"x{number}") for number in range(70))]
    history.columns(many, HOUR + 4 * 3600)
    assert sum(path.stat().st_size for path in tmp_path.glob("*.ring")) <= room
    assert [len(history.of(tier)) for tier in ("1s", "1m", "1h")] == [1, 1, 2]
    assert any("cut to 1 days (1h-0001.ring)" in note for note in history.notes)
    assert ask(history, HOUR, HOUR + 7200, tier="1h")[0]["high"][0] == [3599.0] * 3
    history.close()
    again = opened(tmp_path, many, at=HOUR + 4 * 3600 + 5, max_bytes=room)
    assert ask(again, HOUR, HOUR + 7200, tier="1h")[0]["high"][0] == [3599.0] * 3
    assert again.notes == []


def test_a_slot_that_changed_hands_within_the_hour_is_only_the_newcomers() -> None:
    def row(value: float) -> tuple[float, ...]:
        return (value,) * 3

    minutes = [(HOUR + 60 * number, row(float(number))) for number in range(4)]
    assert hour(minutes, [HOUR + 120]) == [2.0, 2.5, 3.0]
    assert hour(minutes, [0]) == [0.0, 1.5, 3.0]
    assert all(math.isnan(value) for value in hour([(HOUR, (math.nan,) * 3)], [0]))


def test_a_ring_that_no_index_names_is_swept_and_one_that_cannot_be_read_is_kept(tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / "1h-0009.ring").write_bytes(b"left by an agent that was taken back")
    (tmp_path / "1s-0001.ring").write_bytes(b"rubbish" * 1000)
    opened(tmp_path).close()
    assert not (tmp_path / "1h-0009.ring").exists()
    assert (tmp_path / "1s-0001.ring").read_bytes() == b"rubbish" * 1000
    again = opened(tmp_path)
    assert any("set aside" in note for note in again.notes), "said again by every agent that starts"
    again.close()
    os.utime(tmp_path / "1s-0001.ring", (0, 0))
    assert any("for a month" in note for note in opened(tmp_path).notes)
    assert not (tmp_path / "1s-0001.ring").exists()


def test_rings_that_cannot_be_read_are_not_dropped_for_new_ones(tmp_path: Path) -> None:
    opened(tmp_path).close()
    for path in tmp_path.glob("*.ring"):
        path.write_bytes(path.read_bytes().replace(b"CLWR", b"CLWX"))
    before = {path.name: path.read_bytes() for path in tmp_path.glob("*.ring")}
    room = int(1.6 * sum(len(raw) for raw in before.values()))
    history = opened(tmp_path, max_bytes=room)
    assert any("beside those set aside" in note for note in history.notes)
    assert {name: (tmp_path / name).read_bytes() for name in before} == before
    assert sum(path.stat().st_size for path in tmp_path.glob("*.ring")) <= room
