"""Packages of the distribution, by apt; elsewhere they are looked at and left to whoever manages that host."""

import shutil
import time
from typing import Dict, List, Optional, Tuple

from clawtui_runner import dpkg
from clawtui_runner.fault import Fault
from clawtui_runner.step import Check, Done, Step

LOCK_S = 120  # for somebody else's apt to end
QUIET = {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_MODE": "a", "APT_LISTCHANGES_FRONTEND": "none"}


def check(step: Step) -> Check:
    """A version is compared where one is named."""
    wanted, found = _wanted(step), _found(step)
    missing = _missing(wanted, found)
    if not missing:
        return Check("same", f"{len(wanted)} packages are there")
    diff = [line for name, version in missing for line in _diff(name, version, found[name])]
    words = ", ".join(_named(name, version) for name, version in missing)
    if shutil.which("apt-get") is None:
        return Check("conflict", f"{words}: provided by your configuration management, and not there", tuple(diff))
    return Check("differs", f"{words} will be installed", tuple(diff))


def apply(step: Step) -> Done:
    """What is missing, and nothing that it only recommends."""
    missing = _missing(_wanted(step), _found(step))
    names = [_named(name, version) for name, version in missing]
    if not names:
        return Done(False, "all packages are there")
    if shutil.which("apt-get") is None:
        raise Fault(
            "refused", f"{', '.join(names)}: provided by your configuration management, and not there; install them"
        )
    lock = f"DPkg::Lock::Timeout={int(min(LOCK_S, step.left))}"
    argv = ("apt-get", "-q", "-y", "-o", lock, "-o", "Dpkg::Use-Pty=0", "--no-install-recommends", "install", *names)
    try:
        step.run(*argv, env=QUIET)
    except Fault as fault:
        if fault.code != "failed":
            raise
        # the lists of a fresh host are empty, and those of an old one name what is gone from the mirror
        step.run("apt-get", "-q", "-o", lock, "update", env=QUIET)
        step.run(*argv, env=QUIET)
    late = _missing(_wanted(step), _found(step))
    if late:
        raise Fault("failed", f"apt-get ended well, but {', '.join(_named(*one) for one in late)} is not there")
    return Done(True, f"{', '.join(names)} installed")


def undo(step: Step) -> Done:
    """They stay: others may have come to rely on them."""
    return Done(False, "packages stay installed")


def _wanted(step: Step) -> List[Tuple[str, str]]:
    found: List[Tuple[str, str]] = []
    for word in step.params.texts("names"):
        name, _, version = word.partition("=")
        if not dpkg.NAME.fullmatch(name) or not dpkg.VERSION.fullmatch(version):
            raise Fault("refused", f"{word!r}: neither a package nor package=version")
        found.append((name, version))
    return found


def _found(step: Step) -> Dict[str, Optional[str]]:
    return dpkg.installed([name for name, _ in _wanted(step)], time.monotonic() + min(60.0, step.left))


def _missing(wanted: List[Tuple[str, str]], found: Dict[str, Optional[str]]) -> List[Tuple[str, str]]:
    return [(name, version) for name, version in wanted if found[name] is None or version not in ("", found[name])]


def _named(name: str, version: str) -> str:
    return f"{name}={version}" if version else name


def _diff(name: str, version: str, found: Optional[str]) -> List[str]:
    return [*([f"- {name}={found}"] if found else []), f"+ {_named(name, version)}"]
