"""The wheels of everything that clawtui stands on, for a host's Python and platform; fetched once into the operator's cache."""

import hashlib
import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

from clawtui.errors import ClawtuiError
from clawtui.fleet.program.wheel import own_wheel
from clawtui.places import Places

FETCH_S = 300.0
GLIBC_LEAST = 17  # manylinux2014
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")


def wheelhouse(python: tuple[int, int], machine: str, libc: str, places: Places) -> tuple[Path, ...]:
    """All wheels, ours among them; ClawtuiError says which could not be fetched and where to put them by hand."""
    pins = _pins()
    name = f"py{python[0]}.{python[1]}-{libc.replace(' ', '')}-{machine}"
    mark = hashlib.sha256("\n".join(pins).encode()).hexdigest()[:12]
    folder = places.cache / "wheelhouse" / f"{name}-{mark}"
    if not (folder / ".whole").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _fetch(pins, python, platforms(machine, libc), folder)
        (folder / ".whole").touch()
    own_wheel(folder)
    return tuple(sorted(folder.glob("*.whl")))


def platforms(machine: str, libc: str) -> tuple[str, ...]:
    """Tags of wheels that run there, the most portable last; PEP 600 for glibc, PEP 656 for musl."""
    if libc == "musl":
        return tuple(f"musllinux_1_{minor}_{machine}" for minor in (2, 1))
    _, _, number = libc.partition(" ")
    minor = int(number.partition(".")[2] or 0) if number.partition(".")[2].isdigit() else GLIBC_LEAST
    return (*(f"manylinux_2_{n}_{machine}" for n in range(minor, GLIBC_LEAST - 1, -1)), f"manylinux2014_{machine}")


def _pins() -> tuple[str, ...]:
    """What this installation itself runs with, exactly: it is what was tested."""
    found: dict[str, str] = {}
    todo = ["clawtui"]
    while todo:
        for requirement in importlib.metadata.distribution(todo.pop()).requires or ():
            named = _REQUIREMENT.match(requirement)
            name = re.sub(r"[-_.]+", "-", named[0]).lower() if named else ""
            if "extra ==" in requirement or not name or name in found:
                continue
            try:
                found[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:  # for another platform or Python than this one
                continue
            todo.append(name)
    return tuple(f"{name}=={version}" for name, version in sorted(found.items()))


def _fetch(pins: tuple[str, ...], python: tuple[int, int], tags: tuple[str, ...], folder: Path) -> None:
    """By pip, whose own checks of digest and index apply."""
    number = f"{python[0]}{python[1]}"
    abis = [word for abi in (f"cp{number}", "abi3", "none") for word in ("--abi", abi)]
    where = [word for tag in tags for word in ("--platform", tag)]
    command = [*pip(), "download", "--quiet", "--no-deps", "--only-binary=:all:", "--implementation", "cp"]
    command += ["--python-version", number, *abis, *where, "--dest", str(folder), *pins]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_S, check=False)
        words = [line for line in done.stderr.splitlines() if "ERROR" in line][-1:] if done.returncode else []
    except (OSError, subprocess.TimeoutExpired) as problem:
        words = [str(problem)]
    missing = [pin for pin in pins if not _there(folder, pin)]
    if words or missing:
        what = ", ".join(missing) or "a package"
        raise ClawtuiError(
            f"{what} for Python {python[0]}.{python[1]} on {tags[0]} could not be fetched: {(words or ['no wheel'])[0]}; "
            f"put the wheels into {folder} and touch {folder / '.whole'}"
        )


def _there(folder: Path, pin: str) -> bool:
    name, _, version = pin.partition("==")
    plain = re.sub(r"[-_.]+", "_", name).lower()
    return any(wheel.name.lower().startswith(f"{plain}-{version}-") for wheel in folder.glob("*.whl"))


def pip() -> list[str]:
    """This interpreter's own pip, else one on PATH: environments made by uv have none."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return [shutil.which("pip3") or shutil.which("pip") or "pip3"]
