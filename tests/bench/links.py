"""What a fleet costs over each link: asyncssh in our own process, and the system's ssh with a master a host (root needed).

The same calls on the same hosts in the same run. CPU and memory count everything on the operator's side: this process and
every ssh that it keeps. Hosts and operator share the machine's cores.
"""

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Transport
from clawtui.fleet.link import Link
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.bench.figures import Figure, report
from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

TIMES = 5
FILE = 2_000_000
Costs = dict[str, tuple[float, str]]
# what, how much, unit


def own() -> list[int]:
    """This process and everything that it started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found, todo = list[int](), [os.getpid()]
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += parents.get(pid, [])
    return found


def memory() -> float:
    """MB that the kernel cannot drop, of all of them."""
    total = 0
    for pid in own():
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon"))
    return total / 1024


def cpu() -> float:
    """Seconds that all of them have used, ended children included."""
    ticks = 0
    for pid in own():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


async def median(call: Callable[[], Awaitable[object]]) -> float:
    """Of several rounds, in seconds."""
    walls: list[float] = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await call()
        walls.append(time.perf_counter() - began)
    return statistics.median(walls)


async def costs(bed: Testbed, n: int, folder: Path) -> Costs:
    """One link, from nothing to held connections."""
    hosts = bed.fleet().hosts[:n]
    async with Connections(bed.fleet(), SshOptions(), Places.of({"HOME": str(folder)}), Nobody(), environ={}) as all_:
        await (await all_.link(hosts[-1])).run("true", timeout_s=30)  # imports
        await all_.drop(hosts[-1])
        used, began = cpu(), time.perf_counter()
        links: list[Link] = list(await asyncio.gather(*(all_.link(host) for host in hosts)))
        connected, spent = time.perf_counter() - began, cpu() - used
        used = cpu()
        warm = await median(lambda: asyncio.gather(*(link.run("true", timeout_s=30) for link in links)))
        each = (cpu() - used) / TIMES
        channels = await asyncio.gather(*(link.open("cat") for link in links))
        answers = [channel.lines() for channel in channels]

        async def echo() -> None:
            await asyncio.gather(*(channel.send(b"status") for channel in channels))
            await asyncio.gather(*(anext(answer) for answer in answers))

        line, held = await median(echo), memory()
        content = os.urandom(FILE)
        few = links[:8]
        put = await median(lambda: asyncio.gather(*(k.put(content, f"{folder}/put", timeout_s=60) for k in few)))
    return {
        f"connect {n} hosts": (connected, "s"),
        f"  operator CPU for it, {n} hosts": (spent, "s"),
        f"`true` on {n} hosts, warm": (warm, "s"),
        f"  operator CPU for it, warm, {n} hosts": (each, "s"),
        f"a line to {n} hosts and back": (line * 1000, "ms"),
        f"memory, {n} held connections": (held, "MB"),
        f"a file of 2 MB to {len(few)} hosts": (put, "s"),
    }


def measured(bed: Testbed, n: int, folder: Path) -> Costs:
    """`costs` in a process of its own."""
    return asyncio.run(costs(bed, n, folder))


def main() -> int:
    """Both links on one testbed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", default="50,200")
    parser.add_argument("--json", action="store_true")
    counts = [int(n) for n in parser.parse_args().hosts.split(",")]
    figures: list[Figure] = []
    with running(Order(hosts=max(counts))) as bed:
        for n in counts:
            found: dict[Transport, Costs] = {}
            for transport in Transport:
                folder = bed.folder / f"{transport}-{n}"
                folder.mkdir()
                told = replace(bed, transport=transport, processes=[])  # a process cannot be sent to another one
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:
                    found[transport] = fresh.submit(measured, told, n, folder).result()
            ours, theirs = found[Transport.ASYNCSSH], found[Transport.OPENSSH]
            figures += [
                Figure(what, value, unit, peer=f"openssh link {theirs[what][0]:.4g}")
                for what, (value, unit) in ours.items()
            ]
    return report(figures)


if __name__ == "__main__":
    sys.exit(main())
