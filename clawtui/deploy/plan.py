"""A plan: waves of steps by hosts, with what will be different on each. A value; to JSON and back; its digest fixes it."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from clawtui.deploy.spec import GateLimits, Health, OnLost
from clawtui.deploy.step import Phase, Step
from clawtui.errors import ConfigError

VERSION = 1


@dataclass(frozen=True, slots=True)
class Change:
    """One difference on one host."""

    what: str
    # "release", "package", "file", "environment", "artifact", "user"
    name: str
    before: str = ""
    after: str = ""
    diff: tuple[str, ...] = ()
    # "- old", "+ new"


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that hosts need, and where they are on this machine."""

    sha256: str
    size: int
    name: str
    source: str
    # an absolute path, or s3://BUCKET/KEY


@dataclass(frozen=True, slots=True)
class HostPlan:
    """Everything about one host."""

    name: str
    before: str
    # the release that serves now; empty where none does
    steps: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()
    # what is there and not ours, or does not fit: any of these refuses the plan
    downtime_s: float = 0.0

    def of(self, phase: Phase) -> tuple[Step, ...]:
        """The steps of one phase, in order."""
        return tuple(step for step in self.steps if step.phase is phase)

    def step(self, name: str) -> Step | None:
        """By its id."""
        return next((step for step in self.steps if step.id == name), None)


@dataclass(frozen=True, slots=True)
class Left:
    """A host that could not be looked at: it stays behind until `deploy resume`."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Wave:
    """Hosts that change before the next ones do."""

    name: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast, and when to go back."""

    at_once: int
    # hosts of a wave that are unavailable at the same time
    unreachable: int
    # hosts that may be left behind
    bake_s: float
    dead_man_s: float
    on_lost: OnLost
    gates: GateLimits
    keep: int


@dataclass(frozen=True, slots=True)
class HookPlan:
    """Executables on this machine around the rollout."""

    before: str = ""
    after: str = ""
    drain: str = ""
    timeout_s: float = 60.0


@dataclass(frozen=True, slots=True)
class RolloutPlan:
    """What `apply` does, whole."""

    id: str
    context: str
    service: str
    place: str
    # ROOT/SERVICE on the hosts
    release: str
    made: float
    by: str
    spec: str
    # the file it came from
    pace: Pace
    health: Health
    waves: tuple[Wave, ...] = ()
    hosts: tuple[HostPlan, ...] = ()
    same: tuple[str, ...] = ()
    # hosts where everything is as it should be
    left: tuple[Left, ...] = ()
    blobs: tuple[Blob, ...] = ()
    secrets: tuple[str, ...] = ()
    # names; whose values are found when it is carried out
    hooks: HookPlan = HookPlan()
    freeze: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    refused: str = ""
    # why it cannot be carried out
    version: int = VERSION

    @property
    def nothing(self) -> bool:
        """Is everything as it should be already?"""
        return not any(host.changes for host in self.hosts)

    @property
    def previous(self) -> str:
        """The release that most hosts serve now."""
        before = [host.before for host in self.hosts if host.before]
        return max(set(before), key=before.count) if before else ""

    def host(self, name: str) -> HostPlan:
        """By name; it is there."""
        return next(host for host in self.hosts if host.name == name)

    def wave_of(self, name: str) -> int:
        """Index of the wave that a host belongs to."""
        return next(index for index, wave in enumerate(self.waves) if name in wave.hosts)


def digest(plan: RolloutPlan) -> str:
    """Of everything but its name, time and author: the same work has the same digest."""
    return _digest(msgspec.json.decode(_exact(plan)))


def written(plan: RolloutPlan) -> bytes:
    """As a file: people may read it, `apply` checks that nobody changed it."""
    document = {"version": VERSION, "digest": digest(plan), "plan": msgspec.Raw(_exact(plan))}
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _exact(plan: RolloutPlan) -> bytes:
    """Once through its own types: 60 and 60.0 are one number here and two texts in a file."""
    same = msgspec.json.decode(msgspec.json.encode(plan), type=RolloutPlan)
    return msgspec.json.encode(same, order="sorted")


def _digest(document: dict[str, object]) -> str:
    """Of what the file says, whatever version of clawtui wrote it."""
    bare = {key: value for key, value in document.items() if key not in ("id", "made", "by")}
    return hashlib.sha256(msgspec.json.encode(bare, order="sorted")).hexdigest()


class _Versioned(msgspec.Struct):
    version: int = 0


class _File(msgspec.Struct):
    version: int
    digest: str
    plan: dict[str, object]


def read(path: Path) -> RolloutPlan:
    """A plan that was written; ConfigError says what is wrong with it."""
    try:
        text = path.read_bytes()
    except OSError as failure:
        raise ConfigError(f"cannot be read: {failure.strerror}", file=str(path)) from failure
    try:
        version = msgspec.json.decode(text, type=_Versioned).version
        if version > VERSION:
            words = f"version {version} is of a newer clawtui, this one reads {VERSION}: upgrade clawtui here"
            raise ConfigError(words, file=str(path))
        found = msgspec.json.decode(text, type=_File)
        plan = msgspec.convert(found.plan, RolloutPlan)
    except (msgspec.DecodeError, UnicodeDecodeError) as failure:
        raise ConfigError(f"is no plan: {failure}; make one with deploy plan --out", file=str(path)) from failure
    if _digest(found.plan) != found.digest:
        raise ConfigError("was changed after it was made; make it again with deploy plan --out", file=str(path))
    return plan
