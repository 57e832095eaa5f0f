"""The way to a host: which bastions lead there, in order."""

from collections.abc import Sequence
from dataclasses import replace

from clawtui.errors import OptionRefused
from clawtui.fleet.hop import split_hop
from clawtui.fleet.host import Fleet, Host

Way = tuple[str, ...]
# a host's name after the names of its bastions: what a kept connection is filed under


def way(fleet: Fleet, host: Host) -> Way:
    """Names of the bastions on the way to a host, the first one first, and the host itself."""
    return (*(hop.name for hop in hops(fleet, host)), host.name)


def hops(fleet: Fleet, host: Host) -> tuple[Host, ...]:
    """The bastions on the way to a host, the first one first."""
    behind = [host]
    while behind[-1].jump:
        hop = hop_before(fleet, behind[-1])
        names = [other.name for other in behind]
        if hop.name in names:
            chain = " → ".join([hop.name, *reversed(names)])
            raise OptionRefused(
                host.name, f"its jump hosts lead back to themselves ({chain}); write jump = [] for {hop.name}"
            )
        behind.append(hop)
    return tuple(reversed(behind[1:]))


def outer_first(fleet: Fleet, hosts: Sequence[Host]) -> tuple[tuple[Host, ...], ...]:
    """Bastions before the hosts behind them; a host whose way makes no sense is told so in its own turn."""
    depths: dict[int, list[Host]] = {}
    for host in hosts:
        try:
            depths.setdefault(len(way(fleet, host)), []).append(host)
        except OptionRefused:
            depths.setdefault(0, []).append(host)
    return tuple(tuple(depths[depth]) for depth in sorted(depths))


def hop_before(fleet: Fleet, host: Host) -> Host:
    """The last bastion before a host, itself reached through those before it, or by its own jump hosts."""
    *before, last = host.jump
    known = next((bastion for bastion in host.bastions if bastion.name == last), None) or fleet.host(last)
    if known is None:
        user, name, port = split_hop(last)
        known = Host(
            name=last,
            address=name,
            port=port or 22,
            user=user,
            identities=host.identities,
            certificates=host.certificates,
            known_hosts=host.known_hosts,
            origin=host.origin,
        )
    return replace(known, jump=tuple(before), bastions=host.bastions) if before else known
