"""`kill -9` while the ring is being written, many times: is there ever a record that is wrong and looks right?

python tests/bench/ring_kill.py [--times 100] [--json]
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from clawtui_agent.segment import Geometry, Segment
from tests.bench.figures import Figure, report

AGENTS = str(Path(__file__).parents[2] / "agents")
SLOTS = 5000
WIDTH = 512  # floats: records longer than half a page, so that most writes cross a page's edge

WRITER = """
import sys, struct
sys.path.insert(0, sys.argv[1])
from clawtui_agent.segment import Geometry, Segment
segment = Segment.open(sys.argv[2], write=True)
at = int(sys.argv[3])
pack = struct.Struct("<512f").pack
print("writing", flush=True)
while True:
    segment.write(at, pack(*([float(at % 1000003)] * 512)))
    at += 1
"""


def main() -> int:
    """Exit code 1 when a wrong record was taken for a right one."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--times", type=int, default=100)
    words.add_argument("--json", action="store_true")
    asked = words.parse_args()
    seen = kill_many(asked.times)
    return report(
        [
            Figure(
                f"wrong records that look right after {asked.times} x kill -9",
                seen["wrong"],
                "",
                "0",
                ok=seen["wrong"] == 0,
            ),
            Figure("records checked", seen["right"], "", ok=None),
            Figure("records torn and recognised", seen["torn"], "", ok=None),
        ]
    )


def kill_many(times: int) -> dict[str, int]:
    """Right, torn and wrong records, counted after every kill."""
    seen = {"right": 0, "torn": 0, "wrong": 0}
    dice = random.Random(1)
    with tempfile.TemporaryDirectory(prefix="clawtui-bench-") as folder:
        path = f"{folder}/1s-0001.ring"
        Segment.create(path, Geometry("1s", 1, SLOTS, 4 * WIDTH, 8192), {"created": 1}).close()
        at = 1_000_000
        for _ in range(times):
            writer = [sys.executable, "-I", "-S", "-c", WRITER, AGENTS, path, str(at)]
            with subprocess.Popen(writer, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                process.stdout.readline()
                time.sleep(dice.uniform(0.001, 0.03))
                os.kill(process.pid, signal.SIGKILL)
            at = check(path, seen)
    return seen


def check(path: str, seen: dict[str, int]) -> int:
    """Look at every slot; the time to go on from."""
    segment = Segment.open(path, write=False)
    newest = 1_000_000
    raw = Path(path).read_bytes()
    size, start = segment.geometry.record, segment.geometry.start
    for slot in range(SLOTS):
        head = struct.unpack_from("<I", raw, start + slot * size)[0]
        body = raw[start + slot * size + 8 : start + (slot + 1) * size]
        if not head:
            seen["torn"] += any(body)
            continue
        said = segment.read(head)
        if said is None:
            seen["torn"] += 1
            continue
        newest = max(newest, head + 1)
        good = head % SLOTS == slot and said == struct.pack("<f", float(head % 1000003)) * WIDTH
        seen["right" if good else "wrong"] += 1
    segment.close()
    return newest


if __name__ == "__main__":
    sys.exit(main())
