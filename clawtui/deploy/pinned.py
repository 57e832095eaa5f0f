"""A lock: every package with its version and the digests of its files.

Nothing else is installed on a host, and pip refuses there what has another digest.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from clawtui.deploy.target import Target


@dataclass(frozen=True, slots=True)
class Pinned:
    """One package of a lock."""

    name: str
    # as indexes spell it: "pydantic-core"
    version: str
    hashes: tuple[str, ...]
    # "sha256:…" of each file that may be installed
    marker: str = ""
    # for which interpreters it counts; empty: all
    wheels: tuple[str, ...] | None = None
    # their file names, where the lock says them


@dataclass(frozen=True, slots=True)
class Lock:
    """All of them."""

    file: Path
    packages: tuple[Pinned, ...]
    options: tuple[str, ...] = ()
    # pip's own, as they stand in the file
    requires_python: str = ""

    def of(self, target: Target) -> tuple[Pinned, ...]:
        """Those that count for this interpreter."""
        from packaging.markers import Marker

        return tuple(
            one for one in self.packages if not one.marker or Marker(one.marker).evaluate(dict(target.markers))
        )

    def requirements(self, target: Target) -> str:
        """What pip is given for this interpreter: no markers, the same text for the same packages."""
        lines = sorted(f"{one.name}=={one.version} {_hashes(one)}" for one in self.of(target))
        return "".join(f"{line}\n" for line in (*self.options, *lines))


def twice(packages: Sequence[Pinned]) -> tuple[str, ...]:
    """Names that two versions would be installed of."""
    seen: dict[str, set[str]] = {}
    for one in packages:
        seen.setdefault(one.name, set()).add(one.version)
    return tuple(name for name, versions in seen.items() if len(versions) > 1)


def _hashes(one: Pinned) -> str:
    return " ".join(f"--hash={digest}" for digest in sorted(one.hashes))
