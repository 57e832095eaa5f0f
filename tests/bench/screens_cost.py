"""What the fleet screen costs: first frame, keys, refreshes, and an hour's worth of seconds under a pty."""

import argparse
import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from clawtui.settings import Settings, UiSettings  # noqa: E402 - after the path is set
from clawtui_screens.app import ClawApp  # noqa: E402 - after the path is set
from clawtui_screens.messages import FleetSeen  # noqa: E402 - after the path is set
from tests.bench.figures import Figure, report  # noqa: E402 - after the path is set
from tests.engine.synthetic import SyntheticEngine  # noqa: E402 - after the path is set
from tests.screens.terminal import Terminal  # noqa: E402 - after the path is set

FIRST = (
    "from clawtui.engine.recorded import RecordedEngine; from clawtui.settings import Settings; "
    "from clawtui_screens.main import run; run(RecordedEngine.of(), Settings())"
)
SERVICES = 5
PROGRAM = "from tests.screens.plain import main; main({hosts}, services={services})"


def figure(what: str, value: float, unit: str, bar: float | None) -> Figure:
    """One line of the table."""
    return Figure(what, round(value, 2), unit, "" if bar is None else f"≤ {bar:g}", ok=bar is None or value <= bar)


def first_frame(runs: int = 5) -> Figure:
    """From starting Python to the first frame on the terminal, wall clock, the median."""
    times: list[float] = []
    for _ in range(runs):
        with Terminal("-c", FIRST) as terminal:
            terminal.until(b"connecting")
            times.append((time.monotonic() - terminal.started) * 1000)
    return figure("start-up to first frame", statistics.median(times), "ms", 350)


def _ticks(pid: int) -> float:
    """CPU seconds of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def steady(hosts: int, seconds: float) -> list[Figure]:
    """CPU and bytes of a fleet that changes each second; the made-up engine's own share is measured and taken off."""
    with Terminal("-c", PROGRAM.format(hosts=hosts, services=SERVICES)) as terminal:
        terminal.until(b"gpu-00")
        terminal.read(3.0)
        before, sent, begun = _ticks(terminal.process.pid), len(terminal.out), time.monotonic()
        terminal.read(seconds)
        lasted = time.monotonic() - begun
        cpu = (_ticks(terminal.process.pid) - before) / lasted * 100
        rate = (len(terminal.out) - sent) / lasted / 1000
        waits: list[float] = []
        for key in "jk" * 10:
            terminal.read(0.05)
            os.write(terminal.master, key.encode())
            waits.append(terminal.until(b"\x1b[") * 1000)
    own = asyncio.run(_engine_alone(hosts))
    return [
        figure(f"{hosts} hosts at 1 Hz: CPU of the screens", max(0.0, cpu - own), "%", 2.0 if hosts == 200 else None),
        figure(f"{hosts} hosts at 1 Hz: to the terminal", rate, "kB/s", 40.0),
        figure(f"{hosts} hosts at 1 Hz: key to answer, p95", sorted(waits)[int(len(waits) * 0.95) - 1], "ms", 50.0),
    ]


async def _engine_alone(hosts: int, steps: int = 5) -> float:
    """CPU per cent of one step of the made-up engine a second."""
    engine = SyntheticEngine(hosts, services=SERVICES)
    begun = time.process_time()
    for _ in range(steps):
        engine.step()
    return (time.process_time() - begun) / steps * 100


async def in_process(hosts: int = 1000, frames: int = 60) -> list[Figure]:
    """CPU of a key and of a refresh, painted, in one process without a terminal."""
    engine = SyntheticEngine(hosts, services=SERVICES)
    app = ClawApp(engine, Settings(ui=UiSettings(ascii="never", refresh_s=0.0, fold=10 * hosts)))
    keys: list[float] = []
    refreshes: list[float] = []
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.picture.hosts:
            await pilot.pause()
        engine._task.cancel() if engine._task else None
        await pilot.pause(0.3)
        table = app.screen.query_one("#hosts")
        for _ in range(frames):
            begun = time.process_time()
            table.action_move(1)
            await _painted(app)
            keys.append((time.process_time() - begun) * 1000)
        for _ in range(frames):
            engine.tick += 1
            engine._advance()
            picture = app.picture.after(engine.frame(full=True, hosts=engine.views.values()), time.time())
            begun = time.process_time()
            app.post_message(FleetSeen(picture))
            await _painted(app)
            refreshes.append((time.process_time() - begun) * 1000)
    return [
        figure(
            f"key to painted cursor, {hosts} rows of {SERVICES} services, median",
            statistics.median(keys),
            "ms CPU",
            10.0,
        ),
        figure(f"{hosts} rows refreshed and painted, median", statistics.median(refreshes), "ms CPU", 10.0),
        figure(f"{hosts} rows refreshed and painted, p99", sorted(refreshes)[int(frames * 0.99) - 1], "ms CPU", None),
    ]


async def _painted(app: ClawApp) -> None:
    """Every message that was waiting is handled, and what they dirtied is drawn by the application itself."""
    from textual.pilot import Pilot

    await Pilot(app).pause(0)


def main(seconds: float = 20.0) -> list[Figure]:
    """Everything."""
    return [first_frame(), *asyncio.run(in_process()), *steady(200, seconds), *steady(1000, seconds)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=20.0)
    wish = parser.parse_args()
    sys.exit(report(main(wish.seconds)))
