"""The table of collectors, and the names that it may give."""

import re
import time
from pathlib import Path

import clawtui
from clawtui.metrics.names import METRICS
from clawtui_agent import VERSION
from clawtui_agent import collectors as room
from clawtui_agent.collectors import COLLECTORS
from clawtui_agent.config import Config, Service, Tree
from clawtui_agent.loop import Loop
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.reading import Column
from clawtui_agent.world import World
from tests.agent.cards import Machine

HOST = {
    *("cpu.busy", "cpu.iowait", "cpu.steal", "load.1m", "pressure.cpu", "pressure.memory", "pressure.io"),
    *("memory.available", "memory.total", "swap.used"),
    *("disk.used_ratio", "disk.inodes_ratio", "disk.read", "disk.write"),
    *("net.rx", "net.tx", "net.errors", "net.retransmits"),
    *("clock.synced", "agent.cpu", "agent.rss", "agent.lateness"),
}
MOUNT = {"mount.used_ratio", "mount.inodes_ratio", "mount.free"}
SERVICE = {
    *("up", "process.cpu", "process.memory", "process.threads", "process.files", "restarts"),
    *("requests.rate", "errors.rate", "errors.ratio", "latency.p50", "latency.p95", "latency.p99"),
    *(f"latency.le.{edge}" for edge in (50, 100, 250, 500, 1000, 2500, 5000, 10000, "inf")),
    *("e2e.p95", "tokens.rate", "inflight", "queue"),
}
DEVICE = {
    *("gpu.busy", "gpu.memory_used", "gpu.memory_total", "gpu.temperature", "gpu.power", "gpu.throttled", "gpu.errors"),
}
UNITS = {"ratio", "bytes", "s", "1/s", "bytes/s", "count", "bool", "cores"}


def columns(tree: Tree | None = None) -> list[Column]:
    service = Service("bot", pid_file="/nowhere", metrics="http://127.0.0.1:9/metrics")
    config = Config(tree=tree, services=(service,))
    world = World(config, ProcessTable(), Loop(), lambda: False, lambda *_: None, {}, {})
    return [column for make in COLLECTORS.values() for one in make(world) for column in one.columns]


def test_every_file_of_the_folder_stands_in_the_table() -> None:
    files = {path.stem for path in Path(room.__file__).parent.glob("*.py")} - {"__init__"}
    assert files == set(COLLECTORS)


def test_a_machine_has_exactly_the_agreed_names_each_once() -> None:
    found = columns()
    assert sorted(c.name for c in found if c.scope == "host") == sorted(HOST)
    assert sorted(c.name for c in found if c.scope == "service:bot") == sorted(SERVICE)
    assert {c.name for c in found if c.scope.startswith("mount:")} == MOUNT


def test_every_name_and_unit_is_the_one_that_the_operators_side_knows(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.card("0000:01:00.0")
    nvidia, _ = machine.collectors()
    assert {column.name for column in nvidia.columns} == DEVICE
    for column in (*columns(), *nvidia.columns):
        known = METRICS[column.name]
        assert (known.scope, known.unit) == (column.scope.partition(":")[0], column.unit)


def test_a_process_tree_has_the_same_host_names() -> None:
    assert sorted(c.name for c in columns(Tree(1, 1.0, 1)) if c.scope == "host") == sorted(HOST)


def test_no_name_is_the_beginning_of_another() -> None:
    names = [*HOST, *MOUNT, *SERVICE, *DEVICE]
    assert len(set(names)) == len(names)
    assert not [(a, b) for a in names for b in names if b.startswith(a + ".")]


def test_units_are_base_units() -> None:
    assert {column.unit for column in columns()} <= UNITS


def test_agent_and_operator_carry_the_same_version() -> None:
    assert clawtui.__version__ == VERSION


def test_the_agent_never_waits_for_dns() -> None:
    text = "".join(path.read_text() for path in Path(room.__file__).parents[1].rglob("*.py"))
    assert not re.search(r"getfqdn|getaddrinfo|gethostbyname|getpwuid", text)


def test_making_all_collectors_is_quick() -> None:
    began = time.process_time()
    columns()
    assert time.process_time() - began < 1.0
