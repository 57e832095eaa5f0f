"""Somebody who deploys: a home of their own, and commands about one testbed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from clawtui.deploy.ledger import Ledger, ledgers
from clawtui.deploy.plan import read, written
from clawtui.engine.deploying.yard import seen
from clawtui.places import Places
from tests.fleet.testbed import Testbed

WAIT_S = 60


class Operator:
    """Nobody sits at a terminal."""

    def __init__(self, home: Path, bed: Testbed) -> None:
        self.home, self.bed = home, bed
        home.mkdir(exist_ok=True)

    @property
    def environ(self) -> dict[str, str]:
        """Of every command."""
        return {"HOME": str(self.home), "PATH": os.environ["PATH"], "CLAWTUI_FLEET": str(self.bed.fleet_file)}

    def types(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """`clawtui …`."""
        argv = [sys.executable, "-m", "clawtui", *words]
        env = {**self.environ, **environ}
        return subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150)

    def deploys(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """`clawtui deploy …`."""
        return self.types("deploy", *words, **environ)

    def host(self, service: str, name: str) -> dict[str, Any]:
        """One host in it."""
        return dict(next(host for host in self.view(service)["hosts"] if host["name"] == name))

    def planned(self, folder: Path, *, dead_man_s: float) -> Path:
        """A plan whose dead-man is shorter than a service.toml may say."""
        path = self.home / "plan.json"
        assert self.deploys("plan", str(folder), "--out", str(path)).returncode == 0
        made = read(path)
        hosts = tuple(
            replace(
                host,
                steps=tuple(
                    replace(step, params={**step.params, "dead_man_s": dead_man_s}) if step.kind == "switch" else step
                    for step in host.steps
                ),
            )
            for host in made.hosts
        )
        path.write_bytes(written(replace(made, hosts=hosts, pace=replace(made.pace, dead_man_s=dead_man_s))))
        return path

    def dies(self, folder: Path, record: int) -> bool:
        """Roll it out by a coordinator that dies after so many records; False where it ended before."""
        plan = self.home / "plan.json"
        assert self.deploys("plan", str(folder), "--out", str(plan)).returncode == 0
        made = read(plan)
        Ledger(self.home / ".local/state/clawtui/rollouts" / made.id).begin(made)
        argv = [sys.executable, "-m", "tests.deploy.killed", str(record), made.id]
        died = subprocess.run(argv, env=self.environ, stdin=subprocess.DEVNULL, capture_output=True, timeout=150)
        return died.returncode == -signal.SIGKILL

    def view(self, service: str) -> dict[str, Any]:
        """The newest rollout of a service, as the ledger tells."""
        found = next(one for one in ledgers(Places.of(self.environ)) if one.service == service)
        return dict(msgspec.to_builtins(seen(found)))

    def until(self, true: Callable[[], bool]) -> None:
        """Wait for what is going to be so."""
        end = time.monotonic() + WAIT_S
        while not true():
            assert time.monotonic() < end, "it never came to be"
            time.sleep(0.1)

    def kill(self, service: str) -> None:
        """The coordinator, with -9."""
        rollout = self.view(service)["id"]
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().split(b"\0")
            except OSError:
                continue
            if b"--coordinate" in words and rollout.encode() in words:
                os.kill(int(path.parent.name), signal.SIGKILL)
                return
        raise AssertionError(f"no coordinator of {rollout}")
