"""One host of every kind on one screen: reached by its operator's own files, each says what it is or what stands between."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clawtui.engine.boundary.hosts import HostDetail, HostQuery, HostView
from clawtui.engine.boundary.value import State
from clawtui.engine.local import LocalEngine
from clawtui.fleet.context import load_fleet
from clawtui.fleet.host import Transport
from clawtui.places import Places
from clawtui.settings import Settings
from tests.fleet.strange import address, named, place_of, strange
from tests.fleet.strange_hosts import HOSTS, NOBODY, REIMAGED
from tests.fleet.test_fleet_become import Answers
from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]
WITHIN_S = 30
SETTLED = (State.OK, State.NO_AGENT, State.REFUSED, State.DOWN)


@pytest.fixture(scope="module")
def fleet() -> Iterator[tuple[Testbed, Path]]:
    """Up, and a home whose operator has not begun yet."""
    with strange() as made:
        yield made


def types(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A command, as README's walk has it, by somebody with that home."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {"HOME": str(home), "PATH": path, "CLAWTUI_FLEET": str(home / "strange.toml")}
    argv = [sys.executable, "-m", "clawtui", *words]
    return subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


@pytest.fixture(scope="module")
def screen(fleet: tuple[Testbed, Path]) -> dict[str, HostDetail]:
    """What the walk ends with: trusted, installed, looked at."""
    _, home = fleet
    trusted = types(home, "trust", "all", "--from", str(home / "host-keys"), "--confirm", f"strange:{len(HOSTS)}")
    failed = [line.partition(":")[0] for line in trusted.stdout.splitlines() if ": failed: " in line]
    assert failed == [REIMAGED, *(host.name for host in HOSTS if host.runs is NOBODY)], trusted
    many = sum(host.installs for host in HOSTS)
    installed = types(home, "agent", "install", "@agents", "--wave", "100%", "--confirm", f"strange:{many}")
    assert (installed.returncode, installed.stdout.count(": ok: installed: ")) == (0, many), installed
    return asyncio.run(looked_at(home))


async def looked_at(home: Path) -> dict[str, HostDetail]:
    """Every host, once all of them are what they will be; the bastion's second factor is given when it asks."""
    made = load_fleet(home / "strange.toml", home=home, environ=dict(os.environ))
    # no rules: some of these hosts share their figures with the machine that tests them
    engine = LocalEngine(made, Settings(), (), Places.of({"HOME": str(home)}), prompts=Answers("correct-horse"))
    end = time.monotonic() + WITHIN_S
    async with engine:
        while time.monotonic() < end and not all(
            settled(engine.frames.look(host.name, time.time(), time.monotonic())) for host in made.hosts
        ):
            await asyncio.sleep(0.1)
        found = {host.name: await engine.ask(HostQuery(host.name)) for host in made.hosts}
    return {name: detail for name, detail in found.items() if isinstance(detail, HostDetail)}


def settled(row: HostView) -> bool:
    return row.state in SETTLED and (row.state is not State.OK or row.metrics.get("cpu.busy") is not None)


def test_no_host_is_missing_and_none_is_there_twice(screen: dict[str, HostDetail]) -> None:
    assert sorted(screen) == sorted(host.name for host in HOSTS)


@pytest.mark.parametrize("name", [host.name for host in HOSTS])
def test_every_kind_of_host_says_what_it_is(
    fleet: tuple[Testbed, Path], screen: dict[str, HostDetail], name: str
) -> None:
    bed, _ = fleet
    host, detail = named(name), screen[name]
    row = detail.view
    assert (row.state, row.badges) == (State(host.state), host.badges), row
    said = detail.facts["numbers from"] if row.state is State.OK else row.why
    assert said.startswith(host.says.format(address=address(bed, place_of(name)))), said
    assert bool(row.remedy) is (row.state is not State.OK)
    assert [(one.name, one.state) for one in row.services] == [(one, State.OK) for one in host.services]
    assert [one.name for one in row.devices] == list(host.devices)


def test_only_the_host_that_needs_openssh_is_reached_by_it(fleet: tuple[Testbed, Path]) -> None:
    _, home = fleet
    made = load_fleet(home / "strange.toml", home=home, environ=dict(os.environ))
    assert [host.name for host in made.hosts if host.transport is Transport.OPENSSH] == ["corp-1"]


def test_the_host_that_was_built_anew_is_trusted_again_with_the_key_that_it_shows(fleet: tuple[Testbed, Path]) -> None:
    bed, home = fleet
    key = bed.folder / "keys" / f"{bed.host(place_of(REIMAGED)).name}.pub"
    _, shown, *_ = subprocess.run(["ssh-keygen", "-lf", key], capture_output=True, text=True).stdout.split()
    words = ("--replace", REIMAGED, "--fingerprint", shown, "--reason", "new disk", "--confirm", "strange:1")
    assert types(home, "trust", *words).returncode == 0
    assert types(home, "run", REIMAGED, "--confirm", "strange:1", "--", "echo in").stdout == "in\n"
