"""A testbed: hosts that run, what is needed to reach them, and their faults. The one thing that tests use."""

import fcntl
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

from clawtui.fleet.host import Fleet, Host, Kind, Policy, Transport
from tests.fleet import cgroup, faults, files, network
from tests.fleet.base import lock
from tests.fleet.order import BASTION, Machine, Order, Slot
from tests.fleet.start import again, start

RUN = Path("/run/clawtui-tests")
SLOTS = 16
READY_S = 90
BANNERS = """\
import socket, sys, time
end = time.monotonic() + float(sys.argv[1])
for address in sys.argv[2:]:
    while True:
        try:
            with socket.create_connection((address, 22), 2) as s:
                if s.recv(4) == b"SSH-": break
        except OSError: pass
        if time.monotonic() > end: print(address); break
        time.sleep(0.02)
"""


@dataclass(frozen=True, slots=True)
class Testbed:
    """Hosts by name or by their place in the order; every fault is undone by `heal`."""

    __test__ = False  # pytest: not a test class

    slot: Slot
    folder: Path
    order: Order
    machines: tuple[Machine, ...]
    # the bastion last
    hurt: set[str] = field(default_factory=set[str])
    # names with a fault that `heal` has not undone yet
    transport: Transport = Transport.ASYNCSSH
    # the link by which clawtui reaches them
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list[subprocess.Popen[bytes]])
    # the first ones of all hosts, to be reaped

    @property
    def hosts(self) -> tuple[Machine, ...]:
        """Without the bastion."""
        return tuple(m for m in self.machines if m.name != BASTION)

    @property
    def known_hosts(self) -> Path:
        """The keys of all hosts."""
        return self.folder / "known_hosts"

    @property
    def fleet_file(self) -> Path:
        """Names every host; for `clawtui --fleet`."""
        return self.folder / "fleet.toml"

    @property
    def ssh_config(self) -> Path:
        """For `ssh -F`."""
        return self.folder / "ssh_config"

    def host(self, which: int | str) -> Machine:
        """By place or name."""
        return self.machines[which] if isinstance(which, int) else next(m for m in self.machines if m.name == which)

    def fleet(self, *, user: str = "root", policy: Policy | None = None) -> Fleet:
        """All hosts as clawtui knows them, the bastion among them."""
        hosts = tuple(self.as_host(m, user) for m in self.machines)
        return Fleet("testbed", policy or Policy(kind=Kind.DEV, read_only=False), hosts)

    def as_host(self, machine: Machine, user: str = "root") -> Host:
        """One of them; the bastion is always entered as root."""
        return Host(
            name=machine.name,
            address=machine.address,
            port=machine.port,
            user="root" if machine.name == BASTION else user,
            groups=("inner" if machine.inner else "outer",),
            jump=(BASTION,) if machine.inner else (),
            identities=(machine.key,),
            known_hosts=(str(self.known_hosts),),
            transport=self.transport,
        )

    def cut(self, which: int | str) -> None:
        """Pull the host's cable."""
        faults.cut(self.slot, self.harmed(which))

    def heal(self, which: int | str) -> None:
        """Undo every fault of the host but its clock."""
        machine = self.host(which)
        faults.heal(self.slot, machine)
        self.hurt.discard(machine.name)

    def harmed(self, which: int | str) -> Machine:
        """The host, noted as one to heal."""
        machine = self.host(which)
        self.hurt.add(machine.name)
        return machine

    def freeze(self, which: int | str) -> None:
        """Stop the host's sshd: it accepts and never answers."""
        faults.freeze(self.slot, self.harmed(which))

    def hang_up(self, which: int | str) -> None:
        """End every connection of its sshd, which listens on."""
        faults.hang_up(self.slot, self.host(which))

    def thaw(self, which: int | str) -> None:
        """Let it go on."""
        faults.thaw(self.slot, self.host(which))

    def loss(self, which: int | str, percent: float) -> None:
        """Drop packets both ways."""
        faults.loss(self.harmed(which), percent)

    def silence(self, which: int | str) -> None:
        """Drop every packet without a word, as a dead route does; the link stays up."""
        faults.loss(self.harmed(which), 100)

    def rate(self, which: int | str, megabits: int) -> None:
        """Cap the host's cable; 0 clears."""
        faults.rate(self.slot, self.harmed(which), megabits)

    def clock(self, which: int | str, seconds: float) -> None:
        """Shift the host's wall clock (an order with `own`)."""
        faults.clock(self.folder, self.host(which), seconds)

    def sh(self, which: int | str, *command: str) -> subprocess.CompletedProcess[str]:
        """Run inside the host without SSH; one word is a shell line."""
        words = ("sh", "-c", *command) if len(command) == 1 else command
        return faults.inside(self.slot, self.host(which), *words)

    def reboot(self, which: int | str) -> None:
        """A systemd host goes down in order and comes up with the files that it had; wait until it greets again."""
        machine = self.host(which)
        faults.inside(self.slot, machine, "systemctl", "reboot")
        faults.gone(self.slot, machine, READY_S)
        self.processes.append(again(self.slot, self.folder, self.order, machine))
        if waiting([machine.address]):
            raise RuntimeError(f"{machine.name} does not greet again after {READY_S} s")

    def first_pid(self, which: int | str) -> int:
        """The host's process 1, as the machine counts it."""
        return faults.first(self.slot, self.host(which))

    def upper(self, which: int | str) -> Path:
        """The host's own files seen from the machine (hosts with an overlay)."""
        return self.folder / "hosts" / self.host(which).name / "upper"


@contextmanager
def running(order: Order) -> Iterator[Testbed]:
    """Up, and down whatever happens; a run that was killed is cleaned up by the next one."""
    slot, held = claim()
    processes: list[subprocess.Popen[bytes]] = []
    with held:
        try:
            yield up(slot, order, processes)
        finally:
            down(slot)
            for process in processes:
                process.wait(timeout=10)


def claim() -> tuple[Slot, TextIO]:
    """A slot that nobody uses; it is ours as long as the file is open, so the kernel frees it when we die."""
    with lock(RUN / "lock"):
        for slot in map(Slot, range(SLOTS)):
            held = (RUN / f"{slot.prefix}.lock").open("w")
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.close()
                continue
            if not (RUN / slot.prefix / "kept").exists():
                return slot, held
            held.close()
    raise RuntimeError(f"all {SLOTS} testbeds of this machine are in use; see `make fleet ARGS=status`")


def up(slot: Slot, order: Order, processes: list[subprocess.Popen[bytes]]) -> Testbed:
    """Clean what a killed run left, then start everything and wait until every host greets; `processes` are to be reaped."""
    down(slot)
    folder = RUN / slot.prefix
    folder.mkdir(parents=True)
    folder.chmod(0o711)
    machines = files.machines(slot, folder, order)
    files.operator(folder, machines)
    network.build(slot, machines)
    start(slot, folder, order, machines, processes)
    made = Testbed(slot, folder, order, machines, processes=processes)
    (folder / "testbed.json").write_text(
        json.dumps({"order": asdict(order), "machines": [asdict(m) for m in machines]})
    )
    if late := [*waiting(m.address for m in machines if not m.inner), *waiting_inside(made)]:
        logs = "\n".join((folder / "log" / m.name).read_text()[-800:] for m in machines if m.address in late[:2])
        raise RuntimeError(f"hosts {late} do not greet after {READY_S} s:\n{logs}")
    return made


def waiting(addresses: Iterator[str] | Sequence[str], *where: str) -> list[str]:
    """Those that do not greet in time, asked from a namespace or from here."""
    argv = [*where, sys.executable, "-c", BANNERS, str(READY_S), *addresses]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.split()


def waiting_inside(made: Testbed) -> list[str]:
    """The same for hosts behind the bastion, asked from the bastion."""
    inner = [m.address for m in made.machines if m.inner]
    return waiting(inner, "ip", "netns", "exec", made.slot.netns(BASTION)) if inner else []


def load(slot: Slot) -> Testbed | None:
    """A testbed that another process started."""
    folder = RUN / slot.prefix
    if not (folder / "testbed.json").exists():
        return None
    said = json.loads((folder / "testbed.json").read_text())
    words = {name: tuple(value) if isinstance(value, list) else value for name, value in said["order"].items()}
    return Testbed(slot, folder, Order(**words), tuple(Machine(**m) for m in said["machines"]))


def down(slot: Slot) -> None:
    """Leave nothing: processes, namespaces, mounts, cgroups, files."""
    folder = RUN / slot.prefix
    cgroup.clear(slot.prefix)
    network.clear(slot)
    for mount in (folder / "lxcfs", folder / "hosts"):
        unmount(mount)
    if folder.exists():
        shutil.rmtree(folder)


def unmount(mount: Path) -> None:
    """Busy for a moment after its last process died."""
    end = time.monotonic() + 10
    while str(mount) in (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()):
        how = ["--lazy"] if time.monotonic() > end else []
        with suppress(subprocess.CalledProcessError):
            subprocess.run(["umount", *how, mount], check=True, capture_output=True)
            continue
        time.sleep(0.05)
