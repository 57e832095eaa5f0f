"""Metrics pages of services."""

from __future__ import annotations

from clawtui_agent.world import Collector, World


def collectors(world: World) -> list[Collector]:
    """One for each service with a metrics URL."""
    return []
