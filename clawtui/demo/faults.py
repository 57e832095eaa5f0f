"""What can go wrong inside a model server, switched on and off while it runs."""

import asyncio
import contextlib
import os
import random
import signal
import sys
from enum import StrEnum

from clawtui.demo.leash import hold

PIECE = 4 * 1024 * 1024
LEAK_BYTES = 288 * 1024 * 1024
# leaves about 400 MB of a host's budget, under the shipped limit of 500 MB
LEAK_PAUSE_S = 0.08
# about 50 MB/s: a slope that a chart shows, not a step
BURNERS = 24
BURN_SHARE = 0.042
# together one core: a busy machine starves one thread long before it starves many modest ones
BURN = """
import hashlib, os, sys, threading, time
threading.stack_size(262144)
share, parent, data = float(sys.argv[1]), int(sys.argv[3]), bytes(131072)
def burn():
    while True:
        began, used = time.monotonic(), time.thread_time()
        while (now := time.monotonic()) < began + 1:
            if time.thread_time() - used < share * (now - began):
                hashlib.sha256(data)
            else:
                time.sleep(0.004)
for _ in range(int(sys.argv[2])):
    threading.Thread(target=burn, daemon=True).start()
while os.getppid() == parent:
    time.sleep(1)
"""


class Fault(StrEnum):
    """One thing that is wrong with a model server."""

    NONE = "none"
    SLOW = "slow"
    ERRORS = "errors"
    LEAK = "leak"
    BURN = "burn"


class Faults:
    """The faults that are on in this process."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._on: set[Fault] = set()
        self._held: list[bytes] = []
        self._burner = 0
        self._leaking: asyncio.Task[None] | None = None
        self.note = ""

    async def switch(self, fault: Fault, size: int = LEAK_BYTES) -> None:
        """Switch one fault on; `none` ends them all."""
        if fault is Fault.NONE:
            await self._end()
            return
        if fault in self._on:
            return
        self._on.add(fault)
        if fault is Fault.LEAK:
            self._leaking = asyncio.create_task(self._leak(size))
        elif fault is Fault.BURN:
            self._burner = _burner()

    def think_s(self, median_s: float) -> float:
        """How long the model takes for this answer."""
        calm = min(median_s * self._dice.lognormvariate(0, 0.4), 0.235)
        return calm + self._dice.uniform(0.7, 1.5) if Fault.SLOW in self._on else calm

    def failing(self) -> bool:
        """Is this request to be answered with 500?"""
        return Fault.ERRORS in self._on and self._dice.random() < 0.3

    async def _leak(self, size: int) -> None:
        """Hold on to more and more memory that was really written to, until enough or until RLIMIT_AS says no."""
        try:
            while len(self._held) * PIECE < size:
                self._held.append(b"\xa5" * PIECE)
                await asyncio.sleep(LEAK_PAUSE_S)
        except MemoryError:
            self.note = f"out of memory with {len(self._held) * PIECE} bytes held"

    async def _end(self) -> None:
        self._on.clear()
        if self._leaking:
            self._leaking.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._leaking
        self._leaking, self.note = None, ""
        self._held.clear()
        burner, self._burner = self._burner, 0
        if burner:
            os.kill(burner, signal.SIGKILL)
            await asyncio.to_thread(os.waitpid, burner, 0)


def _burner() -> int:
    """A process that uses about one core until it is killed; hashing lets its threads run beside each other."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        hold(parent)
        argv = [sys.executable, "-I", "-S", "-c", BURN, str(BURN_SHARE), str(BURNERS), str(parent)]
        os.execve(argv[0], argv, {"MALLOC_ARENA_MAX": "1"} | os.environ)  # noqa: S606  a shell is what we avoid
    finally:
        os._exit(127)
