"""What an index has for a lock and a host's interpreter, asked by the operator's own pip; and the wheels, carried.

Everything here takes its time and belongs into a thread.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from clawtui.deploy.pinned import Lock, Pinned
from clawtui.deploy.pip_report import digests
from clawtui.deploy.pip_rounds import rounds
from clawtui.deploy.target import Target
from clawtui.deploy.wheels import Misfit, allows, misfits, too_new, unasked
from clawtui.errors import ClawtuiError
from clawtui.places import Places

ASK_S = 120.0
FETCH_S = 900.0
WHOLE = ".whole"


def checked(lock: Lock, target: Target, places: Places, environ: Mapping[str, str]) -> tuple[Misfit, ...]:
    """Every package without a wheel for this interpreter: from the lock where it says so, else from the index.

    That everything fits is remembered: an index loses no wheels, and a plan is made often.
    """
    found = misfits(lock, target)
    asked = unasked(lock, target)
    known = places.cache / "fits" / _mark(lock, target)
    if found or not asked or known.exists():
        return found
    if not (found := _asked(lock, asked, target, environ)):
        known.parent.mkdir(parents=True, exist_ok=True)
        known.touch()
    return found


def _asked(lock: Lock, asked: Sequence[Pinned], target: Target, environ: Mapping[str, str]) -> tuple[Misfit, ...]:
    with tempfile.TemporaryDirectory(prefix="clawtui-wheels-") as folder:
        # a dry run reads the index, and of a wheel no more than its metadata where the index offers that
        report = Path(folder) / "report.json"
        command = ["install", "--dry-run", "--ignore-installed", "--target", f"{folder}/none", "--report", str(report)]
        # `pip install` asks that of the Python that it runs on, whatever it was told; the report is asked below
        command += ["--ignore-requires-python"]
        lines = [f"{one.name}=={one.version}" for one in asked]
        lacking = rounds(command, lines, asked, lock, target, Path(folder), environ, ASK_S)
        return (*lacking, *_unfit(report, asked, lock, target))


def carried(lock: Lock, target: Target, places: Places, environ: Mapping[str, str]) -> Path:
    """A folder with exactly the wheels that this interpreter needs, each checked against the lock by pip; kept for later.

    Raises ClawtuiError with a line for each package that has none.
    """
    text = lock.requirements(target)
    folder = places.cache / "wheels" / f"{target.interpreter}-{target.machine}-{_mark(lock, target)}"
    if (folder / WHOLE).exists():
        return folder
    if found := misfits(lock, target):
        raise ClawtuiError("\n".join(map(str, found)))
    folder.mkdir(parents=True, exist_ok=True)
    asked = lock.of(target)
    lines = [line for line in text.splitlines() if line not in lock.options]
    with tempfile.TemporaryDirectory(prefix="clawtui-wheels-") as scratch:
        command = ["download", "--require-hashes", "--dest", str(folder)]
        if found := rounds(command, lines, asked, lock, target, Path(scratch), environ, FETCH_S):
            raise ClawtuiError("\n".join(map(str, found)))
    (folder / WHOLE).touch()
    return folder


def _mark(lock: Lock, target: Target) -> str:
    """Names what is wanted for which interpreter."""
    return hashlib.sha256(f"{lock.requirements(target)}\n{target} {target.python} {target.abi}".encode()).hexdigest()[
        :16
    ]


def _unfit(report: Path, asked: Sequence[Pinned], lock: Lock, target: Target) -> tuple[Misfit, ...]:
    """Wheels whose tags fit, and that want another Python, or that the lock does not know: pip would refuse them there."""
    if not report.exists():
        return ()
    known = {one.name: one for one in asked}
    found = list[Misfit]()
    for one in cast("list[dict[str, dict[str, object]]]", json.loads(report.read_text("utf-8"))["install"]):
        package = known[re.sub(r"[-_.]+", "-", str(one["metadata"]["name"])).lower()]
        needs = str(one["metadata"].get("requires_python", ""))
        told = {f"{kind}:{digest}" for kind, digest in digests(one).items()}
        if not allows(needs, target):
            found.append(Misfit(package.name, too_new(package, target, needs)))
        elif told and told.isdisjoint(package.hashes):
            words = f"package {package.name}: {lock.file} has no hash of its wheel for {target}; make the lock for all machines"
            found.append(Misfit(package.name, f"{words}: uv pip compile --universal --generate-hashes"))
    return tuple(found)
