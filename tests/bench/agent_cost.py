"""What the agent costs, beside prometheus-node-exporter and Glances, each asked once a second in the same run.

    python tests/bench/agent_cost.py [--seconds 60] [--processes 100,400] [--python /usr/bin/python3] [--json]

The agent runs as installed (`python3 -I -S`, compiled files), its rings hold a whole day that was written by the agent's own
code, one subscriber listens, one service with a metrics page is watched. Everything is measured over the same seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.agent.running import Line, agent, command, config, installed, page_server  # noqa: E402 - after the path is set
from tests.bench.figures import Figure, report  # noqa: E402 - after the path is set
from tests.bench.peers import peers  # noqa: E402 - after the path is set

RSS_BAR = 16 * 1_048_576
CPU_BAR = 8.0  # seconds an hour beside 400 processes
SHARE_BAR = 0.25  # of node-exporter in the same run
DISK_BAR = 1000.0  # bytes a second
WARM_UP = 5.0

PREFILL = """
import sys, json, time
sys.path.insert(0, sys.argv[1])
from clawtui_agent.config import load
from clawtui_agent.history import History
from clawtui_agent.tiers import STEPS
from clawtui_agent.top import BODY
history = History(load(sys.argv[2]), BODY)
names = [("host", f"filler.{i}") for i in range(int(sys.argv[3]))]
now = int(time.time()) - 86400
history.open(names, now)
for at in range(now, now + 86400):
    history.write(at, [float(at % 997 + i) for i in range(len(names))])
    if at % STEPS["top"] == 7:
        history.write_top(at, b"x" * BODY)
history.close()
"""


def main() -> int:
    """Exit code 1 when a bar is passed."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--seconds", type=float, default=60.0)
    words.add_argument("--processes", default="100,400")
    words.add_argument("--python", default="/usr/bin/python3" if Path("/usr/bin/python3").exists() else sys.executable)
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    figures = [
        figure for count in asked.processes.split(",") for figure in measure(int(count), asked.seconds, asked.python)
    ]
    return report(figures)


def measure(count: int, seconds: float, python: str) -> list[Figure]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="clawtui-bench-")))
        stack.enter_context(idle(count))
        server, url = stack.enter_context(page_server("fastapi"))
        (folder / "bot.pid").write_text(str(server.pid))
        services = [{"name": "bot", "pid_file": str(folder / "bot.pid"), "metrics": url}]
        rings = {"max_bytes": 134_217_728, "second_slots": 86_400, "minute_slots": 43_200}
        path = config(folder, services=services, rings=rings)
        launch = installed(folder / "lib")
        subprocess.run([python, "-I", "-S", "-m", "compileall", "-q", str(folder / "lib")], check=True)
        subprocess.run([python, "-I", "-S", "-c", PREFILL, str(folder / "lib"), str(path), "64"], check=True)
        process = stack.enter_context(agent(path, command(launch, python)))
        watched = {"agent": psutil.Process(process.pid)}
        stop = threading.Event()
        stack.callback(stop.set)
        threading.Thread(target=listen, args=(str(folder / "run" / "agent.sock"), stop), daemon=True).start()
        watched.update(stack.enter_context(asked_each_second(stop)))
        time.sleep(WARM_UP)
        before = {name: spent(it) for name, it in watched.items()}
        written = watched["agent"].io_counters().write_bytes
        began = time.monotonic()
        time.sleep(seconds)
        took = time.monotonic() - began
        hourly = {name: (spent(it) - before[name]) * 3600 / took for name, it in watched.items()}
        rate = (watched["agent"].io_counters().write_bytes - written) / took
        resident = {name: it.memory_info().rss for name, it in watched.items()}
        others = len(psutil.pids()) - len(watched)
    return rows_of(others, hourly, resident, rate)


def rows_of(count: int, hourly: dict[str, float], resident: dict[str, int], rate: float) -> list[Figure]:
    def row(what: str, value: float, unit: str, bar: str, peer: str, ok: bool | None) -> Figure:
        return Figure(f"{what}, {where}", value, unit, bar, peer, ok)

    where = f"beside {count} processes"
    most = CPU_BAR * max(1.0, count / 400)  # the scan for the process ring grows with their number
    others = [name for name in hourly if name != "agent"]
    memory = ", ".join(f"{name} {resident[name] / 1_048_576:.1f}" for name in others)
    cpu = ", ".join(f"{name} {hourly[name]:.1f}" for name in others)
    rows = [
        row(
            "agent RSS after a day of rings",
            round(resident["agent"] / 1_048_576, 2),
            "MiB",
            "<= 16",
            memory,
            resident["agent"] <= RSS_BAR,
        ),
        row("agent CPU at 1 Hz", round(hourly["agent"], 2), "s/h", f"<= {most:.1f}", cpu, hourly["agent"] <= most),
        row("agent disk writes", round(rate), "B/s", f"<= {DISK_BAR:g}", "", rate <= DISK_BAR),
    ]
    if "node-exporter" in hourly:
        share = hourly["agent"] / max(hourly["node-exporter"], 1e-9)
        rows.append(
            row("agent CPU, share of node-exporter's", round(share, 3), "", f"<= {SHARE_BAR:g}", "", share <= SHARE_BAR)
        )
    else:
        rows.append(
            row("prometheus-node-exporter", 0, "", "", "not installed (apt-get install it): no comparison", None)
        )
    return rows


def spent(process: psutil.Process) -> float:
    """CPU seconds of a process and the children that it waited for."""
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)


@contextlib.contextmanager
def idle(count: int) -> Iterator[None]:
    """That many processes that do nothing."""
    sleepers = [subprocess.Popen(["sleep", "3600"]) for _ in range(count)]
    try:
        yield
    finally:
        for sleeper in sleepers:
            sleeper.kill()
        for sleeper in sleepers:
            sleeper.wait()


def listen(path: str, stop: threading.Event) -> None:
    """The one subscriber."""
    line = Line(path)
    line.send(live={"every": 1})
    while not stop.is_set():
        with contextlib.suppress(OSError):
            if line.read() is None:
                return


@contextlib.contextmanager
def asked_each_second(stop: threading.Event) -> Iterator[dict[str, psutil.Process]]:
    """The peers, started on loopback ports of their own."""
    found: dict[str, psutil.Process] = {}
    started: list[subprocess.Popen[bytes]] = []
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    wanted: list[tuple[str, list[str], str]] = []
    if exporter := node_exporter():
        listen_at = ["--web.listen-address=127.0.0.1:19100"]
        wanted.append(("node-exporter", [exporter, *listen_at], "http://127.0.0.1:19100/metrics"))
    words = [str(peers() / "glances"), "-w", "-B", "127.0.0.1", "-p", "19101", "-t", "1", "--disable-check-update"]
    wanted.append(("Glances", words, "http://127.0.0.1:19101/api/4/all"))
    try:
        for name, words, url in wanted:
            started.append(subprocess.Popen(words, **quiet))
            found[name] = psutil.Process(started[-1].pid)
            threading.Thread(target=ask, args=(url, stop), daemon=True).start()
        yield found
    finally:
        for process in started:
            process.terminate()
            process.wait()


def node_exporter() -> str | None:
    """Its program; as root it is installed when it is missing, and its service is not started."""
    if shutil.which("prometheus-node-exporter") is None and os.geteuid() == 0:
        subprocess.run([ROOT / ".ci/packages", "prometheus-node-exporter"], check=False)
    return shutil.which("prometheus-node-exporter")


def ask(url: str, stop: threading.Event) -> None:
    """A scrape a second, as a monitoring server does it."""
    while not stop.wait(1.0):
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
            answer.read()


if __name__ == "__main__":
    os.environ.pop("PYTHONPATH", None)
    sys.exit(main())
