"""Switch, cables and addresses: a namespace with two bridges, one namespace a host, no way out."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.fleet.order import BASTION, Machine, Slot

LIMITS = {  # the kernel's defaults end at 128 systemds and 1,024 neighbours, counted over all namespaces together
    "fs/inotify/max_user_instances": 8192,
    "net/ipv4/neigh/default/gc_thresh1": 8192,
    "net/ipv4/neigh/default/gc_thresh2": 16384,
    "net/ipv4/neigh/default/gc_thresh3": 32768,
}


def build(slot: Slot, machines: Sequence[Machine]) -> None:
    """Everything from the bridges to the addresses, in few processes: 200 hosts take about a second."""
    raise_limits()
    for name in (slot.switch, *(m.netns for m in machines)):
        ip("netns", "add", name)
    bridges = [line for b in ("outer", "inner") for line in (f"link add {b} type bridge", f"link set {b} up")]
    ip("link", "add", slot.operator, "type", "veth", "peer", "name", "op", "netns", slot.switch)
    batch([f"addr add {slot.net}.0.1/17 dev {slot.operator}", f"link set {slot.operator} up"])
    ip("route", "replace", "unreachable", inner(slot))  # not by the machine's default route
    batch([*bridges, *plugged("op", "outer")], slot.switch)
    batch([line for m in machines for line in cables(m)], slot.switch)
    for machine in machines:
        batch(addresses(slot, machine), machine.netns)


def cables(machine: Machine) -> list[str]:
    """From the switch into one host; the bastion gets a second one."""
    lines = [f"link add {machine.link} type veth peer name eth0 netns {machine.netns}"]
    lines += plugged(machine.link, "inner" if machine.inner else "outer")
    if machine.name == BASTION:
        lines += [f"link add inside type veth peer name eth1 netns {machine.netns}", *plugged("inside", "inner")]
    return lines


def plugged(link: str, bridge: str) -> list[str]:
    """A link put into a bridge."""
    return [f"link set {link} master {bridge}", f"link set {link} up"]


def addresses(slot: Slot, machine: Machine) -> list[str]:
    """Of one host's ends."""
    lines = ["link set lo up", f"addr add {machine.address}/17 dev eth0", "link set eth0 up"]
    if machine.name == BASTION:
        lines += [f"addr add {slot.net}.128.1/17 dev eth1", "link set eth1 up"]
    return lines


def clear(slot: Slot) -> None:
    """Remove whatever a testbed in this slot left; its links go with their namespaces."""
    subprocess.run(["ip", "link", "del", slot.operator], capture_output=True)
    subprocess.run(["ip", "route", "del", "unreachable", inner(slot)], capture_output=True)
    for name in names(slot):
        subprocess.run(["ip", "netns", "del", name], capture_output=True)


def inner(slot: Slot) -> str:
    """The net behind the bastion."""
    return f"{slot.net}.128.0/17"


def names(slot: Slot) -> list[str]:
    """The slot's namespaces that exist."""
    folder = Path("/run/netns")
    return sorted(p.name for p in folder.glob(f"{slot.prefix}-*")) if folder.is_dir() else []


def raise_limits() -> None:
    """Never lowered again: other testbeds may stand beside this one."""
    for name, least in LIMITS.items():
        file = Path("/proc/sys", name)
        if file.exists() and int(file.read_text()) < least:
            file.write_text(str(least))


def ip(*words: str) -> None:
    """One `ip` command."""
    subprocess.run(["ip", *words], check=True)


def batch(lines: Sequence[str], netns: str = "") -> None:
    """Many `ip` commands in one process."""
    where = ["-n", netns] if netns else []
    subprocess.run(["ip", *where, "-batch", "-"], input="\n".join(lines) + "\n", text=True, check=True)
