"""The strange fleet: one host of every kind, and a home whose operator reaches them as people do (`make fleet ARGS=strange`).

In that home: ~/.ssh (config, keys, a known_hosts with an old key), an Ansible inventory, a program that lists hosts, the password
for sudo, `host-keys` as an administrator would hand them over, and `strange.toml`, the fleet file at the end of README's walk.
"""

import asyncio
import base64
import json
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from clawtui.fleet.agent.install import install
from clawtui.fleet.connections import Connections
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.agent.cards import library
from tests.fleet import network
from tests.fleet.order import Order, Slot
from tests.fleet.strange_hosts import (
    CARDS,
    CONTAINER,
    GATE,
    HOSTS,
    INNER,
    NOBODY,
    PLAIN,
    READER,
    REIMAGED,
    SIX,
    Strange,
)
from tests.fleet.test_fleet_become import SECRET, WAYS, prepared
from tests.fleet.testbed import Testbed, running

ORDER = Order(
    hosts=sum(host.runs is not NOBODY for host in HOSTS),
    systemd=True,
    own=True,
    containers=sum(host.runs is CONTAINER for host in HOSTS),
    plain=sum(host.runs is PLAIN for host in HOSTS),
)
PAGES = Path(__file__).parents[1] / "agent/page_server.py"
SIX_SSHD = """\
sed 's/^ListenAddress .*/ListenAddress {six}/' {conf} >/root/six
/usr/sbin/sshd -f /root/six
"""
SSH = """\
Host *
  User root
  IdentityFile {ssh}/id_ed25519
  IdentitiesOnly yes
"""
CONTEXT = """\
version = 1

[context]
name = "strange"
kind = "staging"
read_only = false

[group.legacy]              # nothing of ours may lie there
agent = "none"

[[ansible]]
source = "~/inventory/hosts.yml"

[[command]]
run = ["~/cmdb.py"]

[[service]]
name = "chat"
hosts = "gpu-1"
unit = "vllm.service"
metrics = "http://127.0.0.1:8000/metrics"

[[service]]
name = "api"
hosts = "gpu-1"
unit = "fastapi.service"
metrics = "http://127.0.0.1:8001/metrics"
"""


@contextmanager
def strange() -> Iterator[tuple[Testbed, Path]]:
    """Up with its operator's home, and down."""
    with running(ORDER) as bed:
        yield bed, furnished(bed)


def furnished(bed: Testbed) -> Path:
    """Every host made what it is, all at once; the operator's home."""
    home = bed.folder / "home"
    (home / ".ssh").mkdir(parents=True, mode=0o700)
    keys(bed, home / ".ssh")
    gate(bed)
    six(bed)
    with ThreadPoolExecutor(8) as many:
        list(many.map(lambda at: made(bed, home, *at), enumerate(HOSTS)))
    inventories(bed, home)
    asyncio.run(reader(bed, home))
    return home


async def reader(bed: Testbed, home: Path) -> None:
    """Somebody else has put an agent where the operator's key may only read."""
    places = Places.of({"HOME": str(home.with_name("administrator"))})
    async with Connections(bed.fleet(), SshOptions(), places, Nobody(), environ={}) as links:
        await install(await links.link(bed.as_host(bed.host(place_of(READER)))), links.becoming, places)


def keys(bed: Testbed, ssh: Path) -> None:
    """Two of the operator's own, those of the hosts, and what a host was before it was built anew."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "reader", "-f", ssh / "reader"], check=True)
    for kind in ("", ".pub"):
        (ssh / f"id_ed25519{kind}").write_text((bed.folder / f"keys/operator{kind}").read_text())
    (ssh / "id_ed25519").chmod(0o600)
    lines = [" ".join((spelled(bed, host), *bed.host(place).host_key.split()[1:])) for place, host in running_hosts()]
    (ssh.parent / "host-keys").write_text("\n".join(lines) + "\n")
    old = (bed.folder / "keys/operator.pub").read_text().split()[:2]
    (ssh / "known_hosts").write_text(" ".join((address(bed, HOSTS.index(named(REIMAGED))), *old)) + "\n")


def gate(bed: Testbed) -> None:
    """The host behind the bastion leaves the operator's net; the bastion gets a second leg."""
    inner, bastion = bed.host(place_of(INNER)), bed.host(place_of(GATE))
    plugs = network.plugged("second", "inner") + network.plugged(inner.link, "inner")
    network.batch([f"link add second type veth peer name eth1 netns {bastion.netns}", *plugs], bed.slot.switch)
    network.batch(["link set eth1 up", f"route add {inner.address}/32 dev eth1"], bastion.netns)


def six(bed: Testbed) -> None:
    """A host without an IPv4 address."""
    host = bed.host(place_of(SIX))
    network.batch([f"addr replace {prefix(bed.slot)}::1/64 dev {bed.slot.operator} nodad"])
    lines = [f"addr add {address(bed, place_of(SIX))}/64 dev eth0 nodad", f"addr del {host.address}/17 dev eth0"]
    network.batch(lines, host.netns)
    done = bed.sh(host.name, SIX_SSHD.format(six=address(bed, place_of(SIX)), conf=bed.folder / "conf" / host.name))
    assert done.returncode == 0, done


def made(bed: Testbed, home: Path, place: int, host: Strange) -> None:
    """What is done inside one host."""
    if host.runs is NOBODY:
        return
    if host.way and WAYS[host.way].user != "root":
        prepared(bed, place, WAYS[host.way])
    values = {"reader": (home / ".ssh/reader.pub").read_text().strip()}
    if host.name == CARDS:
        with tempfile.TemporaryDirectory() as folder:
            made_of = {"library": library(Path(folder) / "nvml") / "libnvidia-ml.so.1", "page": PAGES}
            values |= {name: base64.b64encode(file.read_bytes()).decode() for name, file in made_of.items()}
    script = host.setup
    for name, value in values.items():
        script = script.replace(f"{{{name}}}", value)
    done = bed.sh(place, script)
    assert done.returncode == 0, (host.name, done)


def inventories(bed: Testbed, home: Path) -> None:
    """ssh_config for most, Ansible and a program for one each, and a fleet file that brings them together."""
    config, tables = "", dict[tuple[str, ...], list[str]]()
    for place, host in enumerate(HOSTS):
        where = address(bed, place)
        if host.inventory == "ansible":
            listed = {"all": {"children": {"legacy": {"hosts": {host.name: {"ansible_host": where}}}}}}
            (home / "inventory").mkdir()
            (home / "inventory/hosts.yml").write_text(json.dumps(listed, indent=2) + "\n")
        elif host.inventory == "command":
            told = {
                "version": 1,
                "hosts": [{"name": host.name, "address": where, "user": "root", "groups": ["legacy"]}],
            }
            (home / "cmdb.py").write_text(f"#!/usr/bin/env python3\nprint('''{json.dumps(told)}''')\n")
            (home / "cmdb.py").chmod(0o755)
        else:
            lines = (f"HostName {where}", *(line.format(ssh=home / ".ssh") for line in host.ssh))
            config += f"Host {host.name}\n" + "".join(f"  {line}\n" for line in lines)
            groups = ('groups = ["agents"]',) if host.installs else ()
            tables.setdefault((*groups, *host.table), []).append(f'"{host.name}"')
    (home / ".ssh/config").write_text(config + SSH.format(ssh=home / ".ssh"))
    (home / ".sudo").write_text(SECRET + "\n")
    (home / ".sudo").chmod(0o600)
    said = (
        "\n".join(("", "[[ssh_config]]", f"hosts = [{', '.join(names)}]", *lines)) for lines, names in tables.items()
    )
    (home / "strange.toml").write_text(CONTEXT + "\n".join((*said, "")))


def address(bed: Testbed, place: int) -> str:
    """By which the operator knows the host at this place; nobody has the last one's."""
    host = HOSTS[place]
    if host.name == SIX:
        return f"{prefix(bed.slot)}::{place:x}"
    return bed.slot.address(249) if host.runs is NOBODY else bed.host(place).address


def prefix(slot: Slot) -> str:
    """First half of a testbed's IPv6 addresses."""
    return f"fd77:{slot.number + 1}"


def spelled(bed: Testbed, host: Strange) -> str:
    """As known_hosts names it."""
    port = next((line.split()[1] for line in host.ssh if line.startswith("Port ")), "")
    where = address(bed, place_of(host.name))
    return f"[{where}]:{port}" if port else where


def running_hosts() -> list[tuple[int, Strange]]:
    """With their places in the order."""
    return [(place, host) for place, host in enumerate(HOSTS) if host.runs is not NOBODY]


def named(name: str) -> Strange:
    return next(host for host in HOSTS if host.name == name)


def place_of(name: str) -> int:
    return HOSTS.index(named(name))
