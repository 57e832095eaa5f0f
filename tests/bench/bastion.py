"""Three operators, 200 hosts, one bastion with sshd's defaults: it is cut and healed, then all its sessions are ended.

Each operator is a process with the engine that the TUI has; a host is live when its agent has greeted (a stand-in behind a
forced command: hosts and operators share this machine). Refused connections are counted in the bastion's own log.
"""

import argparse
import asyncio
import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench.figures import Figure, report
from tests.engine.doubles import hello
from tests.fleet.order import BASTION, Order
from tests.fleet.testbed import Testbed, running

OPERATORS, HOSTS = 3, 200
OUTAGE_S = 30.0
WAIT_S = 180.0
PEER_S = 15.0
REFUSALS = ("past MaxStartups", "drop connection")


class Operator:
    """One process; says how many hosts are live, each time all or none are."""

    def __init__(self, bed: Testbed, number: int) -> None:
        env = {**os.environ, "HOME": str(bed.folder / f"operator-{number}")}
        argv = [sys.executable, __file__, "--operate", str(bed.fleet_file)]
        with (bed.folder / "log" / f"operator-{number}").open("w") as log:
            self.process = subprocess.Popen(argv, env=env, stdout=subprocess.PIPE, stderr=log, text=True)
        self.said: queue.Queue[tuple[float, int]] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            at, live = json.loads(line)
            self.said.put((at, live))

    def until(self, live: int) -> float:
        """The moment when so many are live."""
        end = time.monotonic() + WAIT_S
        while True:
            at, now = self.said.get(timeout=max(0.1, end - time.monotonic()))
            if now == live:
                return at


def together(operators: Sequence[Operator], live: int) -> float:
    """The moment when the last of them sees so many."""
    return max(operator.until(live) for operator in operators)


def refused(bed: Testbed) -> int:
    """Connections that the bastion's sshd dropped, by its own word."""
    lines = (bed.folder / "log" / BASTION).read_text("utf-8", "replace").splitlines()
    return sum(any(words in line for words in REFUSALS) for line in lines)


def accepted(bed: Testbed) -> int:
    """Logins on the bastion."""
    return (bed.folder / "log" / BASTION).read_text("utf-8", "replace").count("Accepted publickey")


def stand_in(bed: Testbed) -> None:
    """What answers in the agent's place: one hello, one sample, then nothing, at next to no cost."""
    agent = bed.folder / "agent.sh"
    greeting = json.dumps(hello()).replace("'", "")
    serves = f"echo '{greeting}'; exec sleep 100000"
    agent.write_text(f'case $SSH_ORIGINAL_COMMAND in "clawtui-agent proxy") {serves} ;; esac\n')
    keys = bed.folder / "keys/authorized"
    keys.write_text(f'command="/bin/sh {agent}" {keys.read_text()}')


def peer(bed: Testbed) -> str:
    """The same 200 hosts by ssh -J, as a shell loop would: one connection of its own to the bastion for each."""
    before = refused(bed)
    names = [m.name for m in bed.hosts]
    ssh = ["ssh", "-F", str(bed.ssh_config), "-o", "KexAlgorithms=curve25519-sha256", "-o", "ConnectTimeout=30"]
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    started = [subprocess.Popen([*ssh, name, "true"], **quiet) for name in names]
    time.sleep(PEER_S)
    for process in started:
        process.kill()
        process.wait()
    return f"ssh -J by 1 operator: {refused(bed) - before} refused"


def measure() -> list[Figure]:
    """The whole course."""
    order = Order(hosts=HOSTS, behind=HOSTS, sshd=("LogLevel VERBOSE",))
    with running(order) as bed:
        stand_in(bed)
        operators: list[Operator] = []
        try:
            began = time.monotonic()
            operators += (Operator(bed, number) for number in range(OPERATORS))
            first_s = together(operators, HOSTS) - began
            before = accepted(bed)
            cut = time.monotonic()
            bed.cut(BASTION)
            seen_s = together(operators, 0) - cut
            time.sleep(max(0.0, OUTAGE_S - (time.monotonic() - cut)))
            healed = time.monotonic()
            bed.heal(BASTION)
            back_s = together(operators, HOSTS) - healed
            ended = time.monotonic()
            bed.hang_up(BASTION)
            together(operators, 0)
            again_s = together(operators, HOSTS) - ended
            dropped, logins = refused(bed), accepted(bed) - before
        finally:
            for operator in operators:
                operator.process.terminate()
                operator.process.wait()
        words = peer(bed)
    what = f"{OPERATORS} operators × {HOSTS} hosts through one bastion"
    return [
        Figure(f"{what}: connections refused by MaxStartups 10:30:100", dropped, "", "0", words, dropped == 0),
        Figure("  logins on the bastion after it was lost twice", logins, "", f"≤ {4 * OPERATORS}", "", logins <= 4 * OPERATORS),
        Figure("  until all are live, cold", first_s, "s", "", ""),
        Figure("  bastion cut: until none is live any more", seen_s, "s", "≤ 25", "", seen_s <= 25),
        Figure(f"  healed after {OUTAGE_S:.0f} s: until all are live again", back_s, "s", "≤ 45", "", back_s <= 45),
        Figure("  all its sessions ended at once: until all are live again", again_s, "s", "≤ 45", "", again_s <= 45),
    ]  # fmt: skip


async def operate(fleet_file: str) -> None:
    """One operator: the engine, and a line each time all or none of the inner hosts are live."""
    from clawtui.engine.local import LocalEngine
    from clawtui.engine.standing import Contact
    from clawtui.fleet.context import find_fleets
    from clawtui.fleet.prompts import Nobody
    from clawtui.places import Places
    from clawtui.settings import MetricsSettings, Settings

    places = Places.of()
    fleet = find_fleets(places, {}, fleet_flag=fleet_file, context_flag=None).only()
    settings = replace(Settings(), metrics=MetricsSettings(stale_periods=100_000))
    async with LocalEngine(fleet, settings, (), places, prompts=Nobody()) as engine:
        inner = [follower.standing for follower in engine.followers.values() if follower.host.jump]
        last = -1
        while True:
            live = sum(standing.contact is Contact.LIVE for standing in inner)
            if live != last and live in (0, len(inner)):
                print(json.dumps([time.monotonic(), live]), flush=True)
            last = live
            await asyncio.sleep(0.05)


def main() -> int:
    """Measure, or be one of the operators."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--operate", metavar="FLEET", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.operate:
        asyncio.run(operate(words.operate))
        return 0
    return report(measure())


if __name__ == "__main__":
    sys.exit(main())
