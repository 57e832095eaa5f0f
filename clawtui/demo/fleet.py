"""The demo fleet: starts the local hosts, holds them, and leaves nothing behind."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from clawtui.demo.ground import Ground
from clawtui.demo.injector import Injector, end_group
from clawtui.demo.keys import cut_keys
from clawtui.demo.leash import MARK
from clawtui.demo.machines import MACHINES
from clawtui.demo.script import CALM, Script, play
from clawtui.errors import ClawtuiError
from clawtui.fleet.host import Fleet
from clawtui.places import Places

START_S = 30.0
# a machine that needs longer is not slow but broken


class DemoFleet:
    """An async context manager: inside it the hosts live. `fleet` and `places` stand as soon as it is made."""

    def __init__(self, script: Script = CALM, *, environ: Mapping[str, str] | None = None) -> None:
        self._ground = Ground.take(os.environ if environ is None else environ)
        self._environ = _environment(str(self._ground.root))
        self._script = script
        self._pids: dict[str, int] = {}
        self._ready = {machine.name: asyncio.Event() for machine in MACHINES}
        self._processes: list[asyncio.subprocess.Process] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._nursery: asyncio.subprocess.Process | None = None
        self._janitor = _hire_janitor(self.root)
        self.injector = Injector(self._ground, self._pids, self._start_host)

    @property
    def fleet(self) -> Fleet:
        """The context: kind dev, acting allowed, no typing of names."""
        return self._ground.fleet

    @property
    def places(self) -> Places:
        """Configuration, state and caches of this demo alone."""
        return self._ground.places

    @property
    def root(self) -> Path:
        """The folder that holds all of it."""
        return self._ground.root

    async def __aenter__(self) -> Self:
        """Start everything at once; answers when every host lets somebody in."""
        try:
            await self._start()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End every process and have the janitor remove the folder."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(end_group(pid) for pid in self._pids.values()))  # first, while the nursery buries them
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        self._ground.release()
        assert self._janitor.stdin is not None
        self._janitor.stdin.close()
        await asyncio.to_thread(self._janitor.wait)

    async def _start(self) -> None:
        self._nursery = await self._python("clawtui.demo.nursery", str(os.getpid()))
        self._ground.furnish()
        cut_keys(self._ground)
        self._tasks.append(asyncio.create_task(self._listen(self._nursery)))
        await asyncio.gather(*(self._start_host(machine.name) for machine in MACHINES))
        load = await self._python("clawtui.demo.load")
        targets = [[m.name, self._ground.model_port(m.name), m.rate] for m in MACHINES]
        assert load.stdin is not None
        load.stdin.write(json.dumps(targets).encode() + b"\n")
        self._tasks.append(asyncio.create_task(play(self._script, self.injector)))

    async def _python(self, module: str, *words: str) -> asyncio.subprocess.Process:
        """A program of the demo: its standard input is a pipe that only we hold, its complaints go to a log."""
        log = os.open(self.root / f"{module}.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-S", "-m", module, *words,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                env=self._environ, start_new_session=True, cwd=self.root,
            )  # fmt: skip
        finally:
            os.close(log)
        self._processes.append(process)
        return process

    async def _start_host(self, name: str) -> None:
        """Have a host forked and wait until it answers."""
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        self._ready[name].clear()
        self._nursery.stdin.write(f"{self._ground.spec(name)}\n".encode())
        try:
            async with asyncio.timeout(START_S):
                await self._ready[name].wait()
        except TimeoutError as error:
            raise ClawtuiError(f"the demo's host {name} did not start: {self._complaint(name)}") from error

    def _complaint(self, name: str) -> str:
        """The last line of the logs that may know why."""
        for log in (self.root / "clawtui.demo.nursery.log", *sorted((self.root / name).glob("*.log"))):
            with contextlib.suppress(OSError):
                if lines := log.read_text("utf-8", "replace").strip().splitlines():
                    return f"{log.name}: {lines[-1]}"
        return f"no reason given within {START_S:g} s"

    async def _listen(self, nursery: asyncio.subprocess.Process) -> None:
        """Hear which hosts answer."""
        assert nursery.stdout is not None
        async for line in nursery.stdout:
            name, _, pid = line.decode().strip().partition(" ")
            self._pids[name] = int(pid)
            self._ready[name].set()


def _hire_janitor(root: Path) -> "subprocess.Popen[bytes]":
    """From the moment that there is a folder somebody waits to remove it, even when nothing ever starts in it."""
    script = str(Path(__file__).with_name("janitor.py"))
    return subprocess.Popen(
        [sys.executable, "-I", "-S", script, str(root)],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True, cwd="/",
    )  # fmt: skip


def _environment(root: str) -> dict[str, str]:
    """For the demo's programs: where this Python finds its modules, whose demo it is, and nothing of the operator's."""
    kept = ("PATH", "LANG", "LC_ALL", "USER", "LOGNAME", "PYTHONDONTWRITEBYTECODE")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return found | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "HOME": root, MARK: root}
