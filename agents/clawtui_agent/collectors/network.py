"""Traffic, errors and retransmissions of the network."""

from __future__ import annotations

import os
from typing import Any

import psutil

from clawtui_agent.reading import HOST, Column, Now, Rate, Value
from clawtui_agent.world import World


class Network:
    """Sums over real interfaces; a bond's or bridge's bytes are those of its members and would count twice."""

    every = 5
    columns = (
        Column(HOST, "net.rx", "bytes/s", 5.0),
        Column(HOST, "net.tx", "bytes/s", 5.0),
        Column(HOST, "net.errors", "1/s", 5.0),
    )

    def __init__(self) -> None:
        self._rates: dict[str, tuple[Rate, Rate, Rate]] = {}

    def read(self, now: Now) -> list[Value]:
        """Rates are taken per interface, so that one that comes or goes makes no jump."""
        counters: dict[str, Any] = psutil.net_io_counters(pernic=True, nowrap=False) or {}
        names = _real(list(counters))
        self._rates = {name: self._rates.get(name) or (Rate(), Rate(), Rate()) for name in names}
        sums: list[float | None] = [None, None, None]
        for name in names:
            nic = counters[name]
            for i, value in enumerate((nic.bytes_recv, nic.bytes_sent, nic.errin + nic.errout)):
                rate = self._rates[name][i](value, now.clock)
                if rate is not None:
                    sums[i] = (sums[i] or 0.0) + rate
        return list(sums)


class Retransmits:
    """psutil has no TCP counters; `/proc/net/snmp` does, for this network namespace."""

    every = 5
    columns = (Column(HOST, "net.retransmits", "1/s", 5.0),)

    def __init__(self, proc: str) -> None:
        self._proc = proc
        self._rate = Rate()

    def read(self, now: Now) -> list[Value]:
        """Segments sent again, per second."""
        fd = os.open(f"{self._proc}/net/snmp", os.O_RDONLY)
        try:
            lines = [line.split() for line in os.read(fd, 65536).splitlines() if line.startswith(b"Tcp:")]
        finally:
            os.close(fd)
        if len(lines) < 2:
            return ["not offered by this kernel"]
        return [self._rate(float(lines[1][lines[0].index(b"RetransSegs")]), now.clock)]


def _real(names: list[str]) -> list[str]:
    """Interfaces with hardware behind them; in a container, where there are none, all but loopback."""
    hardware = [name for name in names if os.path.exists(f"/sys/class/net/{name}/device")]
    return hardware or [name for name in names if name != "lo"]


def collectors(world: World) -> list[Network | Retransmits]:
    """For the machine only."""
    return [] if world.config.tree else [Network(), Retransmits(world.proc)]
