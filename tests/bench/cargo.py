"""A blob of 200 MB to one and to eight real OpenSSH hosts, beside scp and rsync in the same run (root needed).

Ours is a deploy that runs: connections are held, the far runner lies on the hosts, and what arrived is hashed and synced there
before it counts. The peers are whole processes, with aes128-gcm and x25519 as we have; they hash nothing. Every host writes to
a tmpfs of its own. Hosts and operator share the machine's cores.
"""

import argparse
import asyncio
import hashlib
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from clawtui.deploy.blobs import Porter
from clawtui.deploy.plan import Blob
from clawtui.fleet.become import Gate, Rights
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Transport
from clawtui.fleet.link import Link
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.bench.figures import Figure, report
from tests.deploy.runner.talk import packed
from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

ROOT = Path(__file__).parents[2]
SIZE = 200_000_000
TIMES = 3
MANY = 8
SSH = ("-c", "aes128-gcm@openssh.com", "-o", "KexAlgorithms=curve25519-sha256")


def prepared(bed: Testbed) -> Path:
    """The same folder on every host, with a disk of its own behind it."""
    store = bed.folder / "store"
    store.mkdir()
    for machine in bed.hosts:
        done = bed.sh(machine.name, f"mount -t tmpfs -o size=500m tmpfs {store}")
        if done.returncode:
            raise RuntimeError(done.stderr)
    return store


def model(folder: Path) -> Blob:
    """Random bytes: there is nothing to compress."""
    path = folder / "model.bin"
    content = os.urandom(SIZE)
    path.write_bytes(content)
    return Blob(hashlib.sha256(content).hexdigest(), SIZE, path.name, str(path))


def peers(bed: Testbed, store: Path, blob: Blob, n: int) -> dict[str, float]:
    """Walls of the peers, all hosts at once."""
    shell = f"ssh -F {bed.ssh_config} {' '.join(SSH)}"
    ways = {
        "scp": ["scp", "-q", "-F", str(bed.ssh_config), *SSH, blob.source, f"{{}}:{store}/peer"],
        "rsync -W": ["rsync", "-W", "-e", shell, blob.source, f"{{}}:{store}/peer"],
    }
    names = "\n".join(machine.name for machine in bed.hosts[:n])
    found: dict[str, float] = {}
    for name, words in ways.items():
        walls: list[float] = []
        for _ in range(TIMES):
            began = time.perf_counter()
            subprocess.run(["xargs", "-P", str(n), "-I{}", *words], input=names, text=True, check=True)
            walls.append(time.perf_counter() - began)
            for machine in bed.hosts[:n]:
                bed.sh(machine.name, f"rm {store}/peer")
        found[name] = statistics.median(walls)
    return found


def anonymous() -> float:
    """MB of this process that the kernel cannot drop."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024


class Bringing:
    """Ours, over one link."""

    def __init__(self, links: list[Link], store: Path, runner: Path, blob: Blob) -> None:
        self.links, self.store, self.runner, self.blob = links, store, runner, blob
        self.peak = 0.0

    async def once(self, links: list[Link]) -> float:
        """Wall seconds until it stands, hashed, on all of them."""
        porter = Porter([self.blob], f"{self.store}/bot", str(self.runner), self.store, lambda *_: self._look())
        began = time.perf_counter()
        rights = [Rights(link.host.name, Gate.LOGIN, 0, "root") for link in links]
        await asyncio.gather(*(porter.bring(*one, self.blob.sha256) for one in zip(links, rights, strict=True)))
        return time.perf_counter() - began

    def _look(self) -> None:
        self.peak = max(self.peak, anonymous())

    async def walls(self, n: int) -> tuple[float, float, float]:
        """Medians of wall and CPU, and of a round in which everything is there already."""
        links, walls, cpus, again = self.links[:n], list[float](), list[float](), list[float]()
        for _ in range(TIMES):
            before = resource.getrusage(resource.RUSAGE_SELF)
            walls.append(await self.once(links))
            after = resource.getrusage(resource.RUSAGE_SELF)
            cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
            again.append(await self.once(links))
            await asyncio.gather(*(link.run(f"rm -r {self.store}/bot", timeout_s=60) for link in links))
        return statistics.median(walls), statistics.median(cpus), statistics.median(again)


async def ours(bed: Testbed, store: Path, runner: Path, blob: Blob, transport: Transport) -> dict[str, float]:
    """Figures of one link."""
    fleet = replace(bed, transport=transport).fleet()
    found: dict[str, float] = {}
    async with Connections(fleet, SshOptions(), Places.of({"HOME": str(bed.folder)}), Nobody(), environ={}) as all_:
        links: list[Link] = list(await asyncio.gather(*(all_.link(host) for host in fleet.hosts[:MANY])))
        bringing, before = Bringing(links, store, runner, blob), anonymous()
        for n in (1, MANY):
            found[f"wall {n}"], found[f"cpu {n}"], found[f"again {n}"] = await bringing.walls(n)
        found["memory"] = bringing.peak - before
    return found


def figures(found: dict[Transport, dict[str, float]], beside: dict[int, dict[str, float]]) -> list[Figure]:
    """One host, many hosts, and what is there already."""
    got, other = found[Transport.ASYNCSSH], found[Transport.OPENSSH]
    lines: list[Figure] = []
    for n, goal in ((1, 0.667), (MANY, 2.0)):
        wall, best = got[f"wall {n}"], min(beside[n].values())
        words = ", ".join(f"{name} {seconds:.2f}" for name, seconds in beside[n].items())
        # the goal of many hosts was measured with hosts that hand on to each other; from one place it is the peers' race
        bar, ok = (f"≤ {goal}", wall <= goal) if n == 1 else ("≤ best peer", wall <= best)
        hosts = f"{n} host{'s' if n > 1 else ''}"
        lines += [
            Figure(
                f"200 MB to {hosts}, hashed there",
                wall,
                "s",
                bar,
                f"{words}, openssh link {other[f'wall {n}']:.2f}",
                ok,
            ),
            Figure(f"  all together, {hosts}", SIZE * n / wall / 1e6, "MB/s"),
            Figure(f"  operator CPU for it, {hosts}", got[f"cpu {n}"], "s"),
            Figure(f"  the same when it is there already, {hosts}", got[f"again {n}"] * 1000, "ms"),
        ]
    lines.append(
        Figure("memory that it takes, 8 hosts at once", got["memory"], "MB", "≤ 100", "", got["memory"] <= 100)
    )
    return lines


def main() -> int:
    """One testbed for all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.parse_args()
    subprocess.run([ROOT / ".ci/packages", "rsync"], check=True, stdout=sys.stderr)
    with running(Order(hosts=MANY)) as bed:
        store = prepared(bed)
        blob, runner = model(bed.folder), packed(bed.folder)
        found = {way: asyncio.run(ours(bed, store, runner, blob, way)) for way in Transport}
        return report(figures(found, {n: peers(bed, store, blob, n) for n in (1, MANY)}))


if __name__ == "__main__":
    sys.exit(main())
