"""Ports that are forwarded through the kept links: listed, counted, recorded, ended with the engine."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Protocol
from urllib.parse import urlsplit

from clawtui.engine.boundary import Event
from clawtui.engine.boundary.actions import Note
from clawtui.engine.boundary.forwards import ForwardPort, Forwards, ForwardView, Ports, PortView
from clawtui.engine.boundary.plans import Outcome
from clawtui.errors import LinkError, Refused
from clawtui.fleet.forwarding import Forwarding
from clawtui.fleet.host import Host
from clawtui.fleet.link import Link

TELL_S = 1.0
UNREACHED = 2


class Links(Protocol):
    """Who keeps connections."""

    async def link(self, host: Host) -> Link:
        """The kept connection, made if needed."""
        ...


class Forwarded:
    """All of one engine."""

    def __init__(
        self,
        links: Links,
        publish: Callable[[str, Event], None],
        note: Callable[[Note], str],
        wall: Callable[[], float],
    ) -> None:
        self._links, self._publish, self._note, self._wall = links, publish, note, wall
        self._open: dict[str, tuple[Forwarding, float]] = {}
        self._numbers = count(1)
        self._told: tuple[ForwardView, ...] = ()

    async def begin(self, host: Host, intent: ForwardPort) -> Outcome:
        """Listen on this machine alone; not guarded, recorded: what cannot be written down is not done."""

        async def link() -> Link:
            return await self._links.link(host)

        forwarding = Forwarding(host.name, intent.remote, link)
        try:
            await link()
            await _listen(forwarding, intent)
        except Refused as refusal:
            return Outcome(done=False, words=str(refusal), code=Refused.exit_code)
        except LinkError as failure:
            return Outcome(done=False, words=str(failure), code=UNREACHED)
        if unwritten := self._note(_noted(forwarding, "opened, listens on 127.0.0.1 alone")):
            await forwarding.close()
            return Outcome(done=False, words=f"what is done must be written down, and that fails: {unwritten}", code=70)
        number = f"f{next(self._numbers)}"
        self._open[number] = forwarding, self._wall()
        self.tell()
        words = f"127.0.0.1:{forwarding.port} → {host.name}:{intent.remote}"
        return Outcome(done=True, words=f"{words}; it ends with the screens, F ends it now")

    async def end(self, number: str) -> Outcome:
        """One of them."""
        found = self._open.pop(number, None)
        if found is None:
            return Outcome(done=False, words="this port is not forwarded any more", code=Refused.exit_code)
        await self._ended(found[0])
        self.tell()
        return Outcome(done=True, words=f"127.0.0.1:{found[0].port} is closed")

    async def close(self) -> None:
        """All of them."""
        for number in list(self._open):
            await self.end(number)

    async def _ended(self, forwarding: Forwarding) -> None:
        await forwarding.close()
        self._note(_noted(forwarding, f"ended: {forwarding.sent} bytes out, {forwarding.received} bytes in"))

    @property
    def view(self) -> Forwards:
        """As it stands."""
        return Forwards(
            tuple(
                ForwardView(
                    number, one.host, one.port, one.far_port, at, one.sent, one.received, one.running, one.words
                )
                for number, (one, at) in self._open.items()
            )
        )

    def tell(self) -> None:
        """Readers hear what has changed."""
        view = self.view
        if view.forwards != self._told:
            self._told = view.forwards
            self._publish("forwards", view)

    async def tell_on(self) -> None:
        """Bytes count up once a second while something is open."""
        while True:
            await asyncio.sleep(TELL_S)
            self.tell()


def known_ports(host: Host) -> Ports:
    """Where its services are known to listen: from their metrics pages."""
    found: dict[int, list[str]] = {}
    for service in host.services:
        try:
            port = urlsplit(service.metrics).port
        except ValueError:
            port = None
        if port:
            found.setdefault(port, []).append(service.name)
    return Ports(host.name, tuple(PortView(port, ", ".join(names)) for port, names in sorted(found.items())))


async def _listen(forwarding: Forwarding, intent: ForwardPort) -> None:
    """The port asked for; where none was, the far one's number if it is free here, else any."""
    if intent.local is not None:
        await forwarding.listen(intent.local)
        return
    try:
        await forwarding.listen(intent.remote)
    except Refused:
        await forwarding.listen(0)


def _noted(forwarding: Forwarding, words: str) -> Note:
    ports = f"{forwarding.port}:{forwarding.far_port}"
    return Note("forward", (forwarding.host,), f"clawtui forward {forwarding.host} {ports}", words)
