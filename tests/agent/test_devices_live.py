"""A whole agent on a machine with a card: /sys/bus/pci is the test's in a mount namespace, the library is the fake."""

import json
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from clawtui_agent.cards import GONE
from tests.agent.cards import Machine, library
from tests.agent.running import Line, agent, command, config

pytestmark = pytest.mark.root
A = "0000:01:00.0"
# the driver's folder is a symlink from the card's, both below this mount
ENTER = ("unshare", "-m", "sh", "-c", 'mount --bind "$0" /sys/bus/pci && exec "$@"')


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    machine = Machine(tmp_path)
    machine.card(A)
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library(tmp_path / "lib")))
    monkeypatch.setenv("FAKE_NVML", str(machine.control))
    yield machine
    left = subprocess.run(["pgrep", "-f", "clawtui_agent/nvml.py"], capture_output=True, text=True).stdout.split()
    assert not [pid for pid in left if str(tmp_path).encode() in environ(pid)], "a child outlived its agent"


def environ(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def device(line: Line, columns: list[Any], name: str) -> Any:
    """The next sample's value, or why there is none."""
    sample = line.sample()
    place = [column[1] for column in columns].index(name)
    return columns[place][4] or sample[2 + place]


def test_once_says_what_the_card_says(machine: Machine) -> None:
    argv = [*ENTER, str(machine.sys / "bus/pci"), *command(), "once"]
    done = subprocess.run(argv, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr.decode()
    hello, sample = (json.loads(line) for line in done.stdout.splitlines())
    said = {c[1]: v for c, v in zip(hello["hello"]["columns"], sample[2:], strict=True) if c[0] == "device:gpu0"}
    assert (said["gpu.busy"], said["gpu.power"], said["gpu.memory_total"]) == (0.5, 312.5, pytest.approx(80 * 2**30))


def test_a_hanging_driver_costs_no_second_and_a_card_that_leaves_is_told(machine: Machine, tmp_path: Path) -> None:
    start = [*ENTER, str(machine.sys / "bus/pci"), *command()]
    machine.says("hang 1")
    with agent(config(tmp_path), start), Line(str(tmp_path / "run" / "agent.sock"), 20) as line:
        line.send(live={"every": 1})
        times = [line.sample()[1] for _ in range(4)]
        assert [b - a for a, b in pairwise(times)] == [1] * 3
        (machine.bus / A).rename(machine.sys / "away")
        assert line.until("event")["what"] == "device-lost"
        line.send(live={"every": 1})
        columns = line.until("hello")["columns"]
        assert device(line, columns, "gpu.busy") == GONE
