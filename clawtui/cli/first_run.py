"""The first run, in words: what ssh knows of hosts, and how a context is made from them. Connects to nothing."""

from pathlib import Path

from clawtui.errors import UsageError
from clawtui.fleet.context import Found
from clawtui.fleet.first_run import FirstRun, look_around
from clawtui.fleet.first_run import write_context as write
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.selector import select
from clawtui.places import Places

SHOWN = 6


def in_words(first: FirstRun, places: Places) -> tuple[str, ...]:
    """Lines for somebody who has no fleet file yet."""
    found = [
        f"~/.ssh/config names {_count(first.ssh_config)}{_some(first.ssh_config)}",
        f"known_hosts names {_count(first.known_hosts)} more{_some(first.known_hosts)}"
        + (f", and {first.hashed} whose names are hashed" if first.hashed else ""),
    ]
    found += [
        f"Ansible's {places.short(source.source)} names {_count(source.hosts)} more{_some(source.hosts)}"
        for source in first.ansible
    ]
    return (
        "there is no fleet file yet; nothing has been connected to",
        *found,
        *first.problems,
        f"make one of them: clawtui hosts --pick 'web-*,db-1' --write NAME   (writes {places.short(places.contexts)}/NAME.toml)",
        "or give one: clawtui --fleet FILE; or see clawtui at work: clawtui demo",
    )


def note(found: Found, places: Places) -> tuple[str, ...]:
    """The same for what find_fleets found; nothing where there is a context."""
    return in_words(found.first_run, places) if found.first_run and not found.contexts else ()


def write_context(places: Places, environ: dict[str, str], name: str, patterns: str) -> tuple[Path, tuple[str, ...]]:
    """Write contexts/NAME.toml from the hosts of ssh_config, known_hosts and Ansible that the patterns pick."""
    first = look_around(places.home, environ)
    known = Fleet("ssh_config, known_hosts and Ansible", hosts=first.hosts)
    if not known.hosts:
        raise UsageError(
            f"ssh_config, known_hosts and Ansible name no host below {places.home}; "
            f"write {places.contexts}/{name}.toml by hand"
        )
    hosts = select(known, patterns)
    return write(places, name, hosts, first), tuple(host.name for host in hosts)


def _count(hosts: tuple[Host, ...]) -> str:
    return f"{len(hosts)} host{'s' if len(hosts) != 1 else ''}"


def _some(hosts: tuple[Host, ...]) -> str:
    """The first few names."""
    names = [host.name for host in hosts[:SHOWN]]
    return f": {', '.join(names)}{' …' if len(hosts) > SHOWN else ''}" if names else ""
