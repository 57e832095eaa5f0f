"""A coordinator killed with -9 after every record of the journal of a rollout over eight hosts, gone on with by another.

python tests/bench/rollout_kill.py [--hosts 8] [--each 1] [--json]      as root; each record takes some ten seconds
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.figures import Figure, report
from tests.deploy.operator import Operator
from tests.deploy.service import Source
from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

NAME = "sweep"
MOST = 1000


def main() -> int:
    """Exit code 1 when any of them did not come to its end."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--hosts", type=int, default=8)
    words.add_argument("--each", type=int, default=1, help="every so many records")
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    order = Order(hosts=asked.hosts, systemd=True, own=True)
    with running(order) as bed, tempfile.TemporaryDirectory(prefix="clawtui-bench-") as folder:
        killed, stuck, slowest = sweep(bed, Path(folder), asked.each)
    return report(
        [
            Figure(
                f"rollouts over {asked.hosts} hosts that did not come to their end", len(stuck), "", "0", ok=not stuck
            ),
            Figure("coordinators killed, one after each record", killed, "", ok=None),
            Figure("slowest resume, from its start to done", slowest, "s", ok=None),
        ]
    )


def sweep(bed: Testbed, folder: Path, each: int) -> tuple[int, list[int], float]:
    """How many died, after which records it went wrong, and the slowest resume."""
    operator = Operator(folder / "home", bed)
    bot = Source(folder / NAME, NAME, "h*")
    bot.spec(rollout='max_unavailable = "100%"')
    stuck, slowest, killed = list[int](), 0.0, 0
    for record in range(1, MOST, each):
        bot.version(str(record))
        if not operator.dies(bot.folder, record):
            break
        killed, began = killed + 1, time.monotonic()
        resumed = operator.deploys("resume", NAME, "--yes")
        slowest = max(slowest, time.monotonic() - began)
        if resumed.returncode or not all(serves(bed, machine.name, str(record)) for machine in bed.hosts):
            stuck.append(record)
            print(f"after record {record}: {resumed.stdout}{resumed.stderr}", file=sys.stderr)
    return killed, stuck, slowest


def serves(bed: Testbed, host: str, version: str) -> bool:
    """One instance, and it is the new one."""
    said = bed.sh(host, "curl", "-s", "--unix-socket", f"/srv/clawtui/{NAME}/shared/run/live.sock", "http://x/")
    listed = ("systemctl", "list-units", f"clawtui-{NAME}@*", "--no-legend", "--plain", "--state=active")
    units = bed.sh(host, *listed).stdout.splitlines()
    return json.loads(said.stdout or "{}").get("version") == version and len(units) == 1


if __name__ == "__main__":
    sys.exit(main())
