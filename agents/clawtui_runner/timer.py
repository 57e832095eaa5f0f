"""A timer of a service's own: counting now and after each boot, or neither."""

from clawtui_runner import systemd
from clawtui_runner.step import Step


def on(step: Step, unit: str) -> bool:
    """Started and enabled; was anything changed? A host without systemd has none."""
    if not systemd.there() or enabled(unit):
        return False
    step.run("systemctl", "enable", "--now", "--quiet", "--", unit)
    return True


def off(step: Step, unit: str) -> None:
    """Neither; one that is not there is no failure."""
    if systemd.there() and systemd.show(unit).get("LoadState") == "loaded":
        step.run("systemctl", "disable", "--now", "--quiet", "--", unit)


def enabled(unit: str) -> bool:
    """Does it count?"""
    found = systemd.show(unit)
    return found.get("UnitFileState") == "enabled" and found.get("ActiveState") == "active"
