"""From spec, release and facts to the steps of one host. Pure."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field

import msgspec

from clawtui.deploy import composed, edge
from clawtui.deploy.certificate import Certificate
from clawtui.deploy.edge import Outward
from clawtui.deploy.facts import Facts
from clawtui.deploy.images import Image
from clawtui.deploy.plan import Blob
from clawtui.deploy.render import UNITS, unit, unit_name, values
from clawtui.deploy.spec import Replace, Run, Spec
from clawtui.deploy.step import Params, Phase, Step

BLOB_BYTES_A_S = 1_000_000
# the slowest line that is still waited for


@dataclass(frozen=True, slots=True)
class Cargo:
    """What a release is made of, the same for all hosts."""

    digest: str
    # of the manifest
    files: tuple[Mapping[str, object], ...]
    # path, sha256, mode
    archive: Blob
    artifacts: Mapping[str, Blob] = field(default_factory=dict[str, Blob])
    # by name
    lock: str = ""
    # digest of the lock; empty without one
    secrets: str = ""
    # keyed digest of their values; empty without any
    certificate: Certificate | None = None
    # where it comes as a file
    warnings: tuple[str, ...] = ()
    # about what is shipped
    images: tuple[Image, ...] = ()
    # of a compose project
    compose: str = ""
    # the version that its file says

    @property
    def blobs(self) -> tuple[Blob, ...]:
        """What every host has to have."""
        images = [image.blob for image in self.images if image.blob]
        return (self.archive, *self.artifacts.values(), *dict.fromkeys(images))


@dataclass(frozen=True, slots=True)
class Fit:
    """What differs by the interpreter that a host runs."""

    requirements: str = ""
    # the lock as pip reads it there; empty without one
    wheelhouse: Blob | None = None
    # carried, for hosts without a way out
    misfits: tuple[str, ...] = ()
    # packages that cannot be installed there


def sealed(spec: Spec, cargo: Cargo) -> str:
    """Eight digits over all that makes a release another one: files, command, settings, lock, artifacts, secrets."""
    bare = {
        "manifest": cargo.digest,
        "unit": unit(
            spec, spec.run, "RELEASE", values(spec, "RELEASE", "PYTHON", 0, dict.fromkeys(cargo.artifacts, ""))
        )
        if spec.run
        else "",
        "proxy": asdict(spec.proxy) if spec.proxy else None,
        "clean_up": [asdict(one) for one in spec.clean_up],
        "images": [(image.service, image.reference) for image in cargo.images],
        "port": spec.environment.port,
        "lock": cargo.lock,
        "artifacts": {name: blob.sha256 for name, blob in cargo.artifacts.items()},
        "secrets": cargo.secrets,
    }
    return hashlib.sha256(msgspec.json.encode(bare, order="sorted", enc_hook=str)).hexdigest()[:8]


@dataclass(slots=True)
class _Made:
    """Steps in order; each gets its number when it is added."""

    steps: list[Step] = field(default_factory=list[Step])

    def add(
        self,
        kind: str,
        phase: Phase,
        words: str,
        params: Params,
        *,
        deadline_s: float = 60.0,
        secrets: tuple[str, ...] = (),
        irreversible: bool = False,
        blob: str = "",
    ) -> None:
        """One more."""
        name = f"{len(self.steps) + 1:02}-{kind}"
        self.steps.append(Step(name, kind, phase, words, params, secrets, deadline_s, irreversible, blob))


def steps(spec: Spec, cargo: Cargo, fit: Fit, facts: Facts, release: str) -> tuple[Step, ...]:
    """Everything that brings a release to one host, in order."""
    made = _Made()
    if spec.run is not None:
        made.add("user", Phase.STAGE, f"user {spec.run.user}", {"name": spec.run.user})
    _packages(made, (*edge.packages(spec, facts), *composed.packages(spec, facts)))
    for blob in (*cargo.blobs, *((fit.wheelhouse,) if fit.wheelhouse else ())):
        _blob(made, blob)
    python = _venv(made, spec, fit, facts)
    links = {artifact.path or artifact.name: cargo.artifacts[artifact.name].sha256 for artifact in spec.artifacts}
    tree: Params = {"release": release, "files": [*cargo.files], "archive": cargo.archive.sha256, "links": links}
    made.add("tree", Phase.STAGE, f"release {release} ({len(cargo.files)} files)", tree, deadline_s=300)
    _secrets(made, spec, cargo, release)
    if spec.run is not None:
        port = _port(spec.run, facts)
        paths = {name: f"{spec.place}/store/blobs/{blob.sha256}" for name, blob in cargo.artifacts.items()}
        text = unit(spec, spec.run, release, values(spec, release, python, port, paths))
    else:
        port, text = spec.environment.port, composed.unit(spec, release, facts)
        params = composed.params(spec, release, cargo.images, cargo.compose)
        made.add("compose", Phase.STAGE, f"{len(cargo.images)} images", params, deadline_s=1900)
    name = unit_name(spec.name, release)
    made.add("files", Phase.STAGE, f"unit {name}", {"files": [_unit_file(name, text)]})
    _serving(made, spec, cargo, facts, release, port)
    return tuple(made.steps)


def _serving(made: _Made, spec: Spec, cargo: Cargo, facts: Facts, release: str, port: int) -> None:
    """From the instance that serves to the new one."""
    name = unit_name(spec.name, release)
    listen = listening(spec, release, port)
    ready = _ready(spec)
    within = spec.health.within_s + 30
    common: Params = {"release": release, "unit": name}
    instance: Params = {**common, "ready": ready, "listen": listen}
    mode = spec.rollout.replace
    old = facts.state.live
    health = spec.health
    watched: Params = {"metrics": health.metrics, "probe": "" if health.metrics else health.ready}
    switch: Params = {
        **common,
        **watched,
        "link": listen,
        "dead_man_s": spec.rollout.dead_man_s if facts.systemd else 0,
        "mode": mode.value,
        "old_unit": old,
    }
    if spec.hooks.drain:
        made.add("hook", Phase.SWITCH, "drain it", {"apply": "drain", "undo": "undrain"})
    if mode is Replace.BESIDE:
        made.add("instance", Phase.SWITCH, f"start {name}", instance, deadline_s=within)
    _outward(made, edge.served(spec, facts, cargo.certificate))
    if mode is Replace.BESIDE:
        made.add("switch", Phase.SWITCH, f"switch to {release}", switch)
    else:
        made.add("switch", Phase.SWITCH, f"stop {old or 'nothing'}, start {name}", switch, deadline_s=within)
    verify: Params = {**instance, "health": ready, "through": edge.asked(spec, ready)}
    made.add("verify", Phase.SWITCH, "ask it", verify, deadline_s=2 * within)
    if spec.hooks.drain:
        made.add("hook", Phase.SWITCH, "undrain it", {"apply": "undrain", "undo": "drain"})
    stop = spec.run.stop_s if spec.run else composed.STOP_S
    keep: Params = {**common, "old_unit": old, "stop_s": stop, "listen": listen, **watched}
    made.add("keep", Phase.KEEP, f"keep {release}", keep, deadline_s=stop + 60)
    _outward(made, edge.cleaned(spec, facts))
    prune: Params = {"keep": spec.rollout.keep, "failed_days": 7}
    made.add("prune", Phase.FINISH, f"keep the last {spec.rollout.keep} releases", prune, deadline_s=120)


def _outward(made: _Made, steps: Iterable[Outward]) -> None:
    for one in steps:
        made.add(one.kind, one.phase, one.words, one.params, deadline_s=one.deadline_s, secrets=one.secrets)


def listening(spec: Spec, release: str, port: int) -> Params:
    """Where an instance is asked."""
    if port:
        return {"port": port}
    return {"socket": f"{spec.place}/shared/run/{release}.sock"} if spec.listens else {}


def _ready(spec: Spec) -> Params:
    health = spec.health
    ready: Params = {"path": health.ready, "within_s": health.within_s, "times": health.times}
    if (golden := health.golden) is not None:
        ready["golden"] = {
            "path": golden.path,
            "method": golden.method,
            "body": golden.body.decode("utf-8", "surrogateescape"),
            "headers": golden.headers,
            "status": golden.status,
            "expect": golden.expect,
            "tolerance": golden.tolerance,
            "within_s": golden.within_s,
        }
    return ready


def _packages(made: _Made, names: tuple[str, ...]) -> None:
    if names:
        words = f"packages {', '.join(names)}"
        made.add("packages", Phase.STAGE, words, {"names": list(names)}, deadline_s=900, irreversible=True)


def _blob(made: _Made, blob: Blob) -> None:
    params: Params = {"sha256": blob.sha256, "size": blob.size, "name": blob.name}
    deadline = 120 + blob.size / BLOB_BYTES_A_S
    made.add("blob", Phase.STAGE, f"{blob.name} ({blob.size} bytes)", params, deadline_s=deadline, blob=blob.sha256)


def _venv(made: _Made, spec: Spec, fit: Fit, facts: Facts) -> str:
    """The interpreter that {python} stands for."""
    found = facts.python
    bare = found.executable if found else spec.environment.python
    if not fit.requirements:
        return bare
    version = found.version if found else ""
    digest = hashlib.sha256(f"{bare} {version}\n{fit.requirements}".encode()).hexdigest()[:32]
    links = f"{spec.place}/store/blobs/{fit.wheelhouse.sha256}" if fit.wheelhouse else None
    count = fit.requirements.count("==")
    params: Params = {
        "digest": digest,
        "python": spec.environment.python,
        "requirements": fit.requirements,
        "find_links": links,
    }
    made.add("venv", Phase.STAGE, f"environment of {count} packages for Python {version}", params, deadline_s=900)
    return f"{spec.place}/venvs/{digest}/bin/python"


def _secrets(made: _Made, spec: Spec, cargo: Cargo, release: str) -> None:
    names = tuple(secret.name for secret in spec.secrets)
    if names:
        params: Params = {"release": release, "names": list(names), "digest": cargo.secrets}
        made.add("secrets", Phase.STAGE, f"secrets {', '.join(names)}", params, secrets=names)


def _port(run: Run, facts: Facts) -> int:
    """The one of its two that the serving instance has not."""
    if not run.port:
        return 0
    holder = facts.ports.get(str(run.port))
    return run.port + 1 if holder and facts.state.live and holder.unit == facts.state.live else run.port


def _unit_file(name: str, text: str) -> Params:
    return {"path": f"{UNITS}/{name}", "text": text, "mode": "0644", "verify": "systemd", "after": "daemon-reload"}


def wants(spec: Spec, cargo: Cargo) -> Params:
    """What a host is asked for before it is planned."""
    run = spec.run
    docker = ("docker", composed.PLUGIN, composed.PROGRAM) if spec.environment.compose else ()
    return {
        "packages": list(spec.environment.packages),
        "paths": [*edge.paths(spec)],
        "blobs": [blob.sha256 for blob in cargo.blobs],
        "python": spec.environment.python,
        "units": [],
        "ports": [run.port, run.port + 1] if run and run.port else [],
        "commands": ["apt-get", *edge.COMMANDS, *docker],
    }
