"""Somebody who deploys: a home of their own, and commands about one testbed."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.fleet.testbed import Testbed

WAIT_S = 60


class Operator:
    """Nobody sits at a terminal."""

    def __init__(self, home: Path, bed: Testbed) -> None:
        self.home, self.bed = home, bed
        home.mkdir(exist_ok=True)

    def deploys(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """`clawtui deploy …`."""
        env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "CLAWTUI_FLEET": str(self.bed.fleet_file), **environ}
        argv = [sys.executable, "-m", "clawtui", "deploy", *words]
        return subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=150)

    def view(self, service: str) -> dict[str, Any]:
        """The newest rollout of a service, as the ledger tells."""
        said = self.deploys("status", service, "--json")
        assert said.stdout, said.stderr
        return dict(json.loads(said.stdout))

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
            if b"coordinate" in words and rollout.encode() in words:
                os.kill(int(path.parent.name), signal.SIGKILL)
                return
        raise AssertionError(f"no coordinator of {rollout}")
