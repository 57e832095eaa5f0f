"""A kept connection to the host."""

from collections.abc import AsyncIterator

import pytest

from clawtui.fleet.becoming import Becoming
from clawtui.fleet.connections import Connections
from clawtui.fleet.link import Link
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.cli.sshd import Sshd


@pytest.fixture
def becoming() -> Becoming:
    """Nobody can be asked for a password."""
    return Becoming(Nobody())


@pytest.fixture
async def link(host: Sshd, places: Places) -> AsyncIterator[Link]:
    """To the loopback host."""
    async with Connections(host.fleet(), SshOptions(), places, Nobody(), environ={}) as connections:
        yield await connections.link(host.host())
