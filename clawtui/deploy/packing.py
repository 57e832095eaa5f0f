"""What is shipped, read from this machine: the source, the artifacts, the lock as each interpreter needs it."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clawtui.deploy import certificate, images, release
from clawtui.deploy.artifacts import blobs_of
from clawtui.deploy.digests import Digests
from clawtui.deploy.facts import Facts
from clawtui.deploy.lockfile import read_lock
from clawtui.deploy.pinned import Lock
from clawtui.deploy.spec import Spec, Tls, Wheels
from clawtui.deploy.steps import Cargo, Fit
from clawtui.deploy.target import Target
from clawtui.deploy.wheelhouse import carried, checked
from clawtui.errors import ClawtuiError
from clawtui.places import Places


@dataclass(frozen=True, slots=True)
class Packer:
    """Reads and hashes in threads; what was hashed once is remembered."""

    spec: Spec
    places: Places
    environ: Mapping[str, str]
    digests: Digests

    async def cargo(self, secrets: str) -> Cargo:
        """The same for all hosts. `secrets`: the keyed digest of their values."""
        spec = self.spec
        made = await release.made(spec.source, self.places.cache, self.digests, spec.exclude, self._skipped())
        artifacts = await blobs_of(spec.artifacts, self.digests)
        lock = await asyncio.to_thread(self.digests.of, spec.environment.lock) if spec.environment.lock else ("", 0)
        given, now = await asyncio.to_thread(self._certificate), time.time()
        warnings = given.warnings(now) if given else ()
        compose = spec.environment.compose
        found = await images.images(spec, self.places.cache, self.digests)
        version = await asyncio.to_thread(images.version, compose) if compose else ""
        return Cargo(
            made.digest, made.files, made.archive, artifacts, lock[0], secrets, given, warnings, found, version
        )

    async def fits(self, facts: Mapping[str, Facts]) -> dict[str, Fit]:
        """By host; each kind of interpreter is asked about once."""
        path = self.spec.environment.lock
        if path is None:
            return dict.fromkeys(facts, Fit())
        lock = await asyncio.to_thread(read_lock, path)
        targets = {name: target_of(fact) for name, fact in facts.items()}
        kinds = list(dict.fromkeys(target for target in targets.values() if target))
        found = await asyncio.gather(*(self._fit(lock, kind) for kind in kinds))
        by = dict(zip(kinds, found, strict=True))
        return {name: by[target] if target else Fit() for name, target in targets.items()}

    async def _fit(self, lock: Lock, target: Target) -> Fit:
        requirements = await asyncio.to_thread(lock.requirements, target)
        if self.spec.environment.wheels is Wheels.INDEX:
            misfits = await asyncio.to_thread(checked, lock, target, self.places, self.environ)
            return Fit(requirements, misfits=tuple(map(str, misfits)))
        try:
            folder = await asyncio.to_thread(carried, lock, target, self.places, self.environ)
        except ClawtuiError as problem:
            return Fit(requirements, misfits=tuple(str(problem).splitlines()))
        return Fit(requirements, (await release.made(folder, self.places.cache, self.digests)).archive)

    def _certificate(self) -> certificate.Certificate | None:
        """Checked before any host is touched."""
        proxy = self.spec.proxy
        return certificate.read(proxy, self.spec.file, time.time()) if proxy and proxy.tls is Tls.FILES else None

    def _skipped(self) -> tuple[Path, ...]:
        """Part of the folder and not of the release: what is read here, and artifacts, which travel by themselves."""
        local = [Path(one.source) for one in self.spec.artifacts if "://" not in one.source]
        return (self.spec.file, *local)


def target_of(facts: Facts) -> Target | None:
    """The interpreter that wheels have to fit; None where there is none."""
    python = facts.python
    if python is None or not python.version:
        return None
    return Target.of(
        python.version, python.machine, python.libc, python.implementation, python.soabi or "", bits=python.bits
    )
