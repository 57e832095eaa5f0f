"""A host, a context and a fleet: what the fleet file says, parsed once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a context is for: colour and strictness follow from it."""

    PROD = "prod"
    STAGING = "staging"
    DEV = "dev"


class Become(StrEnum):
    """How root is reached on a host: without a password where it is allowed, else with one."""

    NONE = "none"
    SUDO = "sudo"
    DOAS = "doas"


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """Where the password for sudo or doas comes from, should it be wanted: asked for unless a file or a command is named."""

    file: str = ""
    # mode 0600, its first line
    command: tuple[str, ...] = ()
    # run here, the first line of its output
    once: bool = False
    # asked for once, for all hosts that say so; otherwise once for each host

    @property
    def shared(self) -> bool:
        """Do several hosts get the same answer?"""
        return bool(self.file or self.command or self.once)

    def __str__(self) -> str:
        if self.file:
            return f"file {self.file}"
        if self.command:
            return f"command {self.command[0]}"
        return "asked for once" if self.once else "asked for"


class Transport(StrEnum):
    """Which link holds the connection to a host."""

    ASYNCSSH = "asyncssh"
    OPENSSH = "openssh"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value was written down."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Service:
    """One `[[service]]`: a named process tree on the hosts it is selected for."""

    name: str
    hosts: str = "*"
    # selector within the same context
    unit: str = ""
    # systemd unit, "bot.service"
    cgroup: str = ""
    # path below the cgroup root
    pid_file: str = ""
    metrics: str = ""
    # URL of a Prometheus page as seen from the host itself, "http://127.0.0.1:8000/metrics"


@dataclass(frozen=True, slots=True)
class Host:
    """One machine and the way to it."""

    name: str
    address: str = ""
    # what to connect to; the name where empty
    port: int = 22
    user: str = ""
    # login; the operator's own name where empty
    aliases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    site: str = ""
    region: str = ""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    jump: tuple[str, ...] = ()
    # bastions, the first one first: names of the fleet or [user@]host[:port]
    bastions: "tuple[Host, ...]" = ()
    # the hosts that `jump` names where their inventory has resolved them; looked at before the fleet's own
    identities: tuple[str, ...] = ()
    # private key files; the agent's and the default keys where empty
    certificates: tuple[str, ...] = ()
    known_hosts: tuple[str, ...] = ()
    # files to look keys up in; the usual three where empty
    host_key_alias: str = ""
    ssh_options: Mapping[str, str] = field(default_factory=dict[str, str])
    # what remains of ssh_config and is honoured: connecttimeout, identitiesonly, identityagent, addkeystoagent …
    ssh_config: str = ""
    # the OpenSSH configuration that it came from; the system's ssh reads it again, so that every option counts
    transport: Transport = Transport.ASYNCSSH
    transport_why: str = ""
    # which option at which place asked for it
    become: Become = Become.NONE
    become_password: PasswordSource = PasswordSource()
    services: tuple[Service, ...] = ()
    origin: Origin = Origin("")
    refusal: str = ""
    # why no connection may be made: an option named by name ("KnownHostsCommand in ~/.ssh/config:12 …")

    @property
    def target(self) -> str:
        """What is dialled."""
        return self.address or self.name


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be done in a context; lower levels only tighten it."""

    kind: Kind = Kind.PROD
    read_only: bool = True
    confirm: bool = True
    # type NAME COUNT before an act; False asks for `y` (--yes)
    become: Become = Become.NONE
    watcher: str = ""
    # host that runs `clawtui watch`; nobody is paged where empty


@dataclass(frozen=True, slots=True)
class Fleet:
    """One context: its name, policy and hosts, in file order."""

    name: str
    policy: Policy = Policy()
    hosts: tuple[Host, ...] = ()
    origin: Origin = Origin("")

    def host(self, name: str) -> Host | None:
        """The host of that name or alias."""
        return next((h for h in self.hosts if name == h.name or name in h.aliases), None)
