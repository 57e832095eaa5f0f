"""What the far runner found on a host, as a value: what a plan is made from."""

from collections.abc import Mapping
from typing import cast

import msgspec

from clawtui.errors import WireError


class System(msgspec.Struct, frozen=True):
    """Its distribution."""

    id: str = ""
    version: str = ""
    arch: str = ""


class Memory(msgspec.Struct, frozen=True):
    """Bytes."""

    total: int = 0
    available: int = 0


class Disk(msgspec.Struct, frozen=True):
    """The one that a path lies on."""

    free: int = 0
    total: int = 0
    mount: str = ""
    system: bool = False


class Python(msgspec.Struct, frozen=True):
    """The interpreter that the service asks for."""

    version: str = ""
    executable: str = ""
    implementation: str = "cpython"
    machine: str = ""
    soabi: str | None = None
    bits: int = 64
    libc: tuple[str, ...] = ()
    venv: bool = False
    error: str = ""


class FileFact(msgspec.Struct, frozen=True):
    """A file that a plan would write."""

    sha256: str = ""
    mode: str = ""
    uid: int = 0
    ours: bool = False
    drifted: bool = False


class State(msgspec.Struct, frozen=True):
    """What earlier rollouts came to."""

    current: str = ""
    previous: str = ""
    confirmed: tuple[str, ...] = ()
    live: str = ""


class Lease(msgspec.Struct, frozen=True):
    """Who changes it, or did last."""

    rollout: str = ""
    owner: str = ""


class Listener(msgspec.Struct, frozen=True):
    """Who has a port."""

    pid: int | None = None
    program: str = ""
    unit: str = ""


class Shown(msgspec.Struct, frozen=True):
    """The certificate that nginx shows."""

    names: tuple[str, ...] = ()
    until: float = 0.0
    # seconds since 1970


class Facts(msgspec.Struct, frozen=True):
    """One host, looked at without a lock and without changing anything."""

    os: System = System()
    memory: Memory = Memory()
    disk: dict[str, Disk] = {}
    clock: float = 0.0
    apt: bool = False
    python: Python | None = None
    packages: dict[str, str | None] = {}
    files: dict[str, FileFact | None] = {}
    blobs: dict[str, int | None] = {}
    venvs: tuple[str, ...] = ()
    releases: tuple[str, ...] = ()
    state: State = State()
    units: dict[str, dict[str, str | None]] = {}
    ports: dict[str, Listener | None] = {}
    commands: dict[str, str | None] = {}
    lease: Lease | None = None
    armed: dict[str, object] | None = None
    certificate: Shown | None = None
    systemd: int | None = None
    # from hello


def facts_of(host: str, hello: Mapping[str, object], answer: Mapping[str, object]) -> Facts:
    """From the answer to `survey`; WireError where it is none of ours."""
    said = dict(cast("Mapping[str, object]", answer.get("facts") or {}))
    said["systemd"] = hello.get("systemd")
    try:
        return msgspec.convert(said, Facts, strict=False)
    except msgspec.ValidationError as failure:
        raise WireError(f"{host}: the far runner's facts do not parse: {failure}") from failure
