"""Hosts for tests in this folder, started once a session; after every test each fault is undone."""

from collections.abc import Iterator

import pytest

from tests.fleet.order import Order
from tests.fleet.testbed import Testbed, running

PLAIN = Order(hosts=50, behind=10)
SYSTEMD = Order(hosts=3, systemd=True, own=True)


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
    """Three hosts with systemd, CPU, memory and clock of their own; for `systemd`, never by itself."""
    with running(SYSTEMD) as bed:
        yield bed


@pytest.fixture
def systemd(systemd_bed: Testbed) -> Iterator[Testbed]:
    """Three hosts with systemd, CPU, memory and clock of their own."""
    yield systemd_bed
    for machine in systemd_bed.machines:
        systemd_bed.clock(machine.name, 0)
        if machine.name in systemd_bed.hurt:
            systemd_bed.heal(machine.name)
