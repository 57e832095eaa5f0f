"""Which fleets there are, and what each of them holds."""

from pathlib import Path

from clawtui.fleet.host import Fleet
from clawtui.fleet.inventory.toml import read_fleet_file


def load_fleet(path: Path) -> Fleet:
    """One context from one fleet file."""
    read = read_fleet_file(path)
    return Fleet(read.name, read.policy, read.hosts, read.origin)
