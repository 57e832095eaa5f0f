"""One kept connection a host: made on demand, shared, bounded, through shared bastions.

Each link's technology is imported when the first connection by it is made, not with this module.
"""

import asyncio
import os
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from clawtui.errors import HostKeyChanged, HostKeyUnknown, LinkError, OptionRefused, Unreachable
from clawtui.fleet.backoff import Backoff
from clawtui.fleet.becoming import Becoming
from clawtui.fleet.ground import Ground
from clawtui.fleet.host import Fleet, Host, Transport
from clawtui.fleet.known_hosts import KnownHosts, spelled
from clawtui.fleet.link import Dialler, Held, Login
from clawtui.fleet.links import LINKS
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Prompts
from clawtui.fleet.trust import add_key
from clawtui.fleet.way import Way, hop_before, way
from clawtui.places import Places


@dataclass(slots=True)
class _Kept:
    """A connection, or the attempt to make it."""

    link: Held | None = None
    login: Login = field(default_factory=Login)
    attempt: "asyncio.Task[Held] | None" = None
    failed: LinkError | None = None
    again_at: float = 0.0
    # bastions only: no new attempt before this moment
    backoff: Backoff | None = None


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
        self._kept: dict[Way, _Kept] = {}
        self._diallers: dict[Transport, Dialler] = {}
        self._making = asyncio.Semaphore(options.concurrency)
        self._through: dict[Way, asyncio.Semaphore] = {}
        self._asked: dict[tuple[str, str], asyncio.Task[bool]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def link(self, host: Host) -> Held:
        """The kept connection to a host, made if needed; LinkError says why there is none."""
        return await self._link(host, way(self._fleet, host), host.name)

    async def _link(self, host: Host, along: Way, wanted_by: str) -> Held:
        kept = self._kept.setdefault(along, _Kept())
        if kept.link and not kept.link.lost:
            return kept.link
        now = asyncio.get_running_loop().time()
        if kept.failed and wanted_by != host.name and now < kept.again_at:
            raise kept.failed
        if kept.attempt is None or kept.attempt.done():
            kept.attempt = asyncio.create_task(self._make(host, along, kept), name=f"connect {host.name}")
            kept.attempt.add_done_callback(_looked_at)
        # one attempt serves all who wait; one of them going away must not end it for the others
        return await asyncio.shield(kept.attempt)

    async def _make(self, host: Host, along: Way, kept: _Kept) -> Held:
        try:
            if host.refusal:
                raise OptionRefused(host.name, host.refusal)
            link = await self._vouched(host, along, kept)
        except LinkError as error:
            kept.backoff = kept.backoff or Backoff(self._options.retry_first_s, self._options.retry_most_s)
            wait_s = kept.backoff.after(error)
            kept.failed = error
            kept.again_at = asyncio.get_running_loop().time() + (
                self._options.retry_most_s if wait_s is None else wait_s
            )
            raise
        kept.link, kept.failed, kept.backoff = link, None, None
        return link

    async def _vouched(self, host: Host, along: Way, kept: _Kept) -> Held:
        """Dial; when the key is unknown and the operator vouches for it, save it and dial once more."""
        through = await self._bastion(
            host, along
        )  # outside: its unknown key must never be saved under this host's name
        try:
            return await self._dial(host, along, through, kept)
        except HostKeyUnknown as error:
            if not await self._trusted(host, error):
                raise
        return await self._dial(host, along, await self._bastion(host, along), kept)

    async def _dial(self, host: Host, along: Way, through: Held | None, kept: _Kept) -> Held:
        dialler = await self._dialler(host.transport)
        async with AsyncExitStack() as stack:
            if through:
                limit = self._through.setdefault(along[:-1], asyncio.Semaphore(self._options.per_bastion))
                await stack.enter_async_context(limit)
            await stack.enter_async_context(self._making)
            link, kept.login = await dialler.dial(host, through)
        return link

    async def _bastion(self, host: Host, along: Way) -> Held | None:
        """The connection to the last bastion before a host; what fails there is said of the host."""
        if len(along) == 1:
            return None
        hop = hop_before(self._fleet, host)
        try:
            return await self._link(hop, along[:-1], host.name)
        except LinkError as error:
            refused = (HostKeyUnknown, HostKeyChanged, OptionRefused)  # without the key: it is not this host's to trust
            kind = type(error) if isinstance(error, refused) else Unreachable
            raise kind(host.name, f"bastion {error}") from error

    async def _trusted(self, host: Host, error: HostKeyUnknown) -> bool:
        """Ask once per key, however many connections wait for the answer; a no stands until `drop`."""
        if (
            host.ssh_options.get("stricthostkeychecking") in ("yes", "true")
            or host.ssh_options.get("batchmode") == "yes"
        ):
            return False
        name = host.host_key_alias or spelled(host.target, host.port)
        asked = (name, error.key)
        if asked not in self._asked:
            self._asked[asked] = asyncio.create_task(self._ask(host.name, name, error))
        return await asyncio.shield(self._asked[asked])

    async def _ask(self, host: str, name: str, error: HostKeyUnknown) -> bool:
        if not error.key or not await self._prompts.trust(host, error.key, error.fingerprint):
            return False
        await asyncio.to_thread(add_key, self._places.known_hosts, name, error.key)
        return True

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
        if kept is None or kept.link is None or kept.link.lost:
            return {}
        facts = dict(kept.login.facts) | {"jump": " → ".join(along[:-1])}
        if ends := kept.login.certificate_ends:
            until = datetime.fromtimestamp(ends, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
            facts["certificate"] = f"{facts.get('certificate', '')} until {until}".strip()
        return facts

    def certificate_ends(self) -> float | None:
        """When the first of the certificates that we came in by ends; Unix time."""
        live = (kept.login for kept in self._kept.values() if kept.link and not kept.link.lost)
        return min((login.certificate_ends for login in live if login.certificate_ends is not None), default=None)

    async def drop(self, host: Host) -> None:
        """Hang up and forget refusals: the next `link` starts anew and may ask again."""
        along = way(self._fleet, host)
        kept = self._kept.pop(along, None)
        for end in range(1, len(along)):  # bastions on the way may be tried at once, too
            if before := self._kept.get(along[:end]):
                before.failed = None
        self._asked = {key: task for key, task in self._asked.items() if not task.done() or _yes(task)}
        for dialler in self._diallers.values():
            dialler.forget_refusals()
        if kept and kept.attempt and not kept.attempt.done():
            kept.attempt.cancel()
        if kept and kept.link:
            await kept.link.close()

    async def close(self) -> None:
        """Hang up everywhere, inner connections before their bastions."""
        await self.becoming.close()
        tasks: list[asyncio.Task[Any]] = [kept.attempt for kept in self._kept.values() if kept.attempt]
        tasks += self._asked.values()
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


def _yes(task: "asyncio.Task[bool]") -> bool:
    return not task.cancelled() and task.exception() is None and task.result()
