"""The command line of the harness: `make fleet ARGS="up 20 --systemd --own --behind 2"`.

    up N [--systemd] [--own [--memory 800M] [--cpus 1]] [--behind K]   start; stays until `down`
    strange                                                    one host of every kind, and a home to enter them from
    down | status | base                                               stop all kept · what runs · make the Debian base
    op -- COMMAND                    as the operator: CLAWTUI_FLEET names the hosts, `ssh -F $SSH_CONFIG h000` works
    sh HOST -- COMMAND               inside a host without SSH
    cut | heal | freeze | thaw | silence HOST
    loss HOST PERCENT · rate HOST MBIT · clock HOST SECONDS

HOST is h000 … or bastion. Nothing here touches the machine's own network, and no host has a way out.
"""

import argparse
import json
import os
import subprocess
import sys
import time

from tests.fleet.base import base
from tests.fleet.order import Order, Slot
from tests.fleet.testbed import RUN, SLOTS, Testbed, claim, down, load, up


def main() -> int:
    """One verb; the exit code is that of what it ran."""
    if os.geteuid() != 0:
        sys.exit('root is needed for hosts of their own: sudo make fleet ARGS="…"')
    words = arguments()
    match words.verb:
        case "up":
            return start(words)
        case "strange":
            return strange()
        case "down":
            return stop()
        case "status":
            print(json.dumps([status(bed) for bed in kept()], indent=1))
            return 0
        case "base":
            print(base())
            return 0
        case _:
            beds = kept()
            return act(beds[0], words) if beds else sys.exit("no testbed is up: up N first")


def start(words: argparse.Namespace) -> int:
    """Up, and kept after this process has ended."""
    order = Order(
        hosts=words.hosts,
        systemd=words.systemd,
        own=words.own,
        behind=words.behind,
        memory=words.memory,
        cpus=words.cpus,
    )
    began = time.monotonic()
    bed = keep(order)
    print(
        f"{len(bed.machines)} hosts in {time.monotonic() - began:.1f} s; fleet file {bed.fleet_file}, ssh -F {bed.ssh_config}"
    )
    return 0


def strange() -> int:
    """The strange fleet, kept; what to type then is README's walk."""
    from tests.fleet.strange import ORDER, furnished

    bed = keep(ORDER)
    print(f"{len(bed.hosts)} strange hosts; export HOME={furnished(bed)}, then as in README: clawtui")
    return 0


def keep(order: Order) -> Testbed:
    """Up, and left running; down again where that fails."""
    slot, held = claim()
    with held:
        try:
            bed = up(slot, order, [])
        except BaseException:
            down(slot)
            raise
        (bed.folder / "kept").touch()
    return bed


def stop() -> int:
    """Down with every kept testbed; one that a test holds is left alone."""
    for slot in map(Slot, range(SLOTS)):
        if (RUN / slot.prefix / "kept").exists():
            down(slot)
    return 0


def kept() -> list[Testbed]:
    """Started by hand and running."""
    found = (load(slot) for slot in map(Slot, range(SLOTS)) if (RUN / slot.prefix / "kept").exists())
    return [bed for bed in found if bed]


def status(bed: Testbed) -> dict[str, object]:
    """One testbed in words."""
    return {
        "folder": str(bed.folder),
        "hosts": len(bed.hosts),
        "systemd": bed.order.systemd,
        "own": bed.order.own,
        "behind": bed.order.behind,
    }


def act(bed: Testbed, words: argparse.Namespace) -> int:
    """Something with the first kept testbed."""
    if words.verb == "op":
        env = {**os.environ, "CLAWTUI_FLEET": str(bed.fleet_file), "SSH_CONFIG": str(bed.ssh_config)}
        return subprocess.run(words.command, env=env).returncode
    if words.verb == "sh":
        done = bed.sh(words.host, *words.command)
        sys.stdout.write(done.stdout)
        sys.stderr.write(done.stderr)
        return done.returncode
    values = [words.value] if "value" in words else []
    getattr(bed, words.verb)(words.host, *values)
    return 0


def arguments() -> argparse.Namespace:
    """What was typed."""
    parser = argparse.ArgumentParser(
        prog="fleet", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    order = verbs.add_parser("up")
    order.add_argument("hosts", type=int)
    order.add_argument("--systemd", action="store_true")
    order.add_argument("--own", action="store_true")
    order.add_argument("--behind", type=int, default=0)
    order.add_argument("--memory", default="800M")
    order.add_argument("--cpus", type=float, default=1.0)
    for verb in ("strange", "down", "status", "base"):
        verbs.add_parser(verb)
    verbs.add_parser("op").add_argument("command", nargs="+")
    inside = verbs.add_parser("sh")
    inside.add_argument("host")
    inside.add_argument("command", nargs="+")
    for verb in ("cut", "heal", "freeze", "thaw", "silence"):
        verbs.add_parser(verb).add_argument("host")
    for verb, kind in (("loss", float), ("rate", int), ("clock", float)):
        fault = verbs.add_parser(verb)
        fault.add_argument("host")
        fault.add_argument("value", type=kind)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
