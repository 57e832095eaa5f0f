"""psutil says the same of every column that it can say anything of."""

import math
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from clawtui_agent.agent import Agent
from clawtui_agent.config import Config, Service, Tree
from clawtui_agent.limit import Limit
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.reading import Now


class Look:
    """Two samples, a little apart, with psutil's word before and after each."""

    def __init__(self, config: Config, pause_s: float = 0.6) -> None:
        self.agent = Agent(config)
        self._sample(0)
        self.before = {"cpu": psutil.cpu_times(), "net": psutil.net_io_counters(pernic=True)}
        time.sleep(pause_s)
        self.values = self._sample(1)
        self.agent.close()

    def _sample(self, number: int) -> dict[tuple[str, str], float | None]:
        now = Now(1_000_000_000 + number, time.monotonic(), 0.0)
        row = self.agent.sampler.sample(now, everything=True)
        return {(c.scope, c.name): v for c, v in zip(self.agent.sampler.columns, row, strict=True)}

    def __getitem__(self, name: str) -> float:
        value = self.values["host", name]
        assert value is not None, name
        return value


@pytest.fixture(scope="module")
def look() -> Look:
    return Look(Config())


def test_memory_is_psutils(look: Look) -> None:
    bound = Limit("/proc", "/sys/fs/cgroup").bound(0.0)  # these tests may run in a container
    assert look["memory.total"] == min(psutil.virtual_memory().total, bound.total if bound else math.inf)
    assert look["memory.available"] == pytest.approx(psutil.virtual_memory().available, rel=0.1)


def test_swap_is_psutils(look: Look) -> None:
    assert look["swap.used"] == pytest.approx(psutil.swap_memory().used, rel=0.2, abs=50e6)


def test_busy_is_what_psutils_times_say(look: Look) -> None:
    before, after = look.before["cpu"], psutil.cpu_times()
    spans = [b - a for a, b in zip(before[:8], after[:8], strict=True)]
    busy = 1.0 - (spans[3] + spans[4]) / sum(spans)
    assert look["cpu.busy"] == pytest.approx(busy, abs=0.35)
    assert 0.0 <= look["cpu.iowait"] <= 1.0
    assert 0.0 <= look["cpu.steal"] <= 1.0


def test_load_is_psutils(look: Look) -> None:
    assert look["load.1m"] == pytest.approx(psutil.getloadavg()[0], abs=2.0)


def test_the_root_is_as_full_as_psutil_says(look: Look) -> None:
    usage = psutil.disk_usage("/")
    assert look.values["mount:/", "mount.used_ratio"] == pytest.approx(usage.percent / 100.0, abs=0.02)
    assert look.values["mount:/", "mount.free"] == pytest.approx(usage.free, rel=0.05)
    assert look["disk.used_ratio"] >= usage.percent / 100.0 - 0.02


def test_rates_of_disk_and_network_are_there_and_sane(look: Look) -> None:
    for name in ("disk.read", "disk.write", "net.rx", "net.tx", "net.errors", "net.retransmits"):
        assert look.values["host", name] is None or 0.0 <= look[name] < 1e12, name


def test_network_counts_what_psutil_counts(look: Look) -> None:
    nics = psutil.net_io_counters(pernic=True)
    real = [n for n in nics if Path(f"/sys/class/net/{n}/device").exists()] or [n for n in nics if n != "lo"]
    bound = sum(nics[n].bytes_recv - look.before["net"][n].bytes_recv for n in real if n in look.before["net"])
    assert look["net.rx"] <= (bound + 10_000_000) / 0.5


def test_its_own_memory_is_psutils(look: Look) -> None:
    assert look["agent.rss"] == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
    assert look["agent.cpu"] >= 0.0


def test_pressure_is_a_ratio_or_said_to_be_missing(look: Look) -> None:
    sampler = look.agent.sampler
    for column, missing in zip(sampler.columns, sampler.missing, strict=True):
        if column.name.startswith("pressure."):
            assert missing or 0.0 <= look[column.name] <= 1.0


def test_the_clock_is_synchronised_or_not(look: Look) -> None:
    assert look.values["host", "clock.synced"] in (0.0, 1.0, None)


def test_every_process_is_read_as_psutil_reads_it() -> None:
    table = ProcessTable()
    began = time.monotonic()
    stats = table.scan(0.0)
    table.close()
    checked = 0
    for pid, stat in stats.items():
        try:
            process = psutil.Process(pid)
            with process.oneshot():
                expected = process.name(), process.ppid(), process.memory_info().rss, process.num_threads()
                spent = sum(process.cpu_times()[:2])
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if stat.name.decode("utf-8", "replace") == expected[0][:15] and stat.parent == expected[1]:
            checked += 1
            assert abs(spent - stat.own) < 1.0 + time.monotonic() - began
    assert checked > len(stats) * 0.6
    own = stats[os.getpid()]
    assert own.memory == pytest.approx(psutil.Process().memory_info().rss, rel=0.2)
    assert own.threads == psutil.Process().num_threads()


@pytest.fixture(scope="module")
def busy_tree() -> Iterator[int]:
    """A process with a child that computes and holds 40 MB."""
    words = (
        "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(40_000_000)\\nwhile True: pass'])"
    )
    with subprocess.Popen([sys.executable, "-c", words]) as process:
        while sum(c.memory_info().rss for c in psutil.Process(process.pid).children(recursive=True)) < 40_000_000:
            time.sleep(0.02)  # its parent still holds a pipe of the fork until then
        yield process.pid
        for child in psutil.Process(process.pid).children(recursive=True):
            child.kill()
        process.kill()


def used(processes: list[psutil.Process]) -> float:
    """CPU seconds so far, psutil's word."""
    return float(sum(sum(process.cpu_times()[:2]) for process in processes))


def test_a_service_is_the_sum_of_its_tree(busy_tree: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    pid_file = tmp_path_factory.mktemp("pid") / "bot.pid"
    pid_file.write_text(str(busy_tree))
    before = used([psutil.Process(busy_tree), *psutil.Process(busy_tree).children(recursive=True)])
    look = Look(Config(services=(Service("bot", pid_file=str(pid_file)),)), pause_s=1.0)
    members = [psutil.Process(busy_tree), *psutil.Process(busy_tree).children(recursive=True)]
    value = {
        name: look.values["service:bot", name] for name in ("up", "process.cpu", "process.memory", "process.threads")
    }
    assert value["up"] == 1.0
    assert value["process.memory"] == pytest.approx(sum(m.memory_info().rss for m in members), rel=0.05)
    assert value["process.threads"] == sum(m.num_threads() for m in members)
    assert value["process.cpu"] is not None
    assert 0.0 < value["process.cpu"] <= used(members) - before + 0.1
    assert look.values["service:bot", "process.files"] == sum(m.num_fds() for m in members)
    assert look.values["service:bot", "restarts"] == 0.0


def test_a_process_tree_speaks_for_itself_only(busy_tree: int) -> None:
    tree = [psutil.Process(busy_tree), *psutil.Process(busy_tree).children(recursive=True)]
    before = used(tree)
    look = Look(Config(tree=Tree(busy_tree, 1.0, 200_000_000)), pause_s=1.0)
    resident = sum(process.memory_info().rss for process in tree)
    assert look["memory.total"] == 200_000_000
    assert look["memory.available"] == pytest.approx(200_000_000 - resident, rel=0.05)
    assert 0.0 < look["cpu.busy"] <= used(tree) - before + 0.1
    missing = {c.name: m for c, m in zip(look.agent.sampler.columns, look.agent.sampler.missing, strict=True)}
    assert missing["load.1m"] == missing["disk.read"] == missing["clock.synced"] == "belongs to the machine"
    assert look.values["host", "load.1m"] is None
