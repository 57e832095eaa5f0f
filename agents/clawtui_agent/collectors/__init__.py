"""What the agent can measure: one subject a file and one line here.

Each module has `collectors(world)`, which returns those that apply on this host; a test holds files and table together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from clawtui_agent.collectors import (
    allotment,
    clock,
    cpu,
    devices,
    disk,
    itself,
    memory,
    metrics_page,
    network,
    pressure,
    probe,
    services,
)
from clawtui_agent.world import Collector, World

COLLECTORS: dict[str, Callable[[World], Sequence[Collector]]] = {
    "allotment": allotment.collectors,
    "cpu": cpu.collectors,
    "memory": memory.collectors,
    "pressure": pressure.collectors,
    "disk": disk.collectors,
    "network": network.collectors,
    "clock": clock.collectors,
    "devices": devices.collectors,
    "services": services.collectors,
    "metrics_page": metrics_page.collectors,
    "itself": itself.collectors,
    "probe": probe.collectors,
}
