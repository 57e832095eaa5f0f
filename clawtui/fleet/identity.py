"""One machine, one host: what several inventories say of the same one is put together, and contradictions end with both places.

Within one inventory its author has the word: two hosts may share an address there (two logins, a container beside its
server). Between inventories a host is the same machine when it is reached alike, that is by the same address and port, over
the same jump hosts, and logged in to alike: the first stays, and takes names, groups and labels of the others over. The same
address with another login, or the same name with another address, is an error that names both places.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from clawtui.errors import ConfigError
from clawtui.fleet.host import Host

Reached = tuple[str, int, tuple[str, ...], str, str]


def together(inventories: Iterable[Sequence[Host]]) -> tuple[Host, ...]:
    """The hosts of all inventories, in order."""
    hosts: list[Host] = []
    for inventory in inventories:
        by_name = {name: index for index, host in enumerate(hosts) for name in (host.name, *host.aliases)}
        by_way = {_reached(host): index for index, host in reversed(list(enumerate(hosts)))}
        for host in inventory:
            index = by_name.get(host.name)
            if index is None:
                index = by_way.get(_reached(host))
            if index is None:
                hosts.append(host)
            else:
                hosts[index] = _one(hosts[index], host)
    unique(hosts)
    return tuple(hosts)


def unique(hosts: Iterable[Host]) -> None:
    """No two hosts share a name or an alias."""
    seen: dict[str, Host] = {}
    for host in hosts:
        for name in (host.name, *host.aliases):
            if name in seen:
                raise _error(host, f"{name!r} is also at {seen[name].origin}; a host has one name in a context")
            seen[name] = host


def _reached(host: Host) -> Reached:
    """The way to a host, without the login; behind a tunnel of one's own the alias of its key tells machines apart."""
    command = host.ssh_options.get("proxycommand", "")
    return host.target.lower(), host.port, host.jump, command, host.host_key_alias


def _one(first: Host, other: Host) -> Host:
    if _reached(first) != _reached(other):
        raise _error(
            other,
            f"{other.name!r} is also at {first.origin}, reached otherwise ({_way(other)}, there {_way(first)}); "
            "a host has one name in a context",
        )
    if first.user != other.user:
        alias = "" if first.name == other.name else f" as {first.name!r}"
        logins = f"{other.user or 'none given'}, there {first.user or 'none given'}"
        raise _error(
            other,
            f"{other.name!r} is also at {first.origin}{alias} ({_way(first)}) with another login: {logins}; "
            "take one of them out",
        )
    names = dict.fromkeys((*first.aliases, other.name, *other.aliases))
    return replace(
        first,
        aliases=tuple(name for name in names if name != first.name),
        groups=tuple(dict.fromkeys((*first.groups, *other.groups))),
        labels={**other.labels, **first.labels},
        site=first.site or other.site,
        region=first.region or other.region,
        services=(*first.services, *(s for s in other.services if all(s.name != own.name for own in first.services))),
        refusal=first.refusal or other.refusal,
    )


def _way(host: Host) -> str:
    return " via ".join((f"{host.target} port {host.port}", *host.jump))


def _error(host: Host, message: str) -> ConfigError:
    return ConfigError(message, file=host.origin.file, line=host.origin.line)
