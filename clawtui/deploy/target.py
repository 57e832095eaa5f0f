"""The interpreter that a host runs, as far as wheels and markers care: which files fit it and which lines count for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

GLIBC_LEAST = {"x86_64": 5, "i686": 5}
# the oldest glibc 2.N that wheels are made for: manylinux1 there, manylinux2014 elsewhere
_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
MUSL = "musl 1.2"
_SMALL = {"x86_64": "i686", "aarch64": "armv7l", "armv8l": "armv7l"}
_SHORT = {"cpython": "cp", "pypy": "pp"}


@dataclass(frozen=True, slots=True)
class Target:
    """One interpreter on one host."""

    python: str
    # "3.11.2"
    machine: str
    # "x86_64"
    libc: str
    # "glibc 2.36" or "musl 1.2"
    implementation: str = "cpython"
    abi: str = ""
    # "cp313t", "pypy310_pp73"; empty: what this version usually has

    @classmethod
    def of(
        cls, python: str, machine: str, libc: Sequence[str], implementation: str, soabi: str, *, bits: int = 64
    ) -> "Target":
        """From what an interpreter says of itself: `platform.libc_ver()`, its SOABI, and the width of its pointers."""
        return cls(
            python=python,
            # a small userland may stand on a large machine
            machine=_SMALL.get(machine, machine) if bits == 32 else machine,
            # musl says nothing of itself to Python; what has a Python of today has this one
            libc=" ".join(libc) if any(libc) else MUSL,
            implementation=implementation,
            abi=_abi(implementation, soabi, python),
        )

    @property
    def release(self) -> tuple[int, int]:
        """(3, 11)."""
        major, minor = self.python.split(".")[:2]
        return int(major), int(minor)

    @property
    def interpreter(self) -> str:
        """ "cp311"."""
        return f"{_SHORT.get(self.implementation, self.implementation)}{self.release[0]}{self.release[1]}"

    @property
    def abis(self) -> tuple[str, ...]:
        """Its own binary interface; "cp311"."""
        return (self.abi or self.interpreter,)

    @property
    def platforms(self) -> tuple[str, ...]:
        """Tags of PEP 600 or 656, the newest first."""
        return tuple(_platforms(self.machine, self.libc))

    @property
    def markers(self) -> Mapping[str, str]:
        """What PEP 508 lets a requirement ask."""
        return {
            "implementation_name": self.implementation,
            "implementation_version": self.python,
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": {"cpython": "CPython", "pypy": "PyPy"}.get(self.implementation, ""),
            "platform_release": "",
            "platform_system": "Linux",
            "platform_version": "",
            "python_full_version": self.python,
            "python_version": f"{self.release[0]}.{self.release[1]}",
            "sys_platform": "linux",
            "extra": "",
        }

    def __str__(self) -> str:
        return f"{self.interpreter} on {self.machine} ({self.libc})"


def _abi(implementation: str, soabi: str, version: str) -> str:
    """ "cpython-313t-x86_64-linux-gnu" has an interface of its own; others are what their version says."""
    parts = soabi.split("-")
    if implementation != "cpython":
        return "_".join(parts[:2]) if len(parts) > 1 else ""
    usual = "".join(version.split(".")[:2])
    return f"cp{parts[1]}" if len(parts) > 1 and parts[1] == f"{usual}t" else ""


@cache
def tags(target: Target) -> frozenset[str]:
    """Every tag of a wheel that this interpreter installs: "cp311-abi3-manylinux_2_17_x86_64"."""
    from packaging.tags import compatible_tags, cpython_tags, generic_tags

    platforms = list(target.platforms)
    own = (
        cpython_tags(target.release, target.abis, platforms)
        if target.implementation == "cpython"
        else generic_tags(target.interpreter, target.abis, platforms)
    )
    return frozenset(map(str, (*own, *compatible_tags(target.release, target.interpreter, platforms))))


def _platforms(machine: str, libc: str) -> Iterator[str]:
    kind, _, number = libc.partition(" ")
    parts = number.split(".")
    minor = int(parts[1]) if len(parts) > 1 and parts[1].isdigit() else 0
    if kind == "musl":
        yield from (f"musllinux_1_{n}_{machine}" for n in range(minor, -1, -1))
    else:
        for n in range(minor, GLIBC_LEAST.get(machine, 17) - 1, -1):
            yield f"manylinux_2_{n}_{machine}"
            if n in _LEGACY:
                yield f"{_LEGACY[n]}_{machine}"
    yield f"linux_{machine}"
