"""`[[host]]` of a fleet file: one host, or a range of them."""

import re
from collections.abc import Mapping

from clawtui.errors import ConfigError
from clawtui.fleet.become_keys import BecomeKeys
from clawtui.fleet.hop import is_hop
from clawtui.fleet.host import Host, Origin, Transport
from clawtui.fleet.names import is_name, normal
from clawtui.fleet.tables import Document, Table

MOST_HOSTS = 10_000
_LOGIN = {
    "user",
    "port",
    "jump",
    "identities",
    "certificates",
    "known_hosts",
    "host_key_alias",
    "become",
    "become_password",
    "agent",
}
_PLACE = {"groups", "site", "region", "labels"}
DEFAULTS = _LOGIN | _PLACE
# what [defaults] may say as well
_KEYS = {"name", "names", "address", "aliases", "transport"} | DEFAULTS
_RANGE = re.compile(r"\[([0-9]+):([0-9]+)\]")


def host_table(table: Table, defaults: Table, keys: BecomeKeys, groups: Mapping[str, Table]) -> list[Host]:
    """The hosts of one `[[host]]`, under what `[defaults]` says."""
    table.only(_KEYS)
    if ("name" in table) == ("names" in table):
        raise table.error('needs either name = "web-1" or names = "web-[01:08]"', "name")
    if "names" in table and (table.texts("aliases") or table.text("host_key_alias")):
        raise table.error("cannot be given to a range of hosts: it names one", "aliases")
    names = _expand(table.text("names"), table) if "names" in table else [table.text("name")]
    return [_host(name, table, defaults, keys, groups) for name in names]


def _host(name: str, table: Table, defaults: Table, keys: BecomeKeys, groups: Mapping[str, Table]) -> Host:
    if not is_name(name):
        raise table.error(f"{name!r} is not a host name: letters of any script, digits, . - _ and :", "name")

    def either(key: str) -> Table:
        return table if key in table else defaults

    address = table.text("address").strip("[]")
    if address.startswith("-") or any(c.isspace() or c in "@/\\" for c in address):
        raise table.error(f"{address!r} is not a host name or address; the login goes to user = …", "address")
    own_groups = tuple(dict.fromkeys((*defaults.texts("groups"), *table.texts("groups"))))
    root = keys.of_host(table, own_groups, groups)
    return Host(
        name=normal(name),
        address=address.replace("{name}", name),
        port=either("port").whole("port", 22, 1, 65535),
        user=_user(either("user")),
        aliases=tuple(normal(alias) for alias in table.texts("aliases")),
        groups=own_groups,
        site=either("site").text("site"),
        region=either("region").text("region"),
        labels={**defaults.mapping("labels"), **table.mapping("labels")},
        jump=_jumps(either("jump")),
        jump_origin=either("jump").origin("jump"),
        identities=either("identities").texts("identities"),
        certificates=either("certificates").texts("certificates"),
        known_hosts=either("known_hosts").texts("known_hosts"),
        host_key_alias=table.text("host_key_alias"),
        transport=Transport(table.choice("transport", Transport.ASYNCSSH, list(Transport))),
        become=root.become,
        become_password=root.password,
        origin=Origin(table.document.file, table.line),
    )


def _user(table: Table) -> str:
    user = table.text("user")
    if user.startswith("-") or any(c.isspace() for c in user):
        raise table.error(f"{user!r} is not a login name", "user")
    return user


def _jumps(table: Table) -> tuple[str, ...]:
    jumps = table.texts("jump")
    for jump in jumps:
        if not is_hop(jump):
            raise table.error(
                f"{jump!r} must be a host of this file or user@host:port; an IPv6 address with a port goes in brackets",
                "jump",
            )
    return jumps


def _expand(names: str, table: Table) -> list[str]:
    """`gpu-[01:08]` → gpu-01 … gpu-08; several ranges multiply."""
    found = _RANGE.search(names)
    if not found:
        if "[" in names or "]" in names:
            raise table.error(f'{names!r}: a range is written "gpu-[01:08]"', "names")
        return [names]
    first, last = int(found[1]), int(found[2])
    if last < first or last - first >= MOST_HOSTS:
        raise table.error(f"{found[0]}: must run upwards over at most {MOST_HOSTS} hosts", "names")
    width = len(found[1]) if found[1].startswith("0") else 0
    before, after = names[: found.start()], names[found.end() :]
    rest = _expand(after, table)
    return [f"{before}{number:0{width}d}{tail}" for number in range(first, last + 1) for tail in rest]


def all_differ(document: Document, hosts: list[Host]) -> None:
    """No name and no alias stands twice."""
    seen: dict[str, Host] = {}
    for host in hosts:
        for name in (host.name, *host.aliases):
            if other := seen.get(name):
                message = f"{name!r} names a host already at line {other.origin.line}; names and aliases must differ"
                raise ConfigError(message, file=document.file, line=host.origin.line, key="host.name")
            seen[name] = host
