"""Real hosts on loopback with the real runner, over either link."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from clawtui.deploy.blobs import Porter, Tell
from clawtui.deploy.plan import Blob
from clawtui.fleet.become import Gate, Rights
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Host
from clawtui.fleet.link import Held
from clawtui.places import Places
from tests.deploy.runner.talk import packed
from tests.deploy.shelf.conftest import s3, server  # noqa: F401 - fixtures
from tests.engine.fleet.conftest import (  # noqa: F401 - fixtures
    Connect,
    connect,
    home,
    host_of,
    key_pair,
    keyboard,
    know,
    places,
    sshd,
    transport,
)
from tests.engine.fleet.sshd import Sshd


@dataclass
class Dock:
    """Hosts, and what brings blobs to them."""

    servers: dict[str, Sshd]
    hosts: dict[str, Host]
    connections: Connections
    folder: Path
    runner: Path

    async def link(self, name: str) -> Held:
        return await self.connections.link(self.hosts[name])

    def rights(self, name: str) -> Rights:
        """Whoever runs the tests owns the places."""
        return Rights(name, Gate.LOGIN, 0, "root")

    def place(self, name: str) -> Path:
        """They are one machine: each has a place of its own."""
        return self.folder / name / "bot"

    def porter(self, name: str, *blobs: Blob, tell: Tell = lambda one, all_: None) -> Porter:
        return Porter(blobs, str(self.place(name)), str(self.runner), self.folder / "cache", tell)

    async def bring(self, porter: Porter, name: str, blob: Blob, **how: object) -> dict[str, object]:
        link = await self.link(name)
        return dict(await porter.bring(link, self.rights(name), blob.sha256, **how))  # type: ignore[arg-type]  # the test's own words

    def stored(self, name: str, blob: Blob) -> Path:
        return self.place(name) / "store/blobs" / blob.sha256

    def partial(self, name: str, blob: Blob) -> Path:
        return self.place(name) / "store/partial" / blob.sha256


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As it is sent to hosts."""
    return packed(tmp_path_factory.mktemp("runner"))


@pytest.fixture
async def dock(
    sshd: Callable[..., Sshd],  # noqa: F811 - the fixture
    connect: Connect,  # noqa: F811 - the fixture
    places: Places,  # noqa: F811 - the fixture
    runner: Path,
    tmp_path: Path,
) -> AsyncIterator[Dock]:
    """Two hosts; what `b` fetches by HTTP goes through a proxy that is not there."""
    ways = {"a": (), "b": ("SetEnv SHLVL=2 http_proxy=http://127.0.0.1:9",)}
    servers = {name: sshd(name, options=options) for name, options in ways.items()}
    know(places, *(each.known_line() for each in servers.values()))
    hosts = {name: host_of(each, name) for name, each in servers.items()}
    async with connect(*hosts.values(), keepalive_s=0.5, keepalive_busy_s=0.5) as connections:
        yield Dock(servers, hosts, connections, tmp_path / "hosts", runner)
