"""`[environment]`: packages, interpreter and lock, or a compose file."""

import re
from pathlib import Path

from clawtui.deploy.keys import Keys
from clawtui.deploy.lockfile import read_lock
from clawtui.deploy.spec import Environment, Images, Wheels
from clawtui.errors import ConfigError, Mistakes

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(:[a-z0-9-]+)?(=[A-Za-z0-9.+~:-]+)?")
_PYTHON = re.compile(r"(/[A-Za-z0-9_.+-]+)+|[a-z][A-Za-z0-9_.+-]*")


def environment(keys: Keys) -> Environment:
    """Parse it; the lock is read, too."""
    compose = keys.path("compose")
    python = keys.text("python", "python3")
    if not _PYTHON.fullmatch(python) or ".." in python:
        keys.fault(
            "python", f"{python!r} is no interpreter: a name such as python3.11, or an absolute path on the hosts"
        )
    if compose is not None:
        _only_for_units(keys)
    elif "images" in keys or "port" in keys:
        key = "images" if "images" in keys else "port"
        keys.fault(key, "is for compose services; name the compose file, or take it away (a unit's port is run.port)")
    return Environment(
        packages=_packages(keys),
        python=python,
        lock=_lock(keys),
        wheels=Wheels(keys.choice("wheels", Wheels.INDEX, list(Wheels))),
        compose=compose,
        images=Images(keys.choice("images", Images.PULL, list(Images))),
        port=keys.whole("port", 0, 1, 65535) if "port" in keys else 0,
    )


def _packages(keys: Keys) -> tuple[str, ...]:
    found = keys.texts("packages")
    seen: set[str] = set()
    for package in found:
        name = package.partition("=")[0]
        if not _PACKAGE.fullmatch(package):
            keys.fault("packages", f'{package!r} is no package of apt: write "ffmpeg" or "ffmpeg=7:5.1.6-0+deb12u1"')
        elif name in seen:
            keys.fault("packages", f"{name} stands there twice")
        seen.add(name)
    return found


def _lock(keys: Keys) -> Path | None:
    path = keys.path("lock")
    if "wheels" in keys and "lock" not in keys and "compose" not in keys:
        keys.fault("wheels", "says where the packages of a lock come from, and there is no lock; name it: lock = …")
    if path is None:
        return None
    try:
        read_lock(path)
    except Mistakes as mistakes:
        keys.faults.extend(mistakes.each)
    except ConfigError as mistake:
        keys.faults.append(mistake)
    return path


def _only_for_units(keys: Keys) -> None:
    for key in ("lock", "wheels", "python"):
        if key in keys:
            keys.fault(
                key, "is for a service that runs as a unit; a compose project brings its own: take one of them away"
            )
