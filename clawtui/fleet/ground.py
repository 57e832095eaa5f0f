"""What every link stands on: how connections are made, who vouches for hosts, where things lie, whom to ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clawtui.fleet.host import Host
from clawtui.fleet.known_hosts import Known, KnownHosts
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Prompts
from clawtui.places import Places


@dataclass(frozen=True, slots=True)
class Ground:
    """Shared by all hosts and links of one fleet."""

    options: SshOptions
    known_hosts: KnownHosts
    places: Places
    prompts: Prompts
    environ: Mapping[str, str]

    def known(self, host: Host) -> Known:
        """What our own known_hosts, the user's and the global one say of a host."""
        return self.known_hosts.of(host, self.places.home)

    def absolute(self, name: str) -> Path:
        """A file as its owner writes it."""
        return self.places.home / name[2:] if name.startswith("~/") else Path(name)

    def connect_timeout_s(self, host: Host) -> float:
        """The host's own, or everybody's."""
        given = host.ssh_options.get("connecttimeout", "")
        return float(given) if given.isdecimal() and int(given) else self.options.connect_timeout_s
