"""Turns a written testbed into running hosts: cgroups, lxcfs, overlays, first processes."""

import hashlib
import shutil
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from tests.fleet import cgroup
from tests.fleet.base import base, cache, lock
from tests.fleet.files import sshd
from tests.fleet.order import Machine, Order, Slot

HERE = Path(__file__).parent
OWN = (
    "stat",
    "meminfo",
    "loadavg",
    "uptime",
    "swaps",
    "diskstats",
    "cpuinfo",
    "pressure/cpu",
    "pressure/memory",
    "pressure/io",
)
# a hardened unit gets a /proc of its own, where what lies over the host's would be missing
HARDENED = "usr/lib/systemd/system/clawtui-agent.service.d/own.conf"


def start(
    slot: Slot, folder: Path, order: Order, machines: Sequence[Machine], processes: list[subprocess.Popen[bytes]]
) -> None:
    """The first process of every host; all that were started are added to `processes`, also when one fails."""
    for name in ("conf", "log", "hosts", "lxcfs"):
        (folder / name).mkdir()
    Path("/run/sshd").mkdir(exist_ok=True)
    if order.overlay:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=50%", "tmpfs", folder / "hosts"], check=True)
    library = None
    if order.own:
        library = preload()
        processes.append(lxcfs(slot, folder))
    env = environment(folder, order)
    processes += (first_process(slot, folder, order, machine, env, library) for machine in machines)


def environment(folder: Path, order: Order) -> dict[str, str]:
    """What host.sh is told besides its arguments."""
    return {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "SHARED": str(folder),
        "LXCFS": str(folder / "lxcfs") if order.own else "",
        "LOWER": str(base()) if order.overlay else "",
        "BINDS": " ".join(f"--bind-ro={bind}" for bind in order.binds) if order.overlay else "",
    }


def again(slot: Slot, folder: Path, order: Order, machine: Machine) -> subprocess.Popen[bytes]:
    """Start a host that went down, on the files that it had."""
    return first_process(slot, folder, order, machine, environment(folder, order), preload() if order.own else None)


def first_process(
    slot: Slot, folder: Path, order: Order, machine: Machine, env: dict[str, str], library: Path | None
) -> subprocess.Popen[bytes]:
    """Start one host; what it says goes to log/NAME."""
    kind = machine.kind
    home = folder / "hosts" / machine.name
    home.mkdir(exist_ok=True)
    conf = folder / "conf" / machine.name
    conf.write_text(sshd(folder, machine, order))
    if kind == "systemd":
        identity(folder, machine, home / "upper", conf.read_text())
    if kind != "plain" and library:
        own(home / "upper", library)
    own_cgroup = order.own and kind != "plain"
    groups = cgroup.make(f"{slot.prefix}/{machine.name}", own=own_cgroup, memory=order.memory, cpus=order.cpus)
    # nspawn enters the namespace itself: `ip netns exec` would hide the cgroup mounts that it needs
    inside = [] if kind == "systemd" else ["ip", "netns", "exec", machine.netns]
    apart = (
        [] if kind == "systemd" else ["--pid", "--fork", "--kill-child", "--uts", *(["--cgroup"] if own_cgroup else [])]
    )
    argv = [
        *cgroup.entering(groups),
        *inside,
        "unshare",
        "--mount",
        *apart,
        "sh",
        str(HERE / "host.sh"),
        kind,
        str(home),
        machine.name,
        str(conf),
    ]
    with (folder / "log" / machine.name).open("ab") as log:
        return subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**env, "NETNS": machine.netns},
            start_new_session=True,
        )


def identity(folder: Path, machine: Machine, upper: Path, conf: str) -> None:
    """What a systemd host has on top of the base: name, machine id, keys, sshd."""
    write(upper / "etc/hostname", machine.name + "\n")
    write(upper / "etc/hosts", f"127.0.0.1 localhost\n{machine.address} {machine.name}\n")
    write(upper / "etc/machine-id", hashlib.md5(machine.netns.encode(), usedforsecurity=False).hexdigest() + "\n")
    write(upper / "etc/ssh/sshd_config", conf)
    write(upper / "etc/ssh/host_key", (folder / "keys" / machine.name).read_text(), 0o600)
    write(upper / "etc/ssh/authorized", (folder / "keys/authorized").read_text())


def own(upper: Path, library: Path) -> None:
    """What a host with numbers and a clock of its own has besides."""
    place = upper / ".fleet"
    (place / "lxcfs").mkdir(parents=True, exist_ok=True)
    shutil.copy(library, place / "host.so")
    (place / "clock").write_bytes(bytes(8))
    write(place / "own.sh", (HERE / "own.sh").read_text())
    first = "#!/bin/sh -e\n. /.fleet/own.sh\nown_proc /.fleet/lxcfs\numount -l /.fleet/lxcfs\nexec /sbin/init\n"
    write(place / "init", first, 0o755)
    write(upper / "etc/ld.so.preload", "/.fleet/host.so\n")
    write(upper / HARDENED, "[Service]\nBindReadOnlyPaths=" + " ".join(f"/proc/{name}" for name in OWN) + "\n")


def preload() -> Path:
    """The compiled host.c, kept in the cache."""
    source = HERE / "host.c"
    built = cache() / f"host-{hashlib.sha256(source.read_bytes()).hexdigest()[:10]}.so"
    with lock(cache() / "host.lock"):
        if not built.exists():
            half = built.with_suffix(".half")
            subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-fno-builtin", "-o", half, source], check=True)
            half.rename(built)
    return built


def lxcfs(slot: Slot, folder: Path) -> subprocess.Popen[bytes]:
    """Start this testbed's lxcfs and wait for its tree."""
    if not cgroup.version1() or not shutil.which("lxcfs"):
        raise RuntimeError(
            "hosts of their own need lxcfs (apt-get install lxcfs) and cgroup v1 trees in /sys/fs/cgroup"
        )
    tree = folder / "lxcfs"
    groups = cgroup.make(f"{slot.prefix}/lxcfs", own=False)
    argv = [*cgroup.entering(groups), "lxcfs", "-f", "-l", "--enable-cfs", "-p", str(folder / "lxcfs.pid"), str(tree)]
    with (folder / "log/lxcfs").open("wb") as log:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    while not (tree / "proc/stat").exists():
        if process.poll() is not None:
            raise RuntimeError(f"lxcfs ended: {(folder / 'log/lxcfs').read_text()[-300:]}")
        time.sleep(0.02)
    return process


def write(file: Path, text: str, mode: int = 0o644) -> None:
    """A file with its folders."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)
