"""What acts on host keys need: what is known, what a host shows now, and the one file that is ours to write."""

import asyncio
from dataclasses import dataclass

from clawtui.errors import Unreachable
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Host, Origin
from clawtui.fleet.known_hosts import Known, KnownKey, fingerprint
from clawtui.fleet.trust import Change, write
from clawtui.fleet.vouched import Voucher
from clawtui.places import Places

KINDS = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a host shows of what was vouched for."""

    key: KnownKey | None
    # None when it shows something else
    others: tuple[str, ...] = ()
    # kind and fingerprint of what it showed instead


@dataclass(frozen=True, slots=True)
class Keyring:
    """Of one engine."""

    connections: Connections
    places: Places

    def known(self, host: Host) -> Known:
        """What all files say of it now."""
        return self.connections.known_hosts.of(host, self.places.home)

    async def seen(self, host: Host, voucher: Voucher) -> Seen:
        """Look, without logging in, for a key that was vouched for; one kind after the other, as a host has several."""
        wanted = {*voucher.fingerprints, *(fingerprint(key.blob) for key in voucher.keys)}
        kinds = KINDS if voucher.fingerprints else tuple(key.kind for key in voucher.keys)
        others: list[str] = []
        for kind in kinds:
            if (shown := await self.connections.shown(host, kind)) is None:
                continue
            if (print_ := fingerprint(shown[1])) in wanted:
                return Seen(KnownKey(*shown, "", Origin("shown by the host")))
            others.append(f"{shown[0]} {print_}")
        if not others:
            words = (
                f"shows no key of {' or '.join(kinds)}, or hangs up before: MaxStartups, a penalty, or it is no sshd"
            )
            raise Unreachable(host.name, words)
        return Seen(None, tuple(others))

    async def write(self, host: Host, change: Change) -> None:
        """Into our file; a connection under another key ends, and a no of before is asked about anew."""
        await asyncio.to_thread(write, self.places.known_hosts, change)
        if change.retired:
            await self.connections.drop(host)
        await self.renew(host)

    async def renew(self, host: Host) -> None:
        """Where there is no connection, whatever was asked or answered about its key stands no longer."""
        if not self.connections.facts(host):
            await self.connections.drop(host)

    async def connect(self, host: Host) -> None:
        """Log in, so that an unknown key is asked about."""
        await self.renew(host)
        await self.connections.link(host)
