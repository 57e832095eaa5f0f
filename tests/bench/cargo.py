"""A blob of 200 MB to one and to eight real OpenSSH hosts, beside scp and rsync in the same run (root needed).

Ours is a deploy that runs: connections are held, the far runner lies on the hosts, and what arrived is hashed and synced there
before it counts. The peers are whole processes, with aes128-gcm and x25519 as we have, bare and with a look at the digest.
Every host writes to a tmpfs of its own. Hosts and operator share the machine's cores.
"""

import argparse
import asyncio
import contextlib
import hashlib
import os
import resource
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
TIMES = 5
# the best counts, for everybody: what else the machine does only ever adds
MANY = 8
HASHED = " + sha256sum"
EQUAL = (f"scp{HASHED}", f"rsync -W{HASHED}")
# do what we do; the bare ones believe what has arrived
PEERS = ("scp", "rsync -W", *EQUAL)
Best = dict[str, float]
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


def peer(bed: Testbed, store: Path, blob: Blob, n: int, name: str) -> tuple[float, float]:
    """Wall and operator CPU of a peer, all hosts at once."""
    options = f"-F {bed.ssh_config} {' '.join(SSH)}"
    copy = {
        "scp": f"scp -q {options} {blob.source} {{}}:{store}/peer",
        "rsync -W": f"rsync -W -e 'ssh {options}' {blob.source} {{}}:{store}/peer",
    }[name.removesuffix(HASHED)]
    check = f" && ssh {options} {{}} sha256sum {store}/peer >/dev/null" if name.endswith(HASHED) else ""
    words = ["sh", "-c", copy + check]
    names = "\n".join(machine.name for machine in bed.hosts[:n])
    began, used = time.perf_counter(), cpu(resource.RUSAGE_CHILDREN)
    subprocess.run(["xargs", "-P", str(n), "-I{}", *words], input=names, text=True, check=True)
    wall, used = time.perf_counter() - began, cpu(resource.RUSAGE_CHILDREN) - used
    for machine in bed.hosts[:n]:
        bed.sh(machine.name, f"rm {store}/peer")
    return wall, used


def cpu(whose: int) -> float:
    """Seconds used so far."""
    found = resource.getrusage(whose)
    return found.ru_utime + found.ru_stime


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

    async def round(self, n: int) -> dict[str, float]:
        """Wall, CPU, and the wall of a second time, when everything is there."""
        links, before = self.links[:n], cpu(resource.RUSAGE_SELF)
        wall = await self.once(links)
        used = cpu(resource.RUSAGE_SELF) - before
        again = await self.once(links)
        await asyncio.gather(*(link.run(f"rm -r {self.store}/bot", timeout_s=60) for link in links))
        return {"wall": wall, "cpu": used, "again": again}


async def measured(bed: Testbed, store: Path, runner: Path, blob: Blob) -> tuple[dict[int, Best], float]:
    """Everybody in turn, round by round: what else the machine does falls on all of them."""
    found: dict[int, Best] = {}
    async with contextlib.AsyncExitStack() as stack:
        ways: dict[Transport, Bringing] = {}
        for transport in Transport:
            fleet = replace(bed, transport=transport).fleet()
            places = Places.of({"HOME": str(bed.folder)})
            over = await stack.enter_async_context(Connections(fleet, SshOptions(), places, Nobody(), environ={}))
            links: list[Link] = list(await asyncio.gather(*(over.link(host) for host in fleet.hosts[:MANY])))
            ways[transport] = Bringing(links, store, runner, blob)
        held = anonymous()
        for n in (1, MANY):
            rounds: list[dict[str, float]] = []
            for _ in range(TIMES):
                ours = await ways[Transport.ASYNCSSH].round(n)
                for name in PEERS:
                    ours[name], ours[f"{name} cpu"] = await asyncio.to_thread(peer, bed, store, blob, n, name)
                ours["openssh link"] = (await ways[Transport.OPENSSH].round(n))["wall"]
                rounds.append(ours)
            found[n] = {what: min(one[what] for one in rounds) for what in rounds[0]}
    return found, max(way.peak for way in ways.values()) - held


def figures(found: dict[int, Best], memory: float) -> list[Figure]:
    """One host, many hosts, and what is there already."""
    lines: list[Figure] = []
    for n, got in found.items():
        wall, best = got["wall"], min(got[name] for name in EQUAL)
        words = ", ".join(f"{name} {got[name]:.2f}" for name in (*PEERS, "openssh link"))
        used = ", ".join(f"{name} {got[f'{name} cpu']:.2f}" for name in PEERS)
        # 2.0 s for eight was measured with hosts that hand on to each other; from one place it is a race with the peers
        bar, ok = ("≤ 0.667", wall <= 0.667) if n == 1 else ("≤ best that hashes", wall <= best)
        hosts = f"{n} host{'s' if n > 1 else ''}"
        lines += [
            Figure(f"200 MB to {hosts}, hashed there", wall, "s", bar, words, ok),
            Figure(f"  all together, {hosts}", SIZE * n / wall / 1e6, "MB/s"),
            Figure(f"  operator CPU for it, {hosts}", got["cpu"], "s", peer=used),
            Figure(f"  the same when it is there already, {hosts}", got["again"] * 1000, "ms"),
        ]
    lines.append(Figure("memory that it takes, 8 hosts at once", memory, "MB", "≤ 100", "", memory <= 100))
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
        return report(figures(*asyncio.run(measured(bed, store, runner, blob))))


if __name__ == "__main__":
    sys.exit(main())
