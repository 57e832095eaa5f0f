"""In which order hosts are changed: one first, then some at a time; and when to stop. Pure."""

import re
from collections.abc import Mapping, Sequence

from clawtui.errors import UsageError
from clawtui.fleet.host import Host

CANARY = 1
SIZE = "25%"
LIMIT = "25%"
_AMOUNT = re.compile(r"([0-9]{1,6})(%?)")


def waves(
    hosts: Sequence[Host], *, size: str = SIZE, apart: str = "", canary: int = CANARY
) -> tuple[tuple[Host, ...], ...]:
    """Every host once, in order: a first wave of `canary` hosts (0: none), then waves of `size` ("10" or "25%" of all).

    `apart` names a label (or site, region): no wave holds two hosts with the same value of it. A host without that label
    stands in nobody's way.
    """
    most = max(1, amount(size, len(hosts)))
    left, made = list(hosts), list[tuple[Host, ...]]()
    while left:
        room = canary if canary and not made else most
        wave = _picked(left, room, apart)
        made.append(wave)
        names = {host.name for host in wave}
        left = [host for host in left if host.name not in names]
    return tuple(made)


def amount(text: str, of: int) -> int:
    """ "10" or "25%" of so many, rounded down."""
    found = _AMOUNT.fullmatch(text)
    if not found or (found[2] and int(found[1]) > 100):
        raise UsageError(f"{text!r} is no number of hosts: write 10 or 25%")
    return of * int(found[1]) // 100 if found[2] else int(found[1])


def beyond(endings: Mapping[str, str], limit: str) -> str:
    """Why no further wave may begin, by how the hosts of this one ended; empty where it may.

    A host that could not be reached is as it was: it tells nothing against the change, and nothing for it. So it counts
    only in a wave where no host went well.
    """
    well = [host for host, ending in endings.items() if ending == "ok"]
    failed = [host for host, ending in endings.items() if ending not in ("ok", "skipped", "unreached")]
    unreached = [host for host, ending in endings.items() if ending == "unreached"]
    allowed = amount(limit, len(endings))
    if len(failed) > allowed:
        return f"{_named(failed)} failed, {allowed} of {len(endings)} in this wave may"
    if unreached and not well:
        return (
            f"{_named(unreached)} could not be reached, so nothing is known of the change yet; leave it out and go on"
        )
    return ""


def _picked(left: Sequence[Host], room: int, apart: str) -> tuple[Host, ...]:
    wave, taken = list[Host](), set[str]()
    for host in left:
        value = _label(host, apart)
        if len(wave) < room and (not value or value not in taken):
            wave.append(host)
            taken.add(value)
    return tuple(wave)


def _label(host: Host, name: str) -> str:
    own = {"site": host.site, "region": host.region}
    return own.get(name) or host.labels.get(name, "")


def _named(hosts: Sequence[str]) -> str:
    return ", ".join(hosts[:3]) + (f" and {len(hosts) - 3} more" if len(hosts) > 3 else "")
