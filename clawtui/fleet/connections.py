"""One kept connection a host: made on demand, shared, bounded, through shared bastions.

Each link's technology is imported when the first connection by it is made, not with this module.
"""

import asyncio
import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from clawtui.errors import Again, AuthFailed, HostKeyChanged, HostKeyUnknown, LinkError, OptionRefused, Unreachable
from clawtui.fleet.asking import Asking
from clawtui.fleet.backoff import Wish, apart
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.ground import Ground
from clawtui.fleet.host import Fleet, Host, Transport
from clawtui.fleet.kept import Kept
from clawtui.fleet.known_hosts import KnownHosts, spelled_of
from clawtui.fleet.link import Dialler, Held
from clawtui.fleet.links import LINKS
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Prompts
from clawtui.fleet.trust import add_key
from clawtui.fleet.way import Way, hop_before, way
from clawtui.places import Places

if TYPE_CHECKING:
    from clawtui.fleet.links.asyncssh.look import Shown


class Connections:
    """All connections of one fleet; an async context manager."""

    def __init__(
        self,
        fleet: Fleet,
        options: SshOptions,
        places: Places,
        prompts: Prompts,
        *,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._fleet, self._options, self._places, self._prompts = fleet, options, places, prompts
        self._environ = os.environ if environ is None else environ
        self.becoming = Becoming(prompts)
        ssh = places.home / ".ssh"
        usual = (
            ssh / "known_hosts",
            ssh / "known_hosts2",
            Path("/etc/ssh/ssh_known_hosts"),
            Path("/etc/ssh/ssh_known_hosts2"),
        )
        self.known_hosts = KnownHosts(places.known_hosts, usual)
        self._kept: dict[Way, Kept] = {}
        self._diallers: dict[Transport, Dialler] = {}
        self._making = asyncio.Semaphore(options.concurrency)
        self._through: dict[Way, asyncio.Semaphore] = {}
        self._asking = Asking(prompts, self._vouch)
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def link(self, host: Host) -> Held:
        """The kept connection to a host, made if needed; LinkError says why there is none."""
        return await self._link(host, way(self._fleet, host), Wish(asked=True))

    async def rejoin(self, host: Host) -> Held:
        """The same, wanted by nobody in particular: where a bastion refuses our login it is not tried again."""
        return await self._link(host, way(self._fleet, host), Wish(asked=False))

    async def _link(self, host: Host, along: Way, wish: Wish) -> Held:
        kept = self._kept.setdefault(along, Kept())
        if kept.live:
            return kept.live
        if kept.failed and wish.waits(asyncio.get_running_loop().time(), kept.again_at):
            raise kept.failed
        if kept.attempt is None or kept.attempt.done():
            kept.attempt = asyncio.create_task(self._make(host, along, kept, wish), name=f"connect {host.name}")
            kept.attempt.add_done_callback(_looked_at)
        try:
            # one attempt serves all who wait; one of them going away must not end it for the others
            return await asyncio.shield(kept.attempt)
        except asyncio.CancelledError:
            me = asyncio.current_task()
            if self._closed or not kept.attempt.cancelled() or (me and me.cancelling()):
                raise
        return await self._link(host, along, wish)  # dropped under our hands: begin anew

    async def _make(self, host: Host, along: Way, kept: Kept, wish: Wish) -> Held:
        if kept.link and not wish.asked:  # it was lost: other operators have lost theirs in the same moment
            await asyncio.sleep(apart())
        try:
            if host.refusal:
                raise OptionRefused(host.name, host.refusal)
            link = await self._vouched(host, along, kept, wish)
        except LinkError as error:
            if error.behind:  # the bastion's failure, counted there
                raise
            kept.fails(error, self._options, asyncio.get_running_loop().time())
            raise
        kept.stands(link)
        return link

    async def _vouched(self, host: Host, along: Way, kept: Kept, wish: Wish) -> Held:
        """Dial; when the key is unknown and the operator vouches for it, save it and dial once more."""
        through = await self._bastion(host, along, wish)  # outside: its key must never be saved under this host's name
        try:
            return await self._dial(host, along, through, kept)
        except HostKeyUnknown as error:
            if not await self._trusted(host, error):
                raise
        return await self._dial(host, along, await self._bastion(host, along, wish), kept)

    async def _dial(self, host: Host, along: Way, through: Held | None, kept: Kept) -> Held:
        dialler = await self._dialler(host.transport)
        async with self._place(along, through):
            try:
                link, kept.login = await dialler.dial(host, through)
            except LinkError as error:
                error.behind = through.host.name if through and through.lost else ""
                raise
        return link

    @asynccontextmanager
    async def _place(self, along: Way, through: Held | None) -> AsyncGenerator[None]:
        """One of the connections that are made at the same time, in all and through one bastion."""
        async with AsyncExitStack() as stack:
            if through:
                limit = self._through.setdefault(along[:-1], asyncio.Semaphore(self._options.per_bastion))
                await stack.enter_async_context(limit)
            await stack.enter_async_context(self._making)
            yield

    async def _bastion(self, host: Host, along: Way, wish: Wish) -> Held | None:
        """The connection to the last bastion before a host; what fails there is said of the host."""
        if len(along) == 1:
            return None
        hop = hop_before(self._fleet, host)
        try:
            return await self._link(hop, along[:-1], replace(wish, through=True))
        except LinkError as error:
            # without the key: it is not this host's to trust
            refused = (HostKeyUnknown, HostKeyChanged, OptionRefused, AuthFailed)
            kind = type(error) if isinstance(error, refused) else Unreachable
            failure = kind(host.name, f"bastion {error}")
            failure.behind = error.behind or hop.name
            failure.again = error.again or self._again(along[:-1])
            raise failure from error

    def _again(self, along: Way) -> Again:
        """When a bastion is tried again: at one time for all who wait, a moment apart."""
        at = self._kept[along].again_at
        if at is None:
            return Again(None)
        return Again(max(0.0, at - asyncio.get_running_loop().time()) + apart())

    async def _trusted(self, host: Host, error: HostKeyUnknown) -> bool:
        """Ask, unless its configuration says that nobody is to be asked."""
        strict = host.ssh_options.get("stricthostkeychecking") in ("yes", "true")
        if strict or host.ssh_options.get("batchmode") == "yes":
            return False
        if await self._asking.vouched(host.name, spelled_of(host), error):
            return True
        known = self.known_hosts.of(host, self._places.home)  # it may have been settled elsewhere meanwhile
        return any(key.line == error.key for key in known.trusted)

    async def _vouch(self, name: str, key: str) -> None:
        await asyncio.to_thread(add_key, self._places.known_hosts, name, key)

    async def shown(self, host: Host, kind: str) -> "Shown | None":
        """The host's key of this kind, as it shows it now to anybody; None where it has none."""
        along = way(self._fleet, host)
        if host.refusal:
            raise OptionRefused(host.name, host.refusal)
        through = await self._bastion(host, along, Wish(asked=True))
        dialler = await self._dialler(Transport.ASYNCSSH)  # by whichever link we log in: ssh shows no key on demand
        from clawtui.fleet.links.asyncssh.look import shown

        async with self._place(along, through):
            return await shown(dialler, host, through, kind)

    async def _dialler(self, transport: Transport) -> Dialler:
        if transport not in self._diallers:  # asyncssh: a quarter of a second that no key has to wait for
            await asyncio.to_thread(import_module, f"clawtui.fleet.links.{transport}.dial")
        if transport not in self._diallers:
            ground = Ground(self._options, self.known_hosts, self._places, self._prompts, self._environ)
            self._diallers[transport] = LINKS[transport](ground)
        return self._diallers[transport]

    def facts(self, host: Host) -> dict[str, str]:
        """Words about a connection: cipher, server, fingerprint, jump chain; empty when there is none."""
        along = way(self._fleet, host)
        kept = self._kept.get(along)
        if kept is None or kept.live is None:
            return {}
        return kept.facts() | {"jump": " → ".join(along[:-1])}

    def certificate_ends(self) -> float | None:
        """When the first of the certificates that we came in by ends; Unix time."""
        live = (kept.login for kept in self._kept.values() if kept.live)
        return min((login.certificate_ends for login in live if login.certificate_ends is not None), default=None)

    async def drop(self, host: Host) -> None:
        """Hang up and forget refusals: the next `link` starts anew and may ask again."""
        along = way(self._fleet, host)
        kept = self._kept.pop(along, None)
        for end in range(1, len(along)):  # bastions on the way may be tried at once, too
            if before := self._kept.get(along[:end]):
                before.failed = None
        self._asking.forget(self._names(host))
        for dialler in self._diallers.values():
            dialler.forget_refusals()
        if kept and kept.attempt and not kept.attempt.done():
            kept.attempt.cancel()
        if kept and kept.link:
            await kept.link.close()

    def _names(self, host: Host) -> set[str]:
        """What the keys of a host and of its bastions are filed under."""
        names, hop = {spelled_of(host)}, host
        while hop.jump:
            hop = hop_before(self._fleet, hop)
            names.add(spelled_of(hop))
        return names

    async def close(self) -> None:
        """Hang up everywhere, inner connections before their bastions."""
        await self.becoming.close()
        self._closed = True
        tasks: list[asyncio.Task[Any]] = [kept.attempt for kept in self._kept.values() if kept.attempt]
        await self._asking.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for depth in sorted({len(along) for along in self._kept}, reverse=True):
            links = [kept.link for along, kept in self._kept.items() if kept.link and len(along) == depth]
            await asyncio.gather(*(link.close() for link in links))
        self._kept.clear()
        for dialler in self._diallers.values():
            await dialler.close()
        self._diallers.clear()


def _looked_at(task: "asyncio.Task[Held]") -> None:
    """A failure that nobody waited for any more is no warning; the next caller gets its own."""
    if not task.cancelled():
        task.exception()
