"""`true` on 20, 50 and 200 real OpenSSH hosts: clawtui beside its peers, in one run (root needed).

Cold is a whole process that connects first; warm is the same again over held connections (ansible: over its ssh masters).
Also the memory of 200 held connections, the first result from one host, a question through channels that are open already,
and the time until a dead host is noticed while a command waits. Hosts and operator share the machine's cores.
"""

import argparse
import asyncio
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.figures import Figure, report
from tests.bench.peers import peers
from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

PYTHON = sys.executable
# libraries have no command line: the shortest program that their manuals suggest. Neither looks at host keys.
PARALLEL_SSH = """\
import sys
from pssh.clients import ParallelSSHClient
client = ParallelSSHClient(sys.argv[1:], user="root", pkey="{key}", pool_size=len(sys.argv) - 1)
output = client.run_command("true")
client.join(output)
sys.exit(any(host.exit_code for host in output))
"""
FABRIC = """\
import sys
from fabric import ThreadingGroup
how = dict(key_filename="{key}", look_for_keys=False, allow_agent=False)
results = ThreadingGroup(*sys.argv[1:], user="root", connect_kwargs=how).run("true", hide=True)
sys.exit(any(result.failed for result in results.values()))
"""


def timed(argv: Sequence[str], env: dict[str, str], times: int) -> tuple[float, float]:
    """Medians of wall and of client CPU seconds; a command that fails ends the benchmark."""
    walls, cpus = [], []
    for _ in range(times):
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(argv, env={**os.environ, **env}, stdin=subprocess.DEVNULL, capture_output=True)
        walls.append(time.perf_counter() - began)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpus.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        if done.returncode:
            raise RuntimeError(
                f"{argv[0]} ended with {done.returncode}: {(done.stderr or done.stdout)[-600:].decode()}"
            )
    return statistics.median(walls), statistics.median(cpus)


def others(bed: Testbed, n: int, folder: Path) -> dict[str, tuple[list[str], dict[str, str]]]:
    """The peers' command lines for the first n hosts."""
    hosts = bed.hosts[:n]
    names, inventory, pyinfra = folder / f"names-{n}", folder / f"inventory-{n}", folder / f"hosts_{n}.py"
    names.write_text("\n".join(m.name for m in hosts) + "\n")
    ssh = f"-F {bed.ssh_config} -o KexAlgorithms=curve25519-sha256"
    inventory.write_text(
        "[all]\n" + "\n".join(m.name for m in hosts) + f"\n[all:vars]\nansible_ssh_common_args={ssh}\n"
        "ansible_python_interpreter=/usr/bin/python3\n"
    )
    data = {"ssh_user": "root", "ssh_key": hosts[0].key, "ssh_known_hosts_file": str(bed.known_hosts)}
    pyinfra.write_text(f"hosts = ({[m.address for m in hosts]!r}, {data!r})\n")
    programs, addresses = peers(), [m.address for m in hosts]
    scripts = (folder / "parallel_ssh.py", folder / "with_fabric.py")
    for script, text in zip(scripts, (PARALLEL_SSH, FABRIC), strict=True):
        script.write_text(text.format(key=hosts[0].key))
    env = {
        "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=30s",
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_LOCAL_TEMP": str(folder),
        "ANSIBLE_SSH_CONTROL_PATH_DIR": str(folder / "cp"),
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    ansible = [str(programs / "ansible"), "all", "-i", str(inventory), "-f", str(n)]
    return {
        "ssh x25519": (["xargs", "-a", str(names), "-P", str(n), "-I{}", "ssh", *ssh.split(), "{}", "true"], {}),
        "pyinfra": ([str(programs / "pyinfra"), "-y", "--parallel", str(n), str(pyinfra), "exec", "--", "true"], {}),
        "parallel-ssh": ([str(programs / "python"), str(scripts[0]), *addresses], {}),
        "fabric": ([str(programs / "python"), str(scripts[1]), *addresses], {}),
        "clush": (
            [str(programs / "clush"), "-S", "-f", str(n), "-o", ssh, "-w", ",".join(m.name for m in hosts), "true"],
            {},
        ),
        "ansible raw": ([*ansible, "-m", "raw", "-a", "true"], env),
        "ansible command": ([*ansible, "-m", "command", "-a", "true"], env),
    }


def cold(bed: Testbed, n: int, folder: Path, times: int) -> list[Figure]:
    """Whole processes."""
    selector = ",".join(m.name for m in bed.hosts[:n])
    ours = [PYTHON, "-m", "clawtui", "run", selector, "--fleet", str(bed.fleet_file), "--yes", "--", "true"]
    home = {"HOME": str(folder), "XDG_CONFIG_HOME": "", "XDG_STATE_HOME": "", "XDG_CACHE_HOME": ""}
    wall, cpu = timed(ours, home, times)
    peer_walls, peer_cpus = {}, {}
    for name, (argv, env) in others(bed, n, folder).items():
        if name.startswith("ansible") and n > 50:
            continue  # tens of seconds each; 20 and 50 show the slope
        peer_walls[name], peer_cpus[name] = timed(argv, env, 1 if name.startswith("ansible") else times)
    words = ", ".join(f"{name} {seconds:.2f}" for name, seconds in peer_walls.items())
    cpus = ", ".join(f"{name} {seconds:.2f}" for name, seconds in peer_cpus.items())
    best = min(peer_walls[name] for name in ("ssh x25519", "pyinfra"))  # those that look at host keys, as we do
    many = n >= 200  # with fewer hosts the start of Python, which ssh does not have, weighs more than the hosts
    ok = not many or wall <= best * 1.15  # under 15 % apart is a tie: the hosts' own sshd is the floor for everybody
    return [
        Figure(f"`true` on {n} hosts, cold, whole process", wall, "s", "≤ best peer" if many else "", words, ok),
        Figure(f"  operator CPU for it, {n} hosts", cpu, "s", "≤ 0.75" if many else "", cpus, not many or cpu <= 0.75),
    ]


def anonymous() -> float:
    """MB of memory that the kernel cannot drop."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    return 0.0


def kept(bed: Testbed, n: int, folder: Path) -> list[Figure]:
    """`held` in a process of its own."""
    return asyncio.run(held(bed, n, folder))


async def held(bed: Testbed, n: int, folder: Path) -> list[Figure]:
    """Connections kept, as the TUI keeps them."""
    from clawtui.fleet.connections import Connections
    from clawtui.fleet.options import SshOptions
    from clawtui.fleet.prompts import Nobody
    from clawtui.places import Places

    hosts = bed.fleet().hosts[:n]
    async with Connections(bed.fleet(), SshOptions(), Places.of({"HOME": str(folder)}), Nobody()) as connections:
        links = await asyncio.gather(*(connections.link(host) for host in hosts))
        walls = []
        for _ in range(5):
            began = time.perf_counter()
            replies = await asyncio.gather(*(link.run("true", timeout_s=30) for link in links))
            walls.append(time.perf_counter() - began)
            assert all(reply.status == 0 for reply in replies)
        figures = [
            Figure(
                f"`true` on {n} hosts, warm",
                statistics.median(walls),
                "s",
                "≤ 0.33" if n == 200 else "",
                "ssh masters 0.80, ansible raw 6.1 at 200 hosts (measured earlier)",
                n != 200 or statistics.median(walls) <= 0.33,
            )
        ]
        if n == 200:
            figures.append(
                Figure(
                    "memory, 200 held connections",
                    anonymous(),
                    "MB",
                    "≤ 35",
                    "ssh masters 279 (measured earlier)",
                    anonymous() <= 35,
                )
            )
        channels = await asyncio.gather(*(link.open("cat") for link in links))
        answers = [channel.lines() for channel in channels]
        asks = []
        for _ in range(5):
            began = time.perf_counter()
            await asyncio.gather(*(channel.send(b"status") for channel in channels))
            await asyncio.gather(*(anext(answer) for answer in answers))
            asks.append(time.perf_counter() - began)
        figures.append(
            Figure(
                f"a line to {n} hosts and back through open channels",
                statistics.median(asks) * 1000,
                "ms",
                "≤ 30" if n == 200 else "",
                "ssh masters 800 (measured earlier)",
                n != 200 or statistics.median(asks) <= 0.03,
            )
        )
        return figures


async def first(bed: Testbed, folder: Path) -> list[Figure]:
    """Connect and one command, one host after another, beside the ssh program."""
    from clawtui.fleet.connections import Connections
    from clawtui.fleet.options import SshOptions
    from clawtui.fleet.prompts import Nobody
    from clawtui.places import Places

    walls, ssh = [], []
    async with Connections(bed.fleet(), SshOptions(), Places.of({"HOME": str(folder)}), Nobody()) as connections:
        for host in bed.fleet().hosts[:12]:
            began = time.perf_counter()
            link = await connections.link(host)
            await link.run("true", timeout_s=10)
            walls.append(time.perf_counter() - began)
            argv = ["ssh", "-F", str(bed.ssh_config), "-o", "KexAlgorithms=curve25519-sha256", host.name, "true"]
            ssh.append((await asyncio.to_thread(timed, argv, {}, 1))[0])
        ours, theirs = statistics.median(walls[1:]), statistics.median(ssh[1:])
        figures = [
            Figure(
                "first result from one host: connect and `true`",
                ours * 1000,
                "ms",
                "≤ 45",
                f"ssh x25519 {theirs * 1000:.0f}",
                ours <= 0.045,
            )
        ]
        link = await connections.link(bed.fleet().hosts[0])
        waiting = asyncio.create_task(link.run("sleep 60", timeout_s=60))
        await asyncio.sleep(0.5)
        bed.cut(0)
        began = time.perf_counter()
        reply = await waiting
        noticed = time.perf_counter() - began
        bed.heal(0)
        figures.append(
            Figure(
                "a dead host is noticed while a command waits",
                noticed,
                "s",
                "≤ 8",
                "ansible: never by default",
                noticed <= 8.0,
            )
        )
        assert reply.status is None, "a lost connection must be unknown"
        return figures


def main() -> int:
    """One testbed of 200 hosts for everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", default="20,50,200")
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    words = parser.parse_args()
    counts = [int(n) for n in words.hosts.split(",")]
    figures: list[Figure] = []
    with running(Order(hosts=max(counts))) as bed:
        folder = bed.folder / "bench"
        folder.mkdir()
        figures += asyncio.run(first(bed, folder))
        for n in counts:
            figures += cold(bed, n, folder, words.times)
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as fresh:  # its memory is nobody else's
                figures += fresh.submit(kept, replace(bed, processes=[]), n, folder).result()
    return report(figures)


if __name__ == "__main__":
    sys.exit(main())
