"""What is asked for (Order), one machine of the answer (Machine), and how both are named on the wire."""

from dataclasses import dataclass

BASTION = "bastion"


@dataclass(frozen=True, slots=True)
class Order:
    """How many hosts and of what kind."""

    hosts: int
    systemd: bool = False
    # systemd as first process on the Debian base; otherwise sshd on the machine's own files
    own: bool = False
    # CPU, memory, load, pressure and clock of its own for every host
    behind: int = 0
    # so many of the hosts, the last ones, are reachable through a bastion only (one more plain host)
    memory: str = "800M"
    cpus: float = 1.0
    sshd: tuple[str, ...] = ()
    # lines for every sshd_config, before ours: the first one of a kind wins there
    binds: tuple[str, ...] = ()
    # "/on/the/machine:/in/the/host", read-only; systemd hosts only
    plain: int = 0
    containers: int = 0
    # of hosts with files of their own so many are otherwise: the last ones plain, those before them without systemd

    def kind(self, index: int) -> str:
        """What the host at this place is: plain (the machine's own files), overlay (files of its own), systemd."""
        if not self.overlay or index >= self.hosts - self.plain:
            return "plain"
        return "systemd" if self.systemd and index < self.hosts - self.plain - self.containers else "overlay"

    @property
    def overlay(self) -> bool:
        """The hosts have files of their own on top of the Debian base."""
        return self.systemd or self.own


@dataclass(frozen=True, slots=True)
class Machine:
    """One host of a testbed, as an operator would have to know it."""

    name: str
    address: str
    port: int
    user: str
    key: str
    # private key file that lets the operator in
    host_key: str
    # its line in known_hosts
    netns: str
    link: str
    # the switch's end of its cable
    inner: bool = False
    # behind the bastion
    kind: str = "plain"
    # plain, overlay or systemd


@dataclass(frozen=True, slots=True)
class Slot:
    """One of the testbeds that may stand beside each other on a machine: a number that names everything it owns."""

    number: int

    @property
    def prefix(self) -> str:
        """In front of namespaces, links and cgroups; short, as a link's name holds 15 characters."""
        return f"clawt{self.number}"

    @property
    def switch(self) -> str:
        """The namespace with the bridges."""
        return f"{self.prefix}-sw"

    @property
    def operator(self) -> str:
        """The link by which the machine itself, where tests run, reaches the outer hosts."""
        return f"{self.prefix}-op"

    @property
    def net(self) -> str:
        """First half of every address."""
        return f"10.{77 + self.number}"

    def netns(self, name: str) -> str:
        """Of one host."""
        return f"{self.prefix}-{name}"

    def address(self, index: int, *, inner: bool = False) -> str:
        """Of the host at this place in the order; the operator's link ends at /17, so inner ones have no route."""
        return f"{self.net}.{(129 if inner else 1) + index // 250}.{1 + index % 250}"
