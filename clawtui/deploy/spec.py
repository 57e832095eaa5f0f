"""What a service.toml says, parsed and checked: the value that plan, release and rendering start from.

Sizes are bytes, times seconds, shares 0–1. Paths on this machine are absolute; paths on hosts are text.
`config/service.example.toml` explains every key to people.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from clawtui.deploy.placeholders import taken

LETS_ENCRYPT = "https://acme-v02.api.letsencrypt.org/directory"


class Wheels(StrEnum):
    """Where a host takes its Python packages from."""

    INDEX = "index"
    # the host's own pip configuration
    CARRY = "carry"
    # a wheelhouse that comes with us, for hosts without a way out


class Images(StrEnum):
    """Where a host takes its container images from."""

    PULL = "pull"
    CARRY = "carry"


class Replace(StrEnum):
    """How a new instance takes the old one's place."""

    BESIDE = "beside"
    # both run for a while; no request fails
    IN_PLACE = "in-place"
    # the old one is stopped first; the plan says how long nobody answers


class OnLost(StrEnum):
    """What becomes of hosts that are switched and not kept when nobody can reach them."""

    REVERT = "revert"
    HOLD = "hold"


class Tls(StrEnum):
    """Where the certificate comes from."""

    OFF = "off"
    FILES = "files"
    ACME = "acme"
    SELF_SIGNED = "self-signed"


@dataclass(frozen=True, slots=True)
class Environment:
    """What a service needs around it. Either a lock (a virtual environment), a compose file, or neither."""

    packages: tuple[str, ...] = ()
    # of apt: "ffmpeg", "ffmpeg=7:5.1.6-0+deb12u1"
    python: str = "python3"
    # the host's interpreter: a name on its PATH or an absolute path; never changed by us
    lock: Path | None = None
    # requirements with versions and hashes
    wheels: Wheels = Wheels.INDEX
    compose: Path | None = None
    images: Images = Images.PULL
    port: int = 0
    # where a compose project listens on 127.0.0.1, for proxy and health; 0: nowhere


@dataclass(frozen=True, slots=True)
class Artifact:
    """One large file that the service reads: `{artifact.NAME}` in command and env is its path on the host."""

    name: str
    source: str
    # an absolute path on this machine, or s3://BUCKET/KEY
    sha256: str = ""
    # required for s3 without a manifest beside it; computed for local files
    path: str = ""
    # where a release shows it, below the folder that the source lies in: a model below the source stays where the code
    # looks for it, and travels once


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a value is found on this machine; the value itself is in no spec, plan, journal or log."""

    name: str
    env: str = ""
    file: Path | None = None
    dotenv: Path | None = None
    # a file of NAME=VALUE lines
    command: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """The process; command and env are filled in by `clawtui/deploy/placeholders.py`."""

    command: str
    user: str
    # made if it is not there; system user without a shell
    env: dict[str, str] = field(default_factory=dict[str, str])
    port: int = 0
    # 0: the service listens on {socket}, or nowhere. Else on {port}, which is this one or the next (beside needs two)
    memory: int | None = None
    cpu: float | None = None
    # cores
    stop_s: float = 30.0
    # how long it may take to finish what it has begun
    files: int = 65536
    # open files


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Requests below `path` reach the service below `to`."""

    path: str
    to: str


@dataclass(frozen=True, slots=True)
class Proxy:
    """nginx before the service."""

    names: tuple[str, ...]
    # server_name; the first names the certificate
    tls: Tls = Tls.OFF
    certificate: Path | None = None
    key: Path | None = None
    acme_directory: str = LETS_ENCRYPT
    acme_email: str = ""
    http_port: int = 80
    https_port: int = 443
    body: int = 10_000_000
    timeout_s: float = 60.0
    rewrites: tuple[Rewrite, ...] = ()


@dataclass(frozen=True, slots=True)
class CleanUp:
    """What a timer deletes: files below `path` that match and are older."""

    path: str
    # absolute, or below ROOT/SERVICE/shared
    older_s: float
    match: str = "*"


@dataclass(frozen=True, slots=True)
class Golden:
    """A request whose answer is known."""

    path: str
    method: str = "POST"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict[str, str])
    status: int = 200
    expect: str = ""
    # JSON that the answer must be equal to (numbers within `tolerance`), or text it must contain; empty: only the status
    tolerance: float = 0.0
    within_s: float = 5.0


@dataclass(frozen=True, slots=True)
class Health:
    """When an instance is called healthy. One that listens nowhere is judged by its unit alone."""

    ready: str = "/"
    # path that answers 2xx; empty: the port or socket accepts connections
    within_s: float = 60.0
    # deadline for the whole
    times: int = 3
    # answers in a row, a second apart
    golden: Golden | None = None
    metrics: str = ""
    # path of the service's metrics page; empty: the agent probes `ready`


@dataclass(frozen=True, slots=True)
class GateLimits:
    """How much worse than the others a canary may be while it bakes; None: not judged."""

    error_ratio: float | None = 0.005
    # this much above the others'
    p95: float | None = 0.2
    # this share above the others'
    requests: int = 50
    # fewer than this: inconclusive, the rollout pauses


@dataclass(frozen=True, slots=True)
class Hooks:
    """Executables beside the spec; they get the plan as JSON on standard input. 0 goes on, 75 pauses, else it fails."""

    before: Path | None = None
    after: Path | None = None
    drain: Path | None = None
    # told `drain HOST` or `undrain HOST` for a load balancer of one's own, returns when the balancer sees it
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class Rollout:
    """In which order, how fast, and when to go back."""

    replace: Replace = Replace.BESIDE
    canary: str = "1"
    # how many go first: "1", "5%"; "0": none
    waves: tuple[str, ...] = ("25%", "100%")
    # of all hosts, counted from the first: each "N" or "N%"
    by: str = ""
    # "region", "site" or a label: a wave never mixes them
    max_unavailable: str = "25%"
    # at once within a wave
    unreachable: str = "10%"
    # the budget of hosts that may be left behind
    bake_s: float = 60.0
    dead_man_s: float = 120.0
    # a host that is switched and not kept for this long goes back by itself
    on_lost: OnLost = OnLost.REVERT
    gates: GateLimits = field(default_factory=GateLimits)
    keep: int = 3
    # confirmed releases that stay on the hosts
    freeze: tuple[str, ...] = ()
    # "Fri 16:00 - Mon 08:00" in UTC: apply is refused then


@dataclass(frozen=True, slots=True)
class Spec:
    """One service."""

    file: Path
    name: str
    hosts: str
    # selector
    source: Path
    # the folder that is shipped
    exclude: tuple[str, ...] = ()
    root: str = "/srv/clawtui"
    # ROOT/SERVICE on the hosts
    environment: Environment = field(default_factory=Environment)
    artifacts: tuple[Artifact, ...] = ()
    run: Run | None = None
    # None for compose services
    secrets: tuple[Secret, ...] = ()
    # the service's environment, whether it is a unit or a compose project
    proxy: Proxy | None = None
    clean_up: tuple[CleanUp, ...] = ()
    health: Health = field(default_factory=Health)
    rollout: Rollout = field(default_factory=Rollout)
    hooks: Hooks = field(default_factory=Hooks)

    @property
    def place(self) -> str:
        """ROOT/SERVICE."""
        return f"{self.root}/{self.name}"

    @property
    def listens(self) -> bool:
        """Does it answer on a socket or a port?"""
        if self.run is None:
            return self.environment.port > 0
        return self.run.port > 0 or takes(self.run, "socket")


def takes(run: Run, placeholder: str) -> bool:
    """Does its command or environment take `{placeholder}`?"""
    return any(placeholder in taken(text) for text in (run.command, *run.env.values()))
