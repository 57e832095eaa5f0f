"""Real sshd processes, a home of one's own, and somebody at the keyboard who counts the questions."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet, Host, Policy, Transport
from clawtui.fleet.link import Held
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import CONNECTING
from clawtui.places import Places
from tests.engine.fleet.sshd import SSHD, Sshd, keygen


@dataclass
class Keyboard:
    """Answers prompts and remembers them."""

    trusts: bool = False
    each: bool = True
    secrets: list[str | None] = field(default_factory=list[str | None])
    asked: list[str] = field(default_factory=list[str])

    async def trust(self, host: str, key: str, fingerprint: str) -> bool:
        self.asked.append(f"trust {host} {fingerprint}")
        return self.trusts

    async def one_by_one(self, hosts: tuple[str, ...]) -> bool:
        self.asked.append(f"one by one {len(hosts)}")
        return self.each

    async def secret(self, host: str, title: str, purpose: str = CONNECTING) -> str | None:
        self.asked.append(title)
        return self.secrets.pop(0) if self.secrets else None

    async def touch(self, host: str, title: str) -> None:
        self.asked.append(title)
        await asyncio.Event().wait()


@pytest.fixture(scope="session")
def key_pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One key for all tests: making keys is slow."""
    return keygen(tmp_path_factory.mktemp("keys") / "id_ed25519")


@pytest.fixture
def home(tmp_path: Path, key_pair: Path) -> Path:
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir(parents=True)
    for path in (key_pair, key_pair.with_suffix(".pub")):
        (folder / path.name).write_bytes(path.read_bytes())
        (folder / path.name).chmod(0o600)
    return folder.parent


@pytest.fixture
def places(home: Path) -> Places:
    return Places.of({"HOME": str(home)})


@pytest.fixture
def keyboard() -> Keyboard:
    return Keyboard()


@pytest.fixture
def sshd(tmp_path: Path, key_pair: Path) -> Iterator[Callable[..., Sshd]]:
    """Starts servers: `sshd("a", options=("MaxSessions 2",))`."""
    if not SSHD:
        pytest.skip("no sshd here: apt install openssh-server")
    started: list[Sshd] = []

    def start(name: str = "a", **how: object) -> Sshd:
        authorized = how.pop("authorized", None) or key_pair.with_suffix(".pub").read_text()
        server = Sshd(tmp_path / "sshd" / name, authorized=str(authorized), **how)  # type: ignore[arg-type]  # the caller's own words
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.stop()


@pytest.fixture
async def server(sshd: Callable[..., Sshd], places: Places) -> Sshd:
    """One whose key is known."""
    started = sshd()
    know(places, started.known_line())
    return started


def host_of(server: Sshd, name: str = "a", **more: object) -> Host:
    """The fleet's view of a server."""
    return Host(name, address="127.0.0.1", port=server.port, **more)  # type: ignore[arg-type]  # the caller's own words


def know(places: Places, *lines: str) -> None:
    """Put lines into our known_hosts."""
    places.known_hosts.parent.mkdir(parents=True, exist_ok=True)
    with places.known_hosts.open("a") as file:
        file.writelines(lines)


Connect = Callable[..., AbstractAsyncContextManager[Connections]]


@pytest.fixture(params=list(Transport))
def transport(request: pytest.FixtureRequest) -> Transport:
    """One and the same test over each link."""
    return Transport(request.param)


class Over(Connections):
    """Every host by the link that is tested."""

    transport = Transport.ASYNCSSH

    async def link(self, host: Host) -> Held:
        return await super().link(replace(host, transport=self.transport))


@pytest.fixture
def connect(places: Places, keyboard: Keyboard, transport: Transport) -> Connect:
    """`async with connect(host, other) as connections`."""

    @asynccontextmanager
    async def connected(
        *hosts: Host, environ: dict[str, str] | None = None, **options: object
    ) -> AsyncIterator[Connections]:
        fleet = Fleet("test", Policy(), tuple(replace(host, transport=transport) for host in hosts))
        ssh = SshOptions(**options)  # type: ignore[arg-type]  # the caller's own words
        connections = Over(fleet, ssh, places, keyboard, environ=environ or {})
        connections.transport = transport
        async with connections:
            yield connections

    return connected
