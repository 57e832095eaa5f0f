"""The six files of psutil that the agent needs: from the operator's own installation, else from a wheel fetched once."""

import importlib.metadata
import importlib.util
import re
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

from clawtui.errors import AgentError
from clawtui.places import Places

FILES = ("__init__.py", "_common.py", "_ntuples.py", "_pslinux.py", "_psposix.py", "_psutil_linux.abi3.so")
FETCH_S = 120.0
_GLIBC = re.compile(r"manylinux_(\d+)_(\d+)_(\w+)")


@dataclass(frozen=True, slots=True)
class Psutil:
    """The package for one platform."""

    version: str
    files: dict[str, bytes]
    source: str
    # in words: where it came from


def psutil_for(host: str, machine: str, libc: str, places: Places) -> Psutil:
    """The package that runs on that platform; raises AgentError naming what could not be got."""
    version = importlib.metadata.version("psutil")
    own = _own(version, machine, libc)
    return own or _fetched(host, version, machine, libc, places)


def _own(version: str, machine: str, libc: str) -> Psutil | None:
    """The operator's installation, where its compiled file suits the host."""
    tags = importlib.metadata.distribution("psutil").read_text("WHEEL") or ""
    if not sys.platform.startswith("linux") or not suits(tags, machine, libc):
        return None
    spec = importlib.util.find_spec("psutil")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders or not all((Path(folders[0]) / name).is_file() for name in FILES):
        return None
    return Psutil(version, {name: (Path(folders[0]) / name).read_bytes() for name in FILES}, "this installation")


def suits(tags: str, machine: str, libc: str) -> bool:
    """Does a wheel with these tags run there? Without tags of a portable wheel the answer is no."""
    if libc == "musl":
        return f"musllinux_1_2_{machine}" in tags
    kind, _, number = libc.partition(" ")
    major, _, minor = number.partition(".")
    if kind != "glibc" or not (major.isdigit() and minor.isdigit()):
        return False
    least = [(int(a), int(b)) for a, b, arch in _GLIBC.findall(tags) if arch == machine]
    return bool(least) and min(least) <= (int(major), int(minor))


def _fetched(host: str, version: str, machine: str, libc: str, places: Places) -> Psutil:
    """A wheel in the operator's cache, downloaded by pip when it is not there yet."""
    platform = f"musllinux_1_2_{machine}" if libc == "musl" else f"manylinux2014_{machine}"
    folder = places.cache / "wheels" / f"psutil-{version}-{platform}"
    wheel = _wheel(folder) or _download(host, version, platform, folder)
    try:
        with zipfile.ZipFile(wheel) as archive:
            files = {name: archive.read(f"psutil/{name}") for name in FILES}
    except (zipfile.BadZipFile, KeyError, OSError) as problem:
        raise AgentError(host, f"{wheel} is no usable psutil wheel ({problem}); delete it and try again") from problem
    return Psutil(version, files, str(wheel))


def _download(host: str, version: str, platform: str, folder: Path) -> Path:
    """Fetch with pip, whose own checks of digest and index apply."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        *_pip(),
        "download",
        "--quiet",
        "--no-deps",
        "--only-binary=:all:",
        "--implementation",
        "cp",
    ]
    command += [
        "--abi",
        "abi3",
        "--python-version",
        "3.9",
        "--platform",
        platform,
        "--dest",
        str(folder),
        f"psutil=={version}",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=FETCH_S, check=False)
        words = done.stderr.strip().splitlines()[-1:] or [f"exit status {done.returncode}"]
    except (OSError, subprocess.TimeoutExpired) as problem:
        words = [str(problem)]
    wheel = _wheel(folder)
    if wheel is None:
        mine = sysconfig.get_platform()
        raise AgentError(
            host,
            f"it needs psutil {version} for {platform}, this machine ({mine}) has none and pip could not fetch it: {words[0]}; "
            f"put the wheel into {folder}",
        )
    return wheel


def _pip() -> list[str]:
    """This interpreter's own pip, else one on PATH: environments made by uv have none."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip"]
    return [shutil.which("pip3") or shutil.which("pip") or "pip3"]


def _wheel(folder: Path) -> Path | None:
    """The wheel in a folder of the cache."""
    return next(iter(sorted(folder.glob("psutil-*.whl"))), None)
