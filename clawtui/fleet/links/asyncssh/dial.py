"""Making one connection: options, keys, host key, deadline."""

import asyncio
import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from clawtui.clean import clean
from clawtui.errors import OptionRefused
from clawtui.fleet.host import Host
from clawtui.fleet.known_hosts import Known, KnownHosts, Verdict
from clawtui.fleet.links.asyncssh.failures import Progress, translated
from clawtui.fleet.links.asyncssh.identities import Identities, Patience
from clawtui.fleet.links.asyncssh.link import AsyncsshLink
from clawtui.fleet.options import SshOptions

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
RSA = ("rsa-sha2-512", "rsa-sha2-256")
QUICKACK_S = 0.012
QUICKACK_EACH_S = 0.001
ABANDON_S = 1.0


Lookup = Callable[[str], Known]


class _Client(asyncssh.SSHClient):
    """Listens to one connection being made: how far it came, which key it was shown, which keys were offered."""

    def __init__(self, progress: Progress, keys: list[asyncssh.SSHKeyPair], by_address: Lookup | None) -> None:
        self._progress, self._keys, self._by_address = progress, keys, by_address

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """TCP is there."""
        self._progress.connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - the library's signature
        """Judged by our own reading of known_hosts."""
        self._progress.shown = (key.get_algorithm(), key.public_data)
        self._progress.verdict = self._progress.known.judge(key.public_data)
        if self._by_address and addr and self._progress.verdict is Verdict.TRUSTED:
            known = self._by_address(addr)
            if known.judge(key.public_data) is Verdict.CHANGED:
                self._progress.known, self._progress.verdict = known, Verdict.CHANGED
        return self._progress.verdict is Verdict.TRUSTED

    def validate_host_ca_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:  # noqa: ARG002 - the library's signature
        """A certificate of an authority that nobody named for this host."""
        self._progress.shown = (key.get_algorithm(), key.public_data)
        self._progress.verdict = Verdict.CHANGED
        return False

    def auth_banner_received(self, msg: str, lang: str) -> None:  # noqa: ARG002 - the library's signature
        """A banner before login is kept for the words of a failure."""
        self._progress.banner = clean(msg.strip(), limit=400)

    def begin_auth(self, username: str) -> None:  # noqa: ARG002 - the library's signature
        """The host's key was accepted; now it is our turn."""
        self._progress.authenticating = True

    def public_key_auth_requested(self) -> asyncssh.SSHKeyPair | None:
        """The next key to offer."""
        if not self._keys:
            return None
        pair = self._keys.pop(0)
        self._progress.tried.append(pair)
        return pair


@dataclass(slots=True)
class Dialler:
    """Makes connections; shared by all hosts so that keys and known_hosts are read once."""

    options: SshOptions
    known_hosts: KnownHosts
    identities: Identities
    home: Path
    login: str
    leftovers: set[asyncio.Task[Any]] = field(default_factory=set[asyncio.Task[Any]])

    async def dial(self, host: Host, through: AsyncsshLink | None) -> tuple[AsyncsshLink, Progress]:
        """Connect and log in, or raise the LinkError that says how far it came and what to do."""
        known, user = self.known_hosts.of(host, self.home), host.user or self.login
        progress = Progress(host, known, user, self._timeout_s(host), via=through.host.name if through else "")
        if through and host.ssh_options.get("proxycommand"):
            raise OptionRefused(host.name, "has both a jump host and a ProxyCommand; remove one")
        connection: asyncssh.SSHClientConnection | None = None
        try:
            async with asyncio.timeout(progress.timeout_s) as timeout:
                keys, progress.problems = await self.identities.offered(host, Patience(timeout))
                connection = await self._connect(
                    host, through, progress, _Client(progress, keys, self._by_address(host))
                )
        except (OSError, ValueError, asyncssh.Error, asyncssh.KeyImportError) as error:  # TimeoutError is an OSError
            raise translated(error, progress) from error
        assert connection is not None
        self._quick(connection)
        return AsyncsshLink(host, connection, self.options), progress

    async def _connect(
        self, host: Host, through: AsyncsshLink | None, progress: Progress, client: _Client
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
        self, host: Host, through: AsyncsshLink | None, progress: Progress, client: _Client
    ) -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            host.target,
            host.port,
            config=None,
            tunnel=through.connection if through else None,
            client_factory=lambda: client,
            username=progress.user,
            known_hosts=_trusted(progress.known),
            host_key_alias=host.host_key_alias or None,
            server_host_key_algs=_host_key_algorithms(progress.known, host),
            client_keys=None,
            preferred_auth="publickey",
            gss_host=None,
            x509_trusted_certs=None,
            x509_trusted_cert_paths=[],
            agent_forwarding=False,
            x11_forwarding=False,
            login_timeout=0,
            keepalive_interval=self.options.keepalive_busy_s,
            request_pty=False,
            **_from_options(host),
        )

    def _by_address(self, host: Host) -> Lookup | None:
        """`CheckHostIP yes`: the address must not be known under another key."""
        if host.ssh_options.get("checkhostip") != "yes":
            return None
        return lambda address: self.known_hosts.lookup(address, host.port)

    def _timeout_s(self, host: Host) -> float:
        given = host.ssh_options.get("connecttimeout", "")
        return float(given) if given.isdecimal() and int(given) else self.options.connect_timeout_s

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

    async def close(self) -> None:
        """End what was abandoned."""
        for task in tuple(self.leftovers):
            task.cancel()
        if self.leftovers:
            await asyncio.wait(self.leftovers, timeout=ABANDON_S)
        await self.identities.close()


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
