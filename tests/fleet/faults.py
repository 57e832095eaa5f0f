"""What goes wrong with hosts on purpose, and is put right again: cables, silence, loss, frozen sshd, a clock that is off."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.fleet import cgroup
from tests.fleet.order import Machine, Slot

TABLE = "clawtui"  # of nftables, inside a host's namespace


def cut(slot: Slot, machine: Machine) -> None:
    """Pull the cable: no answer, no reset, no route."""
    subprocess.run(["ip", "-n", slot.switch, "link", "set", machine.link, "down"], check=True)


def heal(slot: Slot, machine: Machine) -> None:
    """Plug it in again, lose no packets, at full speed, thaw."""
    subprocess.run(["ip", "-n", slot.switch, "link", "set", machine.link, "up"], check=True)
    loss(machine, 0)
    rate(slot, machine, 0)
    thaw(slot, machine)


def loss(machine: Machine, percent: float) -> None:
    """Drop so many packets of a hundred each way; all of them is a dead route, 0 is none."""
    where = ["ip", "netns", "exec", machine.netns, "nft"]
    subprocess.run([*where, "delete", "table", "ip", TABLE], capture_output=True)
    if percent <= 0:
        return
    some = "" if percent >= 100 else f"numgen random mod 1000 < {round(percent * 10)} "
    chains = "".join(
        f" chain {hook} {{ type filter hook {hook} priority 0; {side} lo accept; {some}drop; }}\n"
        for hook, side in (("input", "iif"), ("output", "oif"))
    )
    subprocess.run([*where, "-f", "-"], input=f"table ip {TABLE} {{\n{chains}}}\n", text=True, check=True)


def rate(slot: Slot, machine: Machine, megabits: int) -> None:
    """Cap the cable both ways; 0 clears."""
    for netns, link in ((slot.switch, machine.link), (machine.netns, "eth0")):
        qdisc = ["tc", "-n", netns, "qdisc"]
        subprocess.run([*qdisc, "del", "dev", link, "root"], capture_output=True)
        if megabits:
            tbf = ["tbf", "rate", f"{megabits}mbit", "burst", "256k", "latency", "50ms"]
            subprocess.run([*qdisc, "add", "dev", link, "root", *tbf], check=True)


def freeze(slot: Slot, machine: Machine) -> None:
    """Stop every sshd of the host: TCP accepts, nothing answers, connections that stand go dead."""
    signal_sshd(slot, machine, signal.SIGSTOP)


def thaw(slot: Slot, machine: Machine) -> None:
    """Let them go on."""
    signal_sshd(slot, machine, signal.SIGCONT)


def signal_sshd(slot: Slot, machine: Machine, number: signal.Signals) -> None:
    """To the listener and to every connection's process."""
    for pid in pids(slot, machine):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().strip().startswith("sshd"):
                os.kill(pid, number)


def hang_up(slot: Slot, machine: Machine) -> None:
    """End every connection of the host's sshd in one moment, half-open ones too; it listens on."""
    parents = {pid: parent(pid) for pid in pids(slot, machine) if is_sshd(pid)}
    for pid, above in parents.items():
        if above in parents:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def is_sshd(pid: int) -> bool:
    """By its name; False when it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().startswith("sshd")
    except OSError:
        return False


def parent(pid: int) -> int:
    """As the machine counts; 0 when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def clock(folder: Path, machine: Machine, seconds: float) -> None:
    """Shift the wall clock of a host of its own, for processes that run already too."""
    file = folder / "hosts" / machine.name / "upper/.fleet/clock"
    with file.open("r+b") as page:
        page.write(round(seconds * 1e9).to_bytes(8, sys.byteorder, signed=True))


def pids(slot: Slot, machine: Machine) -> list[int]:
    """Every process of the host, as the machine counts them."""
    return cgroup.pids(f"{slot.prefix}/{machine.name}")


def first(slot: Slot, machine: Machine) -> int:
    """The host's process 1, as the machine counts it."""
    for pid in pids(slot, machine):
        with contextlib.suppress(OSError):
            status = Path(f"/proc/{pid}/status").read_text()
            numbers = next(line.split()[1:] for line in status.splitlines() if line.startswith("NSpid:"))
            if len(numbers) > 1 and numbers[-1] == "1":
                return pid
    raise RuntimeError(f"{machine.name}: its first process is gone")


def gone(slot: Slot, machine: Machine, within_s: float) -> None:
    """Wait until no process of the host is left."""
    end = time.monotonic() + within_s
    while pids(slot, machine):
        if time.monotonic() > end:
            raise RuntimeError(f"{machine.name} does not go down")
        time.sleep(0.05)


def inside(slot: Slot, machine: Machine, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the host without SSH, counted in its cgroups."""
    pid = first(slot, machine)
    argv = [
        "nsenter",
        "--target",
        str(pid),
        "--mount",
        "--cgroup",
        "--ipc",
        "--uts",
        "--pid",
        "--net",
        "--root",
        "--wd",
    ]
    enter = cgroup.entering(cgroup.of(pid))
    return subprocess.run([*enter, *argv, "--", *command], capture_output=True, text=True)
