"""A day of seconds and a month of minutes in a fixed room."""

import errno
import json
import math
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clawtui_agent.config import Config, Rings
from clawtui_agent.history import History
from clawtui_agent.ranges import Wanted, answer
from clawtui_agent.ringfolder import NoRings
from clawtui_agent.top import BODY

START = 1_700_000_040  # a whole minute
NAMES = [("host", "cpu.busy"), ("service:bot", "latency.p95")]


def config(folder: Path, **rings: int) -> Config:
    few = {"second_slots": 600, "minute_slots": 120, "hour_slots": 48, "top_slots": 60}
    return Config(state=str(folder), rings=Rings(**{**few, **rings}))


def opened(folder: Path, names: list[tuple[str, str]] = NAMES, at: int = START, **rings: int) -> History:
    history = History(config(folder, **rings), BODY)
    history.open(names, at)
    return history


def ask(
    history: History, first: int, last: int, points: int = 0, tier: str = "1s", names: Any = None
) -> list[dict[str, Any]]:
    wanted = Wanted(1, tier, first, last, points, names or NAMES)
    lines = [line for line in answer(history, wanted) if line]
    assert all(len(line) <= 32_768 for line in lines)
    said = [json.loads(line)["range"] for line in lines]
    assert [line["more"] for line in said] == [True] * (len(said) - 1) + [False]
    return said


def means(history: History, first: int, last: int, column: int = 0, **more: Any) -> list[float | None]:
    return [value for line in ask(history, first, last, **more) for value in line["mean"][column]]


def test_seconds_come_back_with_their_gaps(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in (START, START + 1, START + 4):
        history.write(at, [float(at - START), None])
    assert means(history, START, START + 5) == [0.0, 1.0, None, None, 4.0, None]
    assert means(history, START, START + 5, column=1) == [None] * 6


def test_thinning_keeps_every_extreme(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in range(START, START + 300):
        history.write(at, [1000.0 if at == START + 123 else -5.0 if at == START + 222 else 1.0, 0.5])
    said = ask(history, START, START + 299, points=10)
    assert said[0]["step"] == 30
    assert max(said[0]["high"][0]) == 1000.0
    assert min(said[0]["low"][0]) == -5.0
    assert len(said[0]["mean"][0]) == 10


def test_a_long_answer_comes_in_chunks_that_join(tmp_path: Path) -> None:
    history = opened(tmp_path, second_slots=20_000)
    for at in range(START, START + 5000):
        history.write(at, [at - START + 0.123456, 1e-9])
    said = ask(history, START, START + 4999)
    assert len(said) > 3
    at = START
    for line in said:
        assert line["from"] == at
        at += len(line["mean"][0]) * line["step"]
    assert len([v for line in said for v in line["mean"][0]]) == 5000


def test_minutes_hold_least_mean_and_most(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in range(START, START + 120):
        history.write(at, [float(at - START), None])
    history.close()
    again = opened(tmp_path, at=START + 200)
    said = ask(again, START, START + 119, tier="1m")[0]
    assert said["low"][0] == [0.0, 60.0]
    assert said["mean"][0] == [29.5, 89.5]
    assert said["high"][0] == [59.0, 119.0]
    assert said["mean"][1] == [None, None]


def test_a_restart_goes_on_in_the_same_files(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.write(START, [1.0, 2.0])
    history.close()
    again = opened(tmp_path, at=START + 10)
    again.write(START + 10, [3.0, 4.0])
    assert means(again, START, START + 10)[::10] == [1.0, 3.0]
    assert len(list(tmp_path.glob("*.ring"))) == 4


def test_the_ring_wraps_and_keeps_the_newest(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in range(START, START + 700):
        history.write(at, [float(at - START), None])
    values = means(history, START, START + 699)
    assert values[99] is None
    assert values[100:] == [float(i) for i in range(100, 700)]


def test_a_column_that_goes_and_one_that_comes_share_a_slot_and_not_their_past(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.write(START, [1.0, 2.0])
    history.columns([NAMES[0], ("mount:/data", "mount.free")], START + 100)
    history.write(START + 100, [3.0, 4.0])
    names = [*NAMES, ("mount:/data", "mount.free")]
    for reader in (history, None):
        if reader is None:
            history.close()
            reader = opened(tmp_path, names[::2], START + 101)
        assert [v for v in means(reader, START, START + 100, 1, names=names) if v is not None] == [2.0]
        assert [v for v in means(reader, START, START + 100, 2, names=names) if v is not None] == [4.0]


def test_the_sixty_fifth_column_starts_a_wider_segment_and_keeps_the_old(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.write(START, [1.0, 2.0])
    many = [*NAMES, *(("mount:/" + str(i), "mount.free") for i in range(63))]
    history.columns(many, START + 50)
    history.write(START + 50, [float(i) for i in range(65)])
    assert [s.geometry.body_size for s in history.of("1s")] == [256, 512]
    assert means(history, START, START + 50)[::50] == [1.0, 0.0]
    assert history.notes == []
    index = json.loads((tmp_path / "rings.json").read_text())
    assert len(index["segments"]) == 7


MANY = [*NAMES, *(("host", f"x{number}") for number in range(98))]


@pytest.mark.parametrize("tier", ["1s", "1m", "1h"])
def test_where_two_widths_have_no_room_the_old_ones_history_goes_into_the_new(tmp_path: Path, tier: str) -> None:
    room, widened = 700_000, START + 7200 + 25
    rings = {"second_slots": 300, "minute_slots": 150, "hour_slots": 48}
    history = opened(tmp_path, max_bytes=room, **rings)
    kept = opened(tmp_path / "as it would be with room", **rings)
    for at in range(START, widened):
        for one in (history, kept):
            one.write(at, [float(at - START), float(at % 7)])
    for one in (history, kept):
        one.columns(MANY, widened)
    for at in range(widened, widened + 100):
        for one in (history, kept):
            one.write(at, [float(at - START), float(at % 7), *[0.5] * 98])
    assert sum(path.stat().st_size for path in tmp_path.glob("*.ring")) <= room
    assert len(list(tmp_path.glob("*.ring"))) == 4
    assert history.notes == []
    first = START if tier != "1s" else widened - 150
    for names in (NAMES, MANY[-1:]):
        for edge in ("low", "high") if tier != "1s" else ("mean",):
            grown, joined = (
                [line[edge][0] for line in ask(one, first, widened + 99, tier=tier, names=names)]
                for one in (history, kept)
            )
            assert grown == joined
    history.close()
    again = opened(tmp_path, MANY, at=widened + 200, max_bytes=room, **rings)
    assert means(again, widened - 100, widened + 99) == [
        float(at - START) for at in range(widened - 100, widened + 100)
    ]


def test_the_minute_in_which_a_ring_grows_is_whole(tmp_path: Path) -> None:
    history = opened(tmp_path, max_bytes=700_000)
    for at in range(START, START + 30):
        history.write(at, [1.0, 2.0])
    history.columns(MANY, START + 30)
    for at in range(START + 30, START + 61):
        history.write(at, [4.0, 2.0, *[0.5] * 98])
    said = ask(history, START, START, tier="1m", names=[NAMES[0], MANY[-1]])[0]
    assert (said["low"], said["mean"], said["high"]) == ([[1.0], [0.5]], [[2.5], [0.5]], [[4.0], [0.5]])


def test_a_full_disk_while_a_ring_grows_loses_the_oldest_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A double of the disk: one that is full for two widths and not for one cannot be had here."""
    history = opened(tmp_path, max_bytes=700_000)
    history.write(START, [1.0, 2.0])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("clawtui_agent.ringfolder.widen", full)
    history.columns(MANY, START + 50)
    history.write(START + 50, [1.0] * 100)
    assert any("history was not carried over" in note for note in history.notes)
    assert any("oldest segment dropped" in note for note in history.notes)
    assert means(history, START + 50, START + 50, names=MANY[:1]) == [1.0]


def test_too_many_columns_for_the_room_shorten_the_rings_and_say_so(tmp_path: Path) -> None:
    history = opened(tmp_path, [("host", str(i)) for i in range(200)], max_bytes=800_000)
    assert any("shortened" in note for note in history.notes)
    assert sum(p.stat().st_size for p in tmp_path.glob("*.ring")) <= 800_000


def test_no_room_at_all_is_said(tmp_path: Path) -> None:
    with pytest.raises(NoRings, match="too little"):
        opened(tmp_path, max_bytes=10_000)


def test_a_clock_set_back_overwrites_nothing_newer(tmp_path: Path) -> None:
    history = opened(tmp_path)
    for at in range(START, START + 100):
        history.write(at, [1.0, None])
    history.write(START + 50, [2.0, None])
    values = means(history, START, START + 99)
    assert values[50] == 2.0
    assert values[51:] == [1.0] * 49


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoRings, match="Not a directory"):
        opened(tmp_path / "file" / "state")


def test_two_agents_do_not_write_the_same_rings(tmp_path: Path) -> None:
    first = opened(tmp_path)
    with pytest.raises(NoRings, match="another agent"):
        opened(tmp_path)
    first.close()
    opened(tmp_path)


def test_a_damaged_segment_is_set_aside_and_said(tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / "1s-0001.ring").write_bytes(b"rubbish" * 1000)
    again = opened(tmp_path, at=START + 5)
    assert any("set aside" in note for note in again.notes)
    again.write(START + 5, [1.0, 2.0])
    assert means(again, START + 5, START + 5) == [1.0]


def test_a_damaged_index_is_made_anew(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.write(START, [1.0, 2.0])
    history.close()
    (tmp_path / "rings.json").write_text("{")
    again = opened(tmp_path, at=START + 5)
    assert means(again, START, START) == [1.0]


def test_what_is_no_number_for_the_ring_is_nothing(tmp_path: Path) -> None:
    history = opened(tmp_path)
    history.write(START, [1e300, math.nan])
    assert means(history, START, START) == [None]


def test_the_process_ring_tells_who_was_heaviest(tmp_path: Path) -> None:
    history = opened(tmp_path)
    body = struct.pack("<IfI12s20s", 42, 0.5, 1024, b"ops", b"trainer").ljust(BODY, b"\0")
    history.write_top(START + 7, body)
    found = history.read_top(START + 15)
    assert found is not None
    assert found[0] == START - START % 10
    assert found[1] == body
    assert history.read_top(START + 500) is None


@pytest.mark.root
def test_a_full_disk_costs_the_rings_and_not_the_agent(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(small)], check=True)
    try:
        history = History(config(small / "state"), BODY)
        with pytest.raises(NoRings, match="No space left"):
            history.open(NAMES, START)
        history.close()
        assert list((small / "state").glob("*.ring")) == [], "what was begun is taken away again"
    finally:
        subprocess.run(["umount", str(small)], check=True)
