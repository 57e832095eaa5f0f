"""Hosts for tests in this folder, started once a session; after every test each fault is undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

PLAIN = Order(hosts=50, behind=10)
OLDEST, NEWEST = "3.9", "3.13"  # Pythons that the agent must run under besides the base's own 3.11


def pythons() -> dict[str, Path]:
    """Those of the two that this machine has."""
    found = ((v, sorted(Path.home().glob(f".pyenv/versions/{v}.*/bin/python{v}"))) for v in (OLDEST, NEWEST))
    return {version: paths[-1].parents[1] for version, paths in found if paths}


def systemd_order() -> Order:
    """Those Pythons are seen in every host under /opt."""
    binds = tuple(f"{folder}:/opt/python{version}" for version, folder in pythons().items())
    return Order(hosts=4, systemd=True, own=True, binds=binds)


@pytest.fixture(scope="session")
def plain_bed() -> Iterator[Testbed]:
    """Fifty hosts with sshd only, the last ten behind the bastion; for `plain`, never by itself."""
    with running(PLAIN) as bed:
        yield bed


@pytest.fixture
def plain(plain_bed: Testbed) -> Iterator[Testbed]:
    """Fifty hosts with sshd only, the last ten behind the bastion."""
    yield plain_bed
    for machine in plain_bed.machines:
        if machine.name in plain_bed.hurt:
            plain_bed.heal(machine.name)


@pytest.fixture(scope="session")
def systemd_bed() -> Iterator[Testbed]:
    """Four hosts with systemd, CPU, memory and clock of their own; for `systemd`, never by itself."""
    with running(systemd_order()) as bed:
        yield bed


@pytest.fixture
def systemd(systemd_bed: Testbed) -> Iterator[Testbed]:
    """Four hosts with systemd, CPU, memory and clock of their own."""
    yield systemd_bed
    for machine in systemd_bed.machines:
        systemd_bed.clock(machine.name, 0)
        if machine.name in systemd_bed.hurt:
            systemd_bed.heal(machine.name)
