"""The one selector grammar: `web*`, `@group`, `site=eu`, `label.rack=r1`, `rack=r1`, `!host`, and lists by comma.

A list means "any of these"; terms with `!` take hosts away again, whatever their place in the list.
A list of only `!` terms starts from all hosts. Names may be shell patterns everywhere. Hosts come in fleet order.
"""

import difflib
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from clawtui.errors import UsageError
from clawtui.fleet.host import Fleet, Host
from clawtui.fleet.names import normal

ALL = ("all", "*")
Claim = Callable[[Host], bool]


def select(fleet: Fleet, text: str) -> tuple[Host, ...]:
    """The hosts that `text` means, in fleet order; UsageError when a term or the whole matches nothing."""
    terms = [term.strip() for term in normal(text).split(",")]
    if not any(terms):
        raise UsageError("no hosts named; write all, a name such as web-1, @group, site=eu, or a list of these")
    wanted = [term for term in terms if term and not term.startswith("!")]
    unwanted = [term[1:].strip() for term in terms if term.startswith("!")]
    chosen = _any(fleet, wanted) if wanted else {host.name for host in fleet.hosts}
    chosen -= _any(fleet, unwanted)
    found = tuple(host for host in fleet.hosts if host.name in chosen)
    if not found:
        raise UsageError(f"{text!r} leaves no host of {fleet.name}" if fleet.hosts else f"{fleet.name} has no hosts")
    return found


def _any(fleet: Fleet, terms: Iterable[str]) -> set[str]:
    chosen: set[str] = set()
    for term in terms:
        claim = _claim(term)
        names = {host.name for host in fleet.hosts if claim(host)}
        if not names:
            raise UsageError(_nothing(fleet, term))
        chosen |= names
    return chosen


def _claim(term: str) -> Claim:
    if not term:
        raise UsageError("a ! stands alone; write !HOST")
    if term in ALL:
        return lambda _host: True
    if term.startswith("@"):
        group = term[1:]
        return lambda host: any(fnmatchcase(g, group) for g in host.groups)
    key, equals, value = term.partition("=")
    if not equals:
        return lambda host: any(fnmatchcase(name, term) for name in (host.name, *host.aliases))
    if not key or not value:
        raise UsageError(f"{term!r} needs a name and a value: site=eu, region=…, label.rack=r1")
    return lambda host: any(fnmatchcase(v, value) for v in _values(host, key))


def _values(host: Host, key: str) -> tuple[str, ...]:
    """What `key=` looks at; an empty attribute is no value."""
    match key:
        case "site" | "region":
            found: tuple[str, ...] = (host.site if key == "site" else host.region,)
        case "group":
            found = host.groups
        case "name" | "host":
            found = (host.name, *host.aliases)
        case _:
            found = (host.labels.get(key.removeprefix("label."), ""),)
    return tuple(value for value in found if value)


def _nothing(fleet: Fleet, term: str) -> str:
    """Why a term matches nothing, with the nearest words that would."""
    words = _vocabulary(fleet, term)
    near = difflib.get_close_matches(term, words, 3, 0.5) or sorted(words)[:5]
    hint = f"; nearest: {', '.join(near)}" if near else ""
    return f"{term!r} matches no host of {fleet.name}{hint}"


def _vocabulary(fleet: Fleet, term: str) -> list[str]:
    words: dict[str, None] = {}
    for host in fleet.hosts:
        if term.startswith("@"):
            words.update({f"@{group}": None for group in host.groups})
        elif "=" in term:
            attributes = {"site": host.site, "region": host.region} | dict(host.labels)
            words.update({f"{key}={value}": None for key, value in attributes.items() if value})
        else:
            words.update(dict.fromkeys((host.name, *host.aliases)))
    return list(words)
