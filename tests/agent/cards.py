"""A machine with graphics cards for the tests: its /sys is made here, its NVIDIA driver is `fake_nvml.c`. No card is real."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from clawtui_agent.collectors.devices import Devices, collectors
from clawtui_agent.config import Config
from clawtui_agent.loop import Loop
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.reading import Now, Value
from clawtui_agent.world import World

SOURCE = Path(__file__).with_name("fake_nvml.c")


def library(folder: Path, *flags: str) -> Path:
    """The fake, compiled; the folder that it lies in."""
    folder.mkdir()
    target = folder / "libnvidia-ml.so.1"
    if shutil.which("gcc") is None:
        pytest.skip("gcc, which makes the fake library, is not installed here")
    argv = ["gcc", "-Wall", "-Werror", "-shared", "-fPIC", *flags, "-o", target, SOURCE]
    subprocess.run(argv, check=True, timeout=60)
    return folder


class Machine:
    """Cards on a bus, and what their drivers say."""

    def __init__(self, folder: Path) -> None:
        self.sys = folder / "sys"
        self.bus = self.sys / "bus/pci/devices"
        self.bus.mkdir(parents=True)
        self.control = folder / "nvml"
        self.control.write_text("")
        self.events: list[tuple[str, str, str]] = []
        self.loop = Loop()

    def card(self, address: str, driver: str = "nvidia", *, kind: str = "0x030200", **files: str) -> Path:
        """A card, awake and kept so unless `runtime_status` and `control` say otherwise."""
        path = self.bus / address
        (path / "power").mkdir(parents=True)
        (path / "class").write_text(kind + "\n")
        (path / "power/runtime_status").write_text(files.pop("runtime_status", "active") + "\n")
        (path / "power/control").write_text(files.pop("control", "on") + "\n")
        if driver:
            (self.sys / "bus/pci/drivers" / driver).mkdir(parents=True, exist_ok=True)
            (path / "driver").symlink_to(f"../../drivers/{driver}")
        for name, text in files.items():
            (path / name).write_text(text + "\n")
        return path

    def says(self, words: str) -> None:
        """What the fake library answers from now on; the file is never half written."""
        new = self.control.with_suffix(".new")
        new.write_text(words.replace(", ", "\n") + "\n")
        new.rename(self.control)

    def attached(self) -> list[str]:
        """Addresses that the library was asked for."""
        path = Path(f"{self.control}.log")
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.partition(" ")[2] for line in lines if line.startswith("attach ")]

    def collectors(self) -> list[Devices]:
        def tell(what: str, scope: str, words: str) -> None:
            self.events.append((what, scope, words))

        return collectors(
            World(Config(), ProcessTable(), self.loop, lambda: False, tell, {}, {}, "/proc", "/none", str(self.sys))
        )


class Look:
    """Reads one driver's cards at times of the test's choosing; answers are waited for, hours are not."""

    def __init__(self, machine: Machine, driver: int = 0) -> None:
        self.machine = machine
        both = machine.collectors()
        self.devices = both[driver]
        self.clock = 0.0

    def after(self, seconds: float, *, answer: bool = True) -> dict[str, dict[str, Value]]:
        """So much later: a question, its answer unless none will come, and what stands in the sample after it."""
        self.clock += seconds
        self._read()
        until = time.monotonic() + 10
        while answer and self.devices._asked is not None and self.devices._child.running:
            assert time.monotonic() < until, "the child did not answer"
            self.machine.loop.turn(0.2)
        return self._read()

    def _read(self) -> dict[str, dict[str, Value]]:
        values = self.devices.read(Now(int(self.clock), self.clock, 0.0))
        found: dict[str, dict[str, Value]] = {}
        for column, value in zip(self.devices.columns, values, strict=True):
            found.setdefault(column.scope.partition(":")[2], {})[column.name.partition(".")[2]] = value
        return found

    @property
    def child(self) -> int:
        """Process id of the child, 0 when there is none."""
        return self.devices._child._pid

    def died(self) -> None:
        """Wait until the child, if it is there still, has ended; it is left for its agent to reap."""
        if self.child:
            os.waitid(os.P_PID, self.child, os.WEXITED | os.WNOWAIT)
