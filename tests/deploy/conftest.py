"""Hosts with systemd for tests of rollouts, started once a session."""

from tests.fleet.conftest import systemd, systemd_bed

__all__ = ["systemd", "systemd_bed"]
