"""The ways to hold a connection, one technology a folder; each is imported on first use."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from clawtui.fleet.ground import Ground
from clawtui.fleet.host import Transport
from clawtui.fleet.link import Dialler


def _asyncssh(ground: Ground) -> Dialler:
    from clawtui.fleet.links.asyncssh.dial import dialler

    return dialler(ground)


def _openssh(ground: Ground) -> Dialler:
    from clawtui.fleet.links.openssh.dial import dialler

    return dialler(ground)


LINKS: Mapping[Transport, Callable[[Ground], Dialler]] = MappingProxyType(
    {Transport.ASYNCSSH: _asyncssh, Transport.OPENSSH: _openssh}
)
