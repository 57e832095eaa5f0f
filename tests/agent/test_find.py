"""Where a service's processes are: pid file, cgroup of either version, unit in whatever slice."""

import os
from pathlib import Path

import pytest

from clawtui_agent.collectors.services import ServiceTree
from clawtui_agent.config import Config, Service
from clawtui_agent.find import Found, find
from clawtui_agent.loop import Loop
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.reading import NO_PERMISSION, Now
from clawtui_agent.world import World


class Kernel:
    """Files as the kernel shows them, written by the test."""

    def __init__(self, folder: Path) -> None:
        self.proc, self.cgroups = folder / "proc", folder / "cgroup"
        self.events: list[tuple[str, str]] = []
        self.proc.mkdir()
        self.cgroups.mkdir()
        self.table = ProcessTable(str(self.proc))

    def cgroup(self, path: str, pids: list[int], **files: str) -> None:
        folder = self.cgroups / path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.procs").write_text("".join(f"{pid}\n" for pid in pids))
        for name, text in files.items():
            (folder / name.replace("_", ".")).write_text(text)

    def process(
        self, pid: int, parent: int = 1, ticks: int = 0, started: int = 100, threads: int = 1, reaped: int = 0
    ) -> None:
        folder = self.proc / str(pid)
        (folder / "fd").mkdir(parents=True, exist_ok=True)
        fields = ["0"] * 50
        fields[0], fields[1], fields[11], fields[13] = "S", str(parent), str(ticks), str(reaped)
        fields[17], fields[19], fields[21] = str(threads), str(started), "1000"
        self.table.close()
        (folder / "stat").write_text(f"{pid} (bot (1)) " + " ".join(fields))

    def gone(self, pid: int) -> None:
        self.table.close()
        (self.proc / str(pid) / "stat").unlink()

    def world(self, *services: Service) -> World:
        def tell(what: str, scope: str, words: str) -> None:
            self.events.append((what, words))

        config = Config(services=services)
        return World(
            config,
            self.table,
            Loop(),
            lambda: False,
            tell,
            {},
            {},
            str(self.proc),
            str(self.cgroups),
            projects=str(self.proc.parent / "compose"),
        )

    def watch(self, service: Service) -> ServiceTree:
        return ServiceTree(self.world(service), service)


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    return Kernel(tmp_path)


UNIT = Service("bot", unit="bot.service")


def test_a_unit_is_found_in_version_two(kernel: Kernel) -> None:
    kernel.cgroup("", [])
    kernel.cgroup("system.slice/bot.service", [10, 11], cpu_stat="usage_usec 2500000\nuser_usec 1\n")
    assert find(kernel.world(UNIT), UNIT) == Found([10, 11], 2.5)


def test_a_unit_is_found_in_version_one(kernel: Kernel) -> None:
    kernel.cgroup("systemd/system.slice/bot.service", [10])
    kernel.cgroup("cpuacct/system.slice/bot.service", [10], cpuacct_usage="1500000000\n")
    assert find(kernel.world(UNIT), UNIT) == Found([10], 1.5)


def test_a_unit_in_another_slice_and_its_children_are_found(kernel: Kernel) -> None:
    kernel.cgroup("", [])
    kernel.cgroup("user.slice/user-7.slice/user@7.service/app.slice/bot.service", [10])
    kernel.cgroup("user.slice/user-7.slice/user@7.service/app.slice/bot.service/worker", [12])
    assert find(kernel.world(UNIT), UNIT).roots == [10, 12]


def test_in_a_container_the_units_lie_below_its_own_cgroup(kernel: Kernel) -> None:
    kernel.cgroup("systemd/machine.slice/h1/system.slice/bot.service", [10])
    kernel.cgroup("systemd/machine.slice/h2/system.slice/bot.service", [99])
    (kernel.proc / "1").mkdir()
    (kernel.proc / "1" / "cgroup").write_text("5:cpu:/x\n1:name=systemd:/machine.slice/h1/init.scope\n0::/\n")
    assert find(kernel.world(UNIT), UNIT).roots == [10]


def test_a_unit_that_does_not_run_is_said(kernel: Kernel) -> None:
    kernel.cgroup("", [])
    assert find(kernel.world(UNIT), UNIT).missing == "unit bot.service is not running"


@pytest.mark.parametrize(("text", "words"), [(None, "no pid file"), ("", "holds no number"), ("x", "holds no number")])
def test_a_pid_file_that_tells_nothing_is_said(kernel: Kernel, tmp_path: Path, text: str | None, words: str) -> None:
    path = tmp_path / "bot.pid"
    if text is not None:
        path.write_text(text)
    service = Service("bot", pid_file=str(path))
    assert words in find(kernel.world(service), service).missing


def test_a_service_that_goes_down_and_comes_back_is_told_and_counted(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "bot.pid").write_text("10")
    kernel.process(10, started=100)
    tree = kernel.watch(Service("bot", pid_file=str(tmp_path / "bot.pid")))
    assert tree.read(Now(1, 1.0, 0.0))[0] == 1.0
    kernel.gone(10)
    down = tree.read(Now(2, 2.0, 0.0))
    assert down[0] == 0.0
    assert down[2] is None or isinstance(down[2], str), "memory of nothing is no number"
    kernel.process(10, started=900)
    up = tree.read(Now(3, 3.0, 0.0))
    assert (up[0], up[5]) == (1.0, 1.0)
    assert [what for what, _ in kernel.events] == ["service-down", "service-up"]


def test_children_that_ended_are_still_counted_in_the_cpu_of_the_tree(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "bot.pid").write_text("10")
    kernel.process(10)
    kernel.process(11, parent=10, ticks=50, started=101)
    tree = kernel.watch(Service("bot", pid_file=str(tmp_path / "bot.pid")))
    tree.read(Now(1, 1.0, 0.0))
    kernel.gone(11)
    kernel.process(10, reaped=150)  # the child used another second before it was waited for
    assert tree.read(Now(2, 2.0, 0.0))[1] == pytest.approx(100 / os.sysconf("SC_CLK_TCK"))


def test_a_child_that_lost_its_parent_stays_a_member(kernel: Kernel, tmp_path: Path) -> None:
    (tmp_path / "bot.pid").write_text("10")
    kernel.process(10)
    kernel.process(11, parent=10, threads=3)
    tree = kernel.watch(Service("bot", pid_file=str(tmp_path / "bot.pid")))
    assert tree.read(Now(1, 1.0, 0.0))[3] == 4.0
    kernel.gone(10)
    kernel.process(11, parent=1, threads=3)
    value = tree.read(Now(2, 2.0, 0.0))
    assert (value[0], value[3]) == (1.0, 3.0)


def test_files_that_may_not_be_counted_are_no_permission(
    kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bot.pid").write_text("10")
    kernel.process(10)

    def refuse(path: str) -> list[str]:
        if path.endswith("/fd"):
            raise PermissionError(13, "denied", path)
        return list(os.scandir(path)) and [entry.name for entry in os.scandir(path)]

    monkeypatch.setattr("os.listdir", refuse)
    tree = kernel.watch(Service("bot", pid_file=str(tmp_path / "bot.pid")))
    assert tree.read(Now(1, 1.0, 0.0))[4] == NO_PERMISSION
