"""What is written for a testbed before anything starts: keys, sshd's configuration, known_hosts, ssh_config, a fleet file."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.order import BASTION, Machine, Order, Slot

SSHD = """\
{extra}
Port 22
ListenAddress {address}
HostKey {host_key}
AuthorizedKeysFile {authorized}
PidFile none
StrictModes no
UsePAM {pam}
UseDNS no
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
PrintLastLog no
X11Forwarding no
LogLevel INFO
AcceptEnv LANG LC_*
AllowTcpForwarding yes
AllowStreamLocalForwarding yes
Subsystem sftp /usr/lib/openssh/sftp-server
"""
SSH_CONFIG = """\
Host *
  User root
  IdentityFile {key}
  IdentitiesOnly yes
  UserKnownHostsFile {known_hosts}
  GlobalKnownHostsFile none
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
"""


def keys(folder: Path, names: Sequence[str]) -> None:
    """One key for the operator, one for every host; the keys of a folder that is used again stay."""
    (folder / "keys").mkdir(parents=True, exist_ok=True)
    making = [
        subprocess.Popen(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / "keys" / name])
        for name in ("operator", *names)
    ]
    failed = [process.args for process in making if process.wait() != 0]
    if failed:
        raise RuntimeError(f"ssh-keygen failed: {failed[0]}")
    (folder / "keys/authorized").write_text((folder / "keys/operator.pub").read_text())


def machines(slot: Slot, folder: Path, order: Order) -> tuple[Machine, ...]:
    """Every host of the order, the bastion last."""
    names = [f"h{i:03d}" for i in range(order.hosts)] + [BASTION] * bool(order.behind)
    keys(folder, names)
    return tuple(machine(slot, folder, name, i, order) for i, name in enumerate(names))


def machine(slot: Slot, folder: Path, name: str, index: int, order: Order) -> Machine:
    """One host."""
    inner = order.hosts - order.behind <= index < order.hosts
    address = slot.address(index, inner=inner)
    kind, key, *_ = (folder / f"keys/{name}.pub").read_text().split()
    return Machine(
        name=name,
        address=address,
        port=22,
        user="root",
        key=str(folder / "keys/operator"),
        host_key=f"{address} {kind} {key}",
        netns=slot.netns(name),
        link=name,
        inner=inner,
        kind=order.kind(index),
    )


def sshd(folder: Path, machine: Machine, order: Order) -> str:
    """The text of one host's sshd_config; plain hosts read keys where the machine keeps them."""
    systemd = machine.kind == "systemd"
    return SSHD.format(
        extra="\n".join(order.sshd),
        address=machine.address,
        host_key="/etc/ssh/host_key" if systemd else folder / "keys" / machine.name,
        authorized="/etc/ssh/authorized" if systemd else folder / "keys/authorized",
        pam="yes" if systemd else "no",
    )


def operator(folder: Path, machines: Sequence[Machine]) -> None:
    """What ssh, and clawtui as a user would start it, need to reach the hosts."""
    (folder / "known_hosts").write_text("".join(m.host_key + "\n" for m in machines))
    config = "".join(f"Host {m.name}\n  HostName {m.address}\n{jump(m)}" for m in machines)
    config += SSH_CONFIG.format(key=folder / "keys/operator", known_hosts=folder / "known_hosts")
    (folder / "ssh_config").write_text(config)
    (folder / "fleet.toml").write_text(fleet(folder, machines))


def jump(machine: Machine) -> str:
    """The line of ssh_config for a host behind the bastion."""
    return f"  ProxyJump {BASTION}\n" if machine.inner else ""


def fleet(folder: Path, machines: Sequence[Machine]) -> str:
    """A fleet file naming every host."""
    lines = [
        "version = 1",
        "[context]",
        'name = "testbed"',
        'kind = "dev"',
        "read_only = false",
        "confirm = false",
        "[defaults]",
    ]
    lines += [
        'user = "root"',
        f'identities = ["{folder / "keys/operator"}"]',
        f'known_hosts = ["{folder / "known_hosts"}"]',
    ]
    for m in machines:
        lines += [
            "[[host]]",
            f'name = "{m.name}"',
            f'address = "{m.address}"',
            f'groups = ["{"inner" if m.inner else "outer"}"]',
        ]
        lines += [f'jump = ["{BASTION}"]'] if m.inner else []
    return "\n".join(lines) + "\n"
