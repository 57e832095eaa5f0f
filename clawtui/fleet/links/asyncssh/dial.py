"""Making one connection: options, keys, host key, deadline."""

import asyncio
import contextlib
import getpass
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from clawtui.errors import LinkError, OptionRefused, Unreachable
from clawtui.fleet.ground import Ground
from clawtui.fleet.host import Host
from clawtui.fleet.known_hosts import Known
from clawtui.fleet.link import Held, Login
from clawtui.fleet.links.asyncssh.client import Asker, Client, Lookup
from clawtui.fleet.links.asyncssh.failures import Progress, translated
from clawtui.fleet.links.asyncssh.identities import Identities
from clawtui.fleet.links.asyncssh.link import AsyncsshLink
from clawtui.fleet.patience import Patience
from clawtui.fleet.refusals import Attempt

CIPHERS = (
    "aes128-gcm@openssh.com",  # a third cheaper a packet than chacha20 in this library
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes256-ctr",
)
KEX = (
    "mlkem768x25519-sha256",
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
)
HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
WAYS_IN = {
    "publickey": ("pubkeyauthentication",),
    "keyboard-interactive": ("kbdinteractiveauthentication", "challengeresponseauthentication"),
    "password": ("passwordauthentication",),
}
RSA = ("rsa-sha2-512", "rsa-sha2-256")
QUICKACK_S = 0.012
QUICKACK_EACH_S = 0.001
ABANDON_S = 1.0


def dialler(ground: Ground) -> "AsyncsshDialler":
    """One for all hosts of a fleet."""
    logging.getLogger("asyncssh").setLevel(logging.CRITICAL + 1)  # it would log host names and commands
    identities = Identities(ground.places.home, ground.environ.get("SSH_AUTH_SOCK", ""), ground.prompts)
    return AsyncsshDialler(ground, identities, getpass.getuser())


@dataclass(slots=True)
class AsyncsshDialler:
    """Makes connections; shared by all hosts so that keys and known_hosts are read once."""

    ground: Ground
    identities: Identities
    login: str
    leftovers: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])

    async def dial(self, host: Host, through: Held | None) -> tuple[AsyncsshLink, Login]:
        """Connect and log in, or raise the LinkError that says how far it came and what to do."""
        attempt = self.attempt(host, through)
        progress = Progress(attempt, self.ground.known(host))
        if through and host.ssh_options.get("proxycommand"):
            raise OptionRefused(host.name, "has both a jump host and a ProxyCommand; remove one")
        connection: asyncssh.SSHClientConnection | None = None
        try:
            async with asyncio.timeout(attempt.timeout_s) as timeout:
                pause = Patience(timeout)
                keys, progress.problems = await self.identities.offered(host, pause)
                asker = Asker(self.identities.prompts, pause, progress)
                client = Client(progress, keys, self._by_address(host), asker)
                connection = await self._connect(host, through, progress, client)
        except (OSError, ValueError, asyncssh.Error, asyncssh.KeyImportError) as error:  # TimeoutError is an OSError
            raise translated(error, progress) from error
        assert connection is not None
        self._quick(connection)
        return AsyncsshLink(host, connection, self.ground.options), progress.login()

    def attempt(self, host: Host, through: Held | None) -> Attempt:
        """What is tried, for the words of a failure."""
        via = through.host.name if through else ""
        return Attempt(host, host.user or self.login, self.ground.connect_timeout_s(host), via)

    async def _connect(
        self, host: Host, through: Held | None, progress: Progress, client: Client
    ) -> asyncssh.SSHClientConnection:
        """asyncssh.connect that can be abandoned: its own clean-up may wait for a bastion that does not answer."""
        task = asyncio.create_task(self._asyncssh_connect(host, through, progress, client))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if progress.connection:
                progress.connection.abort()
            self.abandon(task, self._swept)
            raise

    def abandon(self, task: asyncio.Task[Any], swept: Callable[[asyncio.Task[Any]], None] | None = None) -> None:
        """Cancel what is still under way and keep it until it has ended: a deadline must not wait for that."""
        if not task.done():
            task.cancel()
            self.leftovers.add(task)
            task.add_done_callback(swept or self.leftovers.discard)

    def _swept(self, task: asyncio.Task[Any]) -> None:
        self.leftovers.discard(task)
        if not task.cancelled() and task.exception() is None:
            task.result().abort()

    async def _asyncssh_connect(
        self, host: Host, through: Held | None, progress: Progress, client: Client
    ) -> asyncssh.SSHClientConnection:
        tunnel, sock = await way_in(host, through)
        return await asyncssh.connect(
            host.target,
            host.port,
            config=None,
            tunnel=tunnel,
            sock=sock,
            client_factory=lambda: client,
            username=progress.attempt.user,
            known_hosts=_trusted(progress.known),
            host_key_alias=host.host_key_alias or None,
            server_host_key_algs=_host_key_algorithms(progress.known, host),
            client_keys=None,
            preferred_auth=_ways_in(host),
            gss_host=None,
            x509_trusted_certs=None,
            x509_trusted_cert_paths=[],
            agent_forwarding=False,
            x11_forwarding=False,
            login_timeout=0,
            keepalive_interval=self.ground.options.keepalive_busy_s,
            request_pty=False,
            **_from_options(host),
        )

    def _by_address(self, host: Host) -> Lookup | None:
        """`CheckHostIP yes`: the address must not be known under another key."""
        if host.ssh_options.get("checkhostip") != "yes":
            return None
        return lambda address: self.ground.known_hosts.lookup(address, host.port)

    def _quick(self, connection: asyncssh.SSHClientConnection) -> None:
        """Acknowledge at once for a moment: sshd's Nagle waits 40 ms for us between login and the first command."""
        raw = connection.get_extra_info("socket")
        option = getattr(socket, "TCP_QUICKACK", None)  # Linux only
        if raw is None or option is None or raw.family not in (socket.AF_INET, socket.AF_INET6):
            return
        loop = asyncio.get_running_loop()
        end = loop.time() + QUICKACK_S

        def again() -> None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.IPPROTO_TCP, option, 1)
                if loop.time() < end:
                    loop.call_later(QUICKACK_EACH_S, again)

        again()

    def forget_refusals(self) -> None:
        """Ask again for passphrases that were not given."""
        self.identities.forget_refusals()

    async def close(self) -> None:
        """End what was abandoned."""
        for task in tuple(self.leftovers):
            task.cancel()
        if self.leftovers:
            await asyncio.wait(self.leftovers, timeout=ABANDON_S)
        await self.identities.close()


async def way_in(host: Host, through: Held | None) -> tuple[asyncssh.SSHClientConnection | None, socket.socket | None]:
    """How the library gets through a bastion: by a connection of its own, or by a socket of another link."""
    if isinstance(through, AsyncsshLink):
        return through.connection, None
    return None, await _tunnelled(host, through) if through else None


async def _tunnelled(host: Host, through: Held) -> socket.socket:
    """A socket that leads to the host through a bastion held by another link."""
    near, far = socket.socketpair()
    try:
        await through.open_tcp(host.target, host.port, far)
    except LinkError as error:
        near.close()
        raise Unreachable(host.name, f"bastion {error.host} {error.reason}") from error
    except BaseException:
        near.close()
        raise
    return near


def _ways_in(host: Host) -> str:
    """Keys first, then what a person has to type; ssh_config may leave some out or order them."""
    given = host.ssh_options
    wanted = given.get("preferredauthentications", ",".join(WAYS_IN)).lower().split(",")
    off = {way for way, options in WAYS_IN.items() if any(given.get(option) == "no" for option in options)}
    return ",".join(way for way in wanted if way in WAYS_IN and way not in off)


def _trusted(known: Known) -> tuple[list[asyncssh.SSHKey], ...]:
    """For the library: plain keys are judged by us, certificates by it."""

    def keys(lines: tuple[Any, ...]) -> list[asyncssh.SSHKey]:
        loaded: list[asyncssh.SSHKey] = []
        for key in lines:
            with contextlib.suppress(asyncssh.KeyImportError):  # a kind of key that the library does not know
                loaded.append(asyncssh.import_public_key(key.line))
        return loaded

    authorities = keys(known.authorities)
    return [], authorities, keys(known.revoked) if authorities else [], [], [], [], []


def _host_key_algorithms(known: Known, host: Host) -> list[str] | str:
    """Kinds that somebody vouched for first, so that a host with several keys shows the one we know."""
    if given := host.ssh_options.get("hostkeyalgorithms"):
        return given
    first: list[str] = []
    for kind in known.kinds:
        first += RSA if kind == "ssh-rsa" else (kind,)
    plain = [kind for kind in dict.fromkeys((*first, *HOST_KEYS)) if kind in HOST_KEYS]
    certified = [_certificate(kind) for kind in HOST_KEYS] if known.authorities else []
    return certified + plain


def _certificate(kind: str) -> str:
    return kind.replace("@openssh.com", "-cert-v01@openssh.com") if "@" in kind else f"{kind}-cert-v01@openssh.com"


def _from_options(host: Host) -> dict[str, Any]:
    """What ssh_config may change, in the library's words."""
    given = host.ssh_options
    wanted: dict[str, Any] = {
        "encryption_algs": given.get("ciphers") or CIPHERS,
        "kex_algs": given.get("kexalgorithms") or KEX,
    }
    if macs := given.get("macs"):
        wanted["mac_algs"] = macs
    if family := {"inet": socket.AF_INET, "inet6": socket.AF_INET6}.get(given.get("addressfamily", "")):
        wanted["family"] = family
    if address := given.get("bindaddress"):
        wanted["local_addr"] = (address, 0)
    if command := given.get("proxycommand"):
        wanted["proxy_command"] = ["/bin/sh", "-c", f"exec {command}"]
    return wanted
