"""A container as a host: its memory is its cgroup's limit. Trees written as both kernels' show them, and the real ones here."""

import json
import os
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from clawtui_agent.collectors.memory import Memory
from clawtui_agent.collectors.services import ServiceTree
from clawtui_agent.config import Config, Service
from clawtui_agent.find import find
from clawtui_agent.limit import Bound, Limit
from clawtui_agent.loop import Loop
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.reading import Now
from clawtui_agent.world import World
from tests.agent.running import command

MIB = 2**20
NO_LIMIT = str(2**63 - 4096)
V1_STAT = "cache 9\ninactive_file 1\nhierarchical_memory_limit 1\ntotal_cache 9\ntotal_inactive_file {}\n"
V2_STAT = "anon 7\nfile 9\nactive_file 3\ninactive_file {}\n"


class Recorded:
    """/proc/1/cgroup and the cgroup tree of a host, as they were written down."""

    def __init__(self, folder: Path) -> None:
        self.proc, self.cgroups = folder / "proc", folder / "cgroup"
        (self.proc / "1").mkdir(parents=True)
        self.cgroups.mkdir()

    def first_process(self, lines: str) -> None:
        (self.proc / "1/cgroup").write_text(lines + "\n")

    def v1(self, path: str, limit: str, used: int = 0, inactive: int = 0) -> None:
        files = {"limit_in_bytes": limit, "usage_in_bytes": str(used), "stat": V1_STAT.format(inactive)}
        self._put(f"memory/{path}", files)

    def v2(self, path: str, limit: str, used: int = 0, inactive: int = 0) -> None:
        self._put(path, {"max": limit, "current": str(used), "stat": V2_STAT.format(inactive)})

    def _put(self, path: str, files: dict[str, str]) -> None:
        (self.cgroups / path).mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (self.cgroups / path / f"memory.{name}").write_text(text + "\n")

    def bound(self, clock: float = 0.0) -> Bound | None:
        return Limit(str(self.proc), str(self.cgroups)).bound(clock)


@pytest.fixture
def host(tmp_path: Path) -> Recorded:
    return Recorded(tmp_path)


def test_a_machine_of_version_two_has_no_limit_at_its_root(host: Recorded) -> None:
    host.first_process("0::/init.scope")
    (host.cgroups / "init.scope").mkdir()
    assert host.bound() is None


def test_a_machine_of_version_one_has_a_limit_beyond_all_memory(host: Recorded) -> None:
    host.first_process("9:name=systemd:/\n4:memory:/\n0::/")
    host.v1("", NO_LIMIT, 900 * MIB)
    assert host.bound() is None


def test_a_container_of_version_two_sees_its_own_cgroup_as_the_root(host: Recorded) -> None:
    host.first_process("0::/")
    host.v2("", str(512 * MIB), 300 * MIB, 100 * MIB)
    assert host.bound() == Bound(512.0 * MIB, 312.0 * MIB)


def test_a_docker_container_of_version_one_is_named_by_a_path_that_it_does_not_see(host: Recorded) -> None:
    host.first_process("5:cpu,cpuacct:/docker/0123\n4:memory:/docker/0123\n0::/docker/0123")
    host.v1("", str(256 * MIB), 200 * MIB, 50 * MIB)
    assert host.bound() == Bound(256.0 * MIB, 106.0 * MIB)


def test_a_container_without_a_namespace_finds_its_place_and_the_tightest_above_it(host: Recorded) -> None:
    host.first_process("0::/kubepods.slice/pod7.slice/cri-containerd-9.scope/init.scope")
    host.v2("kubepods.slice/pod7.slice/cri-containerd-9.scope", "max", 100 * MIB)
    host.v2("kubepods.slice/pod7.slice", str(400 * MIB), 390 * MIB)
    host.v2("kubepods.slice", str(8000 * MIB), 7999 * MIB)
    assert host.bound() == Bound(400.0 * MIB, 1.0 * MIB)


def test_a_cgroup_outside_of_what_is_mounted_is_not_guessed(host: Recorded) -> None:
    host.first_process("0::/../../system.slice")
    host.v2("system.slice", str(MIB))
    assert host.bound() is None


def test_a_limit_that_is_changed_is_noticed_and_more_than_it_is_nothing_left(host: Recorded) -> None:
    host.first_process("0::/")
    host.v2("", "max", 300 * MIB)
    limit = Limit(str(host.proc), str(host.cgroups))
    assert limit.bound(0.0) is None
    host.v2("", str(200 * MIB), 300 * MIB)
    assert limit.bound(5.0) is None
    assert limit.bound(10.0) == Bound(200.0 * MIB, 0.0)


def test_a_tree_without_numbers_is_no_limit(host: Recorded) -> None:
    host.v2("", "a lot")
    assert host.bound() is None
    host.v2("", str(MIB))
    (host.cgroups / "memory.stat").unlink()
    (host.cgroups / "memory.current").write_text("")
    assert host.bound() == Bound(float(MIB), float(MIB))


def world(proc: str, cgroups: str) -> World:
    return World(Config(), ProcessTable(), Loop(), lambda: False, lambda *_: None, {}, {}, proc, cgroups)


def test_memory_of_a_host_is_the_limit_where_that_is_less(host: Recorded) -> None:
    host.first_process("0::/")
    host.v2("", str(64 * MIB), 24 * MIB)
    memory = Memory(world(str(host.proc), str(host.cgroups)))
    assert memory.read(Now(1, 1.0, 0.0)) == [40.0 * MIB, 64.0 * MIB]
    host.v2("", str(2**50))
    assert memory.read(Now(20, 20.0, 0.0))[1] == psutil.virtual_memory().total


# ------------------------------------------------------------ the real cgroups of this machine

TOP = Path("/sys/fs/cgroup")


def v1() -> bool:
    return (TOP / "memory/cgroup.procs").exists()


@pytest.fixture
def real() -> Iterator[dict[str, Path]]:
    """A cgroup of our own in the trees that matter; removed when nobody is in it any more."""
    name = f"clawtui-limit-{os.getpid()}"
    trees = ("memory", "pids", "cpuacct", "systemd") if v1() else ("",)
    folders = {tree: TOP / tree / name for tree in trees if (TOP / tree).is_dir()}
    for folder in folders.values():
        folder.mkdir()
    yield folders
    for folder in folders.values():
        folder.rmdir()


@pytest.mark.root
def test_in_a_real_cgroup_and_its_namespace_the_limit_is_the_hosts_memory(real: dict[str, Path]) -> None:
    memory = real["memory" if v1() else ""]
    limit = "memory.limit_in_bytes" if v1() else "memory.max"
    if not (memory / limit).exists():
        (TOP / "cgroup.subtree_control").write_text("+memory")
    (memory / limit).write_text(str(96 * MIB))
    root = TOP / "memory" if v1() else TOP  # a container sees its own cgroup there
    inside = f"mount --bind {memory} {root} && exec {shlex.join([*command(), 'once'])}"
    script = f"echo $$ >{memory}/cgroup.procs && exec unshare -C -m -p -f --mount-proc sh -c {shlex.quote(inside)}"
    done = subprocess.run(["sh", "-c", script], capture_output=True, timeout=30)
    assert done.returncode == 0, done.stderr.decode()
    hello, sample = (json.loads(line) for line in done.stdout.splitlines())
    said = {column[1]: value for column, value in zip(hello["hello"]["columns"], sample[2:], strict=True)}
    assert said["memory.total"] == pytest.approx(96 * MIB)
    assert 0 < said["memory.available"] < 96 * MIB


@pytest.mark.root
def test_a_service_is_found_by_its_real_cgroup_with_all_that_it_used(real: dict[str, Path]) -> None:
    joins = " && ".join(f"echo $$ >{folder}/cgroup.procs" for folder in real.values())
    work = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; echo done; read wait"
    script = f"{joins} && sh -c {shlex.quote(work)}; :"
    with subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        service = Service("bot", cgroup=next(iter(real.values())).name)
        here = world("/proc", str(TOP))
        found = find(here, service)
        child = psutil.Process(process.pid).children()[0].pid
        assert sorted(found.roots) == sorted([process.pid, child])
        assert found.spent is not None
        assert found.spent > 0.01
        tree = ServiceTree(here, service)
        values = tree.read(Now(1, 1.0, 0.0))
        assert (values[0], values[3]) == (1.0, 2.0)
        here.table.close()
        process.communicate(b"\n")
    for folder in real.values():
        while (folder / "cgroup.procs").read_text():
            pass
