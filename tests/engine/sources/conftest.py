"""A real sshd whose login runs commands in a home of its own, and an engine that follows it."""

import getpass
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.alerts.rules_file import load_rules
from clawtui.engine.boundary.hosts import HostView
from clawtui.engine.local import LocalEngine
from clawtui.fleet.host import Fleet, Host, Kind, Origin, Policy, Service
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from clawtui.settings import Settings
from tests.engine.doubles import until
from tests.engine.fleet.sshd import Sshd, keygen

QUICK = SshOptions(connect_timeout_s=5.0, retry_first_s=0.05, retry_most_s=0.2)
PLACES = ("/tmp", "/var/tmp", "/dev/shm")
FLEET_FILE = Origin("fleet.toml", 7)


class Box:
    """One host on loopback and the operator who trusts it."""

    def __init__(self, folder: Path, sshd: Sshd, places: Places) -> None:
        self.folder, self.sshd, self.places = folder, sshd, places
        self.agent: subprocess.Popen[bytes] | None = None

    def folders(self) -> list[Path]:
        """Temporary folders of agents that run here: those whose shell descends from its sshd."""
        ours = set(self.sshd.processes())
        found = [folder for place in (*PLACES, self.folder) for folder in Path(place).glob("clawtui-temporary.*")]
        return [f for f in found if (f / "pid").exists() and int((f / "pid").read_text().split()[0]) in ours]

    def host(self, **changes: object) -> Host:
        host = Host("a", "127.0.0.1", port=self.sshd.port, user=getpass.getuser(), origin=FLEET_FILE)
        return replace(host, services=(Service("bot", unit="bot.service"),), **changes)  # type: ignore[arg-type]

    @asynccontextmanager
    async def followed(self, **changes: object) -> AsyncIterator["Watched"]:
        """An engine that follows this one host."""
        fleet = Fleet("test", Policy(Kind.DEV, read_only=False, confirm=False), (self.host(**changes),))
        made = LocalEngine(
            fleet, replace(Settings(), ssh=QUICK), load_rules(self.places), self.places, prompts=Nobody()
        )
        async with made:
            yield Watched(made)


class Watched:
    """That engine and the host's row."""

    def __init__(self, engine: LocalEngine) -> None:
        self.engine = engine

    @property
    def row(self) -> HostView:
        import time

        return self.engine.frames.look("a", time.time(), time.monotonic())

    async def becomes(self, claim: Callable[[HostView], object], within_s: float = 20.0) -> HostView:
        """The first row of which a claim is true."""
        try:
            await until(lambda: bool(claim(self.row)), within_s)
        except TimeoutError:
            raise AssertionError(f"not within {within_s} s; last seen: {self.row}") from None
        return self.row


@contextmanager
def box(folder: Path, *, command: str = "", options: tuple[str, ...] = ()) -> Iterator[Box]:
    """Up and down; `command` makes its key a restricted one."""
    key = keygen(folder / "operator/.ssh/id_ed25519").with_suffix(".pub").read_text()
    line = f'restrict,command="{command}" {key}' if command else key
    home = folder / "home"
    home.mkdir()
    own = (f"SetEnv HOME={home} XDG_RUNTIME_DIR={folder} SHLVL=2", *options)
    sshd = Sshd(folder / "sshd", authorized=line, options=own).start()
    places = Places.of({"HOME": str(folder / "operator")})
    places.known_hosts.parent.mkdir(parents=True)
    places.known_hosts.write_text(sshd.known_line())
    made = Box(folder, sshd, places)
    try:
        yield made
    finally:
        half_gone = made.folders()  # a shell that is killed below cleans no more
        sshd.stop()
        for left in (home, *half_gone):
            shutil.rmtree(left, ignore_errors=True)


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Box]:
    """A host with nothing of ours on it."""
    with box(tmp_path) as made:
        yield made
