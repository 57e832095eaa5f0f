"""Ports of this machine that lead to ports of hosts."""

from clawtui.engine.boundary.value import Value


class PortsQuery(Value, frozen=True):
    """→ Ports: where the services of a host are known to listen."""

    host: str


class PortView(Value, frozen=True):
    """A port and who listens there."""

    port: int
    words: str


class Ports(Value, frozen=True):
    """By number."""

    host: str
    ports: tuple[PortView, ...] = ()


class ForwardView(Value, frozen=True):
    """A port of this machine that leads to one on a host."""

    id: str
    host: str
    local: int
    """Listens on 127.0.0.1 alone."""
    remote: int
    since: float
    sent: int = 0
    """Bytes to the host."""
    received: int = 0
    running: int = 0
    """Connections through it now."""
    words: str = ""
    """Why the last connection failed; empty when it did not."""


class Forwards(Value, frozen=True):
    """All forwarded ports, in the order in which they were opened."""

    forwards: tuple[ForwardView, ...] = ()


class ForwardPort(Value, frozen=True):
    """Open a port on this machine that leads to one on a host; not guarded, recorded. It ends with the engine."""

    host: str
    remote: int
    local: int | None = None
    """None: the same number where it is free, else any; 0: any."""


class EndForward(Value, frozen=True):
    """Close a forwarded port."""

    id: str
