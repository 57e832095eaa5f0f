"""A running agent whose columns outgrow its rings: nothing of its history is lost, neither to its socket nor in its files."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from clawtui.metrics.ring import read_ring
from clawtui.metrics.sample import Key
from tests.agent.running import Line, agent, config
from tests.agent.test_ring_reader import Files

CPU = [["host", "cpu.busy"]]
RINGS = {"second_slots": 3600, "minute_slots": 600, "hour_slots": 48}
BESIDE, ALONE = 134_217_728, 7_400_000
# bytes: room for both widths, and for one


def services(pid_file: Path, count: int) -> list[dict[str, Any]]:
    return [{"name": f"s{number}", "pid_file": str(pid_file)} for number in range(count)]


def known(line: Line, first: float, last: float) -> dict[int, float]:
    """Time → value, as the agent tells it."""
    fields = {"id": 1, "tier": "1s", "from": first, "to": last, "points": 0, "columns": CPU}
    line.send(range=fields)
    found: dict[int, float] = {}
    while True:
        said = line.until("range")
        found |= {said["from"] + n: value for n, value in enumerate(said["mean"][0]) if value is not None}
        if not said["more"]:
            return found


def seconds(line: Line, count: int) -> None:
    for _ in range(count):
        line.sample()


@pytest.mark.parametrize("room", [BESIDE, ALONE], ids=["both widths fit", "only one fits"])
async def test_history_is_whole_after_the_columns_outgrew_the_rings(tmp_path: Path, room: int) -> None:
    pid_file = tmp_path / "pid"
    pid_file.write_text(str(os.getpid()))
    few, state = config(tmp_path, rings={**RINGS, "max_bytes": room}), tmp_path / "state"
    began = int(time.time())
    with agent(few) as process, Line(str(tmp_path / "run/agent.sock"), timeout_s=30) as line:
        line.send(live={"every": 1})
        seconds(line, 4)
        before = known(line, began, time.time())
        assert len(before) >= 3
        config(tmp_path, rings={**RINGS, "max_bytes": room}, services=services(pid_file, 8))
        line.send(reload={"id": 2})
        line.until("reloaded")
        hello = line.until("hello")
        while len(hello["columns"]) <= 64:
            hello = line.until("hello")
        seconds(line, 4)
        after = known(line, began, time.time())
        process.send_signal(signal.SIGKILL)  # no last words
        process.wait(30)
    assert before.items() <= after.items()
    assert len(after) >= len(before) + 3
    widths = {int(path.name[3:7]): path.stat().st_size for path in state.glob("1s-*.ring")}
    assert len(widths) == (2 if room == BESIDE else 1)
    assert sum(path.stat().st_size for path in state.glob("*.ring")) <= room
    assert not [note for note in hello["notes"] if "ring" in note], hello["notes"]
    read = await read_ring(Files(), str(state), [Key("host", "cpu.busy")], began, max(after), 0)
    told = {int(at): value for at, value in zip(read.times, read.mean[0], strict=True) if value is not None}
    assert {at: pytest.approx(value, rel=1e-6) for at, value in after.items()} == {at: told[at] for at in after}
    index = json.loads((state / "rings.json").read_text())
    assert sorted(index["segments"]) == sorted(path.name for path in state.glob("*.ring"))
