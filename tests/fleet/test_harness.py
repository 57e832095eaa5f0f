"""The harness does to hosts what its words say, and leaves nothing."""

import contextlib
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fleet import cgroup, network
from tests.fleet.order import BASTION, Order
from tests.fleet.testbed import Testbed, running

pytestmark = pytest.mark.root


def ssh(bed: Testbed, host: str, *command: str, wait_s: int = 3) -> subprocess.CompletedProcess[str]:
    options = ["-F", str(bed.ssh_config), "-o", f"ConnectTimeout={wait_s}"]
    return subprocess.run(["ssh", *options, host, *command], capture_output=True, text=True, timeout=30)


def left_of(bed: Testbed) -> list[str]:
    """Whatever of a testbed can still be found on the machine."""
    mounts = [line for line in Path("/proc/mounts").read_text().splitlines() if str(bed.folder) in line]
    links = [str(p) for p in Path("/sys/class/net").glob(f"{bed.slot.prefix}*")]
    groups = [str(tree / bed.slot.prefix) for tree in cgroup.trees(own=True) if (tree / bed.slot.prefix).exists()]
    return [*mounts, *links, *groups, *network.names(bed.slot), *map(str, cgroup.pids(bed.slot.prefix))]


def test_every_plain_host_answers_with_its_own_name(plain: Testbed) -> None:
    assert [ssh(plain, m.name, "hostname").stdout.strip() for m in plain.hosts[:3]] == ["h000", "h001", "h002"]


def test_a_host_behind_the_bastion_is_reached_through_it_and_only_through_it(plain: Testbed) -> None:
    inner = plain.hosts[-1]
    assert ssh(plain, inner.name, "hostname").stdout.strip() == inner.name
    assert ssh(plain, inner.name, "-o", "ProxyJump=none", "true").returncode == 255
    plain.cut(BASTION)
    assert ssh(plain, inner.name, "true").returncode == 255


def test_a_cut_host_comes_back_when_it_is_healed(plain: Testbed) -> None:
    plain.cut("h004")
    assert ssh(plain, "h004", "true", wait_s=1).returncode == 255
    plain.heal("h004")
    assert ssh(plain, "h004", "true").returncode == 0


def test_a_frozen_sshd_accepts_and_never_greets(plain: Testbed) -> None:
    plain.freeze("h005")
    refused = ssh(plain, "h005", "true", wait_s=1)
    assert "banner exchange" in refused.stderr
    plain.thaw("h005")
    assert ssh(plain, "h005", "true").returncode == 0


def test_a_silent_host_answers_nothing_while_its_link_stays_up(plain: Testbed) -> None:
    plain.silence("h006")
    assert "timed out" in ssh(plain, "h006", "true", wait_s=1).stderr
    plain.heal("h006")
    assert ssh(plain, "h006", "true").returncode == 0


def echoes(address: str, count: int) -> int:
    """How many of so many ICMP echo requests come back."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        raw.settimeout(0.5)
        raw.connect((address, 0))
        for number in range(count):
            raw.send(struct.pack("!BBHHH", 8, 0, 0xF7FE - number, 1, number))
        back = 0
        with contextlib.suppress(TimeoutError):
            while back < count:
                raw.recv(100)
                back += 1
        return back


def test_a_lossy_link_loses_about_what_was_asked_for(plain: Testbed) -> None:
    address = plain.host("h007").address
    assert echoes(address, 200) == 200
    plain.loss("h007", 30)
    assert 60 < echoes(address, 200) < 140  # each way: 98 of 200 stay


def test_root_at_a_plain_host_has_a_home_of_its_own(plain: Testbed) -> None:
    ssh(plain, "h008", "touch ~/mine")
    assert ssh(plain, "h009", "ls ~").stdout == ""
    assert not Path("/root/mine").exists()


def test_a_systemd_host_is_running_and_has_its_own_memory_and_cores(systemd: Testbed) -> None:
    assert ssh(systemd, "h000", "systemctl is-system-running --wait").stdout.strip() == "running"
    assert ssh(systemd, "h000", "awk '/MemTotal/{print int($2/1024)}' /proc/meminfo").stdout.strip() == "800"


def test_a_busy_loop_shows_on_its_own_host_only(systemd: Testbed) -> None:
    """Without lxcfs both would read the machine's /proc/stat."""
    busy = "for i in 1 2; do head -1 /proc/stat; [ $i = 2 ] || timeout 2 sh -c '{}'; done | awk '{{print $2+$4}}'"
    first, second = (ssh(systemd, "h000", busy.format("while :; do :; done")).stdout.split(),)[0]
    assert int(second) - int(first) > 8  # of 200 ticks; other tests may want the cores too
    first, second = ssh(systemd, "h001", busy.format("sleep 2")).stdout.split()
    assert int(second) - int(first) < 8


def test_a_shifted_clock_is_seen_by_processes_that_run(systemd: Testbed) -> None:
    assert abs(float(ssh(systemd, "h001", "date +%s").stdout) - time.time()) < 5
    systemd.clock("h001", 120)
    assert abs(float(ssh(systemd, "h001", "date +%s").stdout) - time.time() - 120) < 5
    assert abs(float(ssh(systemd, "h000", "date +%s").stdout) - time.time()) < 5


def test_ops_may_become_root_and_guest_may_not(systemd: Testbed) -> None:
    assert ssh(systemd, "h000", "-l", "ops", "sudo -n id -u").stdout.strip() == "0"
    assert ssh(systemd, "h000", "-l", "guest", "sudo -n id -u").returncode != 0


def test_down_leaves_nothing() -> None:
    with running(Order(hosts=2, behind=1)) as bed:
        assert left_of(bed)
    assert left_of(bed) == []
    assert not bed.folder.exists()


def test_systemd_hosts_leave_nothing_either() -> None:
    with running(Order(hosts=1, systemd=True, own=True)) as bed:
        assert left_of(bed)
    assert left_of(bed) == []


def test_what_a_killed_run_left_is_cleaned_by_the_next_one() -> None:
    code = (
        "import os, signal\nfrom tests.fleet.order import Order\nfrom tests.fleet.testbed import running\n"
        "with running(Order(hosts=2)) as bed:\n"
        "    print(bed.slot.prefix, flush=True)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    prefix = killed.stdout.strip()
    assert cgroup.pids(prefix)
    before = set(cgroup.pids(prefix))
    with running(Order(hosts=1)) as bed:
        assert bed.slot.prefix == prefix
        assert not before & set(cgroup.pids(prefix))
    assert left_of(bed) == []
