"""Finds what could be a service here: who listens, and whether a metrics page that we know is behind it. Changes nothing.

Loaded when it is asked for. The operator sends it, with what it imports, to hosts that have no agent.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from typing import Any

from clawtui_agent.address import of_url
from clawtui_agent.compose import project_of
from clawtui_agent.dialects import detect
from clawtui_agent.listening import Owner, Port, loopback, owners, ports
from clawtui_agent.loop import Loop
from clawtui_agent.page import Page
from clawtui_agent.scrape import Asking, Scrape
from clawtui_agent.world import Watcher

MOST_ASKED = 32  # ports that are asked for a page
AT_ONCE = 8
PATIENCE = 2.0  # seconds for one page
OTHER_PROTOCOLS = {  # to be sent an HTTP request would trouble or alarm them
    *(1433, 1521, 1883, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4222, 5222, 5432, 5671, 5672, 5900, 6000),
    *(6379, 6443, 7000, 7001, 8125, 9042, 9092, 9093, 9160, 9300, 10250, 11211, 27017, 33060),
}


class Discovery:
    """One look around; `steps` does it a little at a time and `rows` holds what was found."""

    def __init__(self, loop: Watcher, within: set[int] | None = None, proc: str = "/proc") -> None:
        self._loop = loop
        self._within = within
        self._proc = proc
        self._pages: dict[
            int, tuple[str, str]
        ] = {}  # port → (kind of server, what its latency is), empty when not known
        self._spoke: dict[int, str] = {}  # port → what came instead of a page
        self.rows: list[dict[str, Any]] = []
        self.notes: list[str] = []

    def steps(self) -> Iterator[bool]:
        """False while it only waits for answers."""
        found = ports(self._proc)
        who: dict[int, Owner] = {}
        yield from owners(self._proc, found, self._within, who)
        wanted = [port for port in found if port.number in who]
        yield from self._ask([port for port in wanted if _likely(port, who[port.number])])
        self.rows = [self._row(port, who[port.number]) for port in wanted]
        if any(not who[port.number].pid for port in wanted) and os.getuid():
            self.notes.append("without root some ports have no process: only root may see whose sockets they are")

    def _ask(self, likely: list[Port]) -> Iterator[bool]:
        if len(likely) > MOST_ASKED:
            self.notes.append(
                f"only the first {MOST_ASKED} of {len(likely)} likely ports were asked for a metrics page"
            )
        todo = likely[:MOST_ASKED]
        asked: dict[int, Scrape] = {}
        try:
            while todo or asked:
                while todo and len(asked) < AT_ONCE:
                    port = todo.pop(0)
                    asked[port.number] = self._begin(port)
                now = time.monotonic()
                for number, scrape in list(asked.items()):
                    scrape.expire(now)
                    if not scrape.busy:
                        self._spoke[number] = scrape.trouble
                        asked.pop(number).close()
                yield False
        finally:
            for scrape in asked.values():
                scrape.close()

    def _begin(self, port: Port) -> Scrape:
        def arrived(body: bytes, _clock: float) -> None:
            dialect = detect(Page(body))
            self._pages[port.number] = (dialect.name, dialect.latency_is) if dialect else ("", "")

        where = of_url(_url(port)) or _url(port)
        scrape = Scrape(self._loop, where, arrived, Asking(patience=PATIENCE))
        scrape.ask(time.monotonic())
        return scrape

    def _row(self, port: Port, who: Owner) -> dict[str, Any]:
        kind, latency_is = self._pages.get(port.number, ("", ""))
        why = [f"listens on {port.address} port {port.number}", who.why]
        if kind:
            why.append(f"{_url(port)} is a page of {kind}")
        elif port.number in self._pages:
            why.append(f"{_url(port)} answers with nothing that is known here")
        elif port.number in self._spoke:
            why.append(f"no metrics page: {self._spoke[port.number]}")
        return {
            "port": port.number,
            "address": loopback(port),
            "uid": port.uid,
            **{key: value for key, value in who._asdict().items() if key != "why"},
            "project": project_of(who.container),
            "metrics": _url(port) if kind else "",
            "kind": kind,
            "latency_is": latency_is,
            "why": why,
        }


def _likely(port: Port, who: Owner) -> bool:
    """Reachable from here, and nothing that is known to speak another protocol."""
    if not loopback(port) or who.pid == os.getpid():
        return False
    return port.number == 80 or (port.number >= 1024 and port.number not in OTHER_PROTOCOLS)


def _url(port: Port) -> str:
    return f"http://{loopback(port)}:{port.number}/metrics"


def main() -> int:
    """On a host without an agent: one line with everything."""
    loop = Loop()
    discovery = Discovery(loop)
    for eager in discovery.steps():
        loop.turn(0 if eager else 0.1)
    sys.stdout.write(json.dumps({"discover": {"id": 0, "rows": discovery.rows, "notes": discovery.notes}}) + "\n")
    return 0
