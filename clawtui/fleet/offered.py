"""A fleet file of the current folder that does not count yet: what somebody has to know before it may."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import join

from clawtui.fleet.accepted import digest_of
from clawtui.fleet.context import Context, Found
from clawtui.fleet.host import Fleet


@dataclass(frozen=True, slots=True)
class Offered:
    """What was seen; `accept` takes the digest, so that it is this that counts and nothing newer."""

    path: Path
    name: str
    words: str
    # kind and number of hosts
    runs: tuple[str, ...]
    # commands that would be run on this machine
    digest: str


def offered(path: Path, home: Path, environ: Mapping[str, str]) -> Offered:
    """Reads files and runs nothing; raises ConfigError for a file that is wrong, Refused for too large a folder."""
    digest = digest_of(path)
    found = Found((), environ, home)
    context = Context(path.stem, (path,))
    fleet, unrun = found.load(context, run=False), found.unrun(context)
    count = (
        f"{len(fleet.hosts)} host{'s' * (len(fleet.hosts) != 1)}{' and those that its programs tell' if unrun else ''}"
    )
    policy = f"{fleet.policy.kind}{', read-only' if fleet.policy.read_only else ''}"
    return Offered(path, fleet.name, f"{policy}, {count}", tuple(dict.fromkeys((*unrun, *_commands(fleet)))), digest)


def _commands(fleet: Fleet) -> Iterator[str]:
    """Of hosts: their ways, what only ssh can obey, and where passwords come from."""
    for host in fleet.hosts:
        if command := host.ssh_options.get("proxycommand"):
            yield f"ProxyCommand {command}"
        if host.transport_why:
            yield f"ssh, for {host.transport_why}"
        if host.become_password.command:
            yield join(host.become_password.command)
