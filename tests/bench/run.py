"""Run every benchmark, print its figures beside the peers', and write them to tests/bench/RESULTS.md.

`python tests/bench/run.py [NAME …]`; a benchmark is a script in this folder that prints a JSON list of figures under `--json`.
Figures that were not measured in this run keep their line and date. Exit status 1 when a bar was missed.
"""

import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.bench.figures import mark  # noqa: E402 - after the path is set

RESULTS = HERE / "RESULTS.md"
STORE = HERE / "results.json"
SCRIPTS = {
    "fanout": "One command on many hosts, cold and warm, beside ssh, pyinfra, parallel-ssh, clush, fabric and ansible",
    "links": "The asyncssh link beside the openssh link",
    "cargo": "A file of 200 MB to one and to eight hosts, beside scp and rsync",
    "bastion": "Three operators and 200 hosts through one bastion with default sshd settings",
    "agent_cost": "The agent beside prometheus-node-exporter and Glances",
    "lateness": "Tick lateness with the cores oversubscribed",
    "ring_kill": "The ring after kill -9 of its writer",
    "rollout_kill": "A rollout after kill -9 of its coordinator at every record",
    "screens_cost": "The fleet screen with 200 and 1,000 hosts, under a pty",
    "charts_cost": "Four charts redrawn",
    "startup": "Start-up",
}


def main() -> int:
    """Run what was named, or everything."""
    wanted = [a for a in sys.argv[1:] if not a.startswith("-")] or list(SCRIPTS)
    unknown = [n for n in wanted if n not in SCRIPTS]
    if unknown:
        print(f"no benchmark named {unknown[0]}: {', '.join(SCRIPTS)}", file=sys.stderr)
        return 64
    store = json.loads(STORE.read_text()) if STORE.exists() else {}
    missed = False
    for name in wanted:
        print(f"== {name}: {SCRIPTS[name]}", flush=True)
        began = time.monotonic()
        env = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
        done = subprocess.run(
            [sys.executable, str(HERE / f"{name}.py"), "--json"], stdout=subprocess.PIPE, env=env, check=False
        )
        lines = done.stdout.decode().strip().splitlines()
        if not lines or not lines[-1].startswith("["):
            print(f"   {name} gave no figures (exit status {done.returncode})", file=sys.stderr)
            missed = True
            continue
        figures = json.loads(lines[-1])
        for f in figures:
            missed |= f["ok"] is False
            print(f"{mark(f['ok'])} {f['what']:<72} {f['value']:>10.4g} {f['unit']:<8} {f['bar']:<12} {f['peer']}")
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
        store[name] = {"at": datetime.now(UTC).strftime("%Y-%m-%d"), "machine": machine(), "figures": figures}
        STORE.write_text(json.dumps(store, indent=1, ensure_ascii=False) + "\n")
        RESULTS.write_text(table(store))
    return 1 if missed else 0


def machine() -> str:
    """Cores, processor, memory, kernel, Python: what a figure depends on."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        "",
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} × {model}, {memory:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}"
    )


def table(store: dict[str, dict[str, object]]) -> str:
    """The page."""
    lines = [
        "# Measured",
        "",
        "Made by `make bench`. Peers run in the same run on the same machine; a line without a bar is for comparison.",
        "",
    ]
    for name, title in SCRIPTS.items():
        if name not in store:
            continue
        entry = store[name]
        lines += [
            f"## {title}",
            "",
            f"{entry['at']}, {entry['machine']} (`tests/bench/{name}.py`)",
            "",
            "| what | measured | bar | peer | |",
            "| --- | ---: | --- | --- | --- |",
        ]
        missed = {True: "", None: "", False: "**missed**"}
        lines += [
            f"| {f['what']} | {f['value']:.4g} {f['unit']} | {f['bar']} | {f['peer']} | {missed[f['ok']]} |"
            for f in entry["figures"]
        ]  # type: ignore[attr-defined]  # what json gave
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
