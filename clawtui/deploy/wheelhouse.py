"""What an index has for a lock and a host's interpreter, asked by the operator's own pip; and the wheels, carried.

pip judges markers by the interpreter that it runs on, so it is given requirements without any: `Lock.of(target)` has judged.
Everything here takes its time and belongs into a thread.
"""

import hashlib
import json
import os
import re
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from clawtui.clean import clean
from clawtui.deploy.pinned import Lock, Pinned
from clawtui.deploy.target import Target
from clawtui.deploy.wheels import Misfit, misfits, no_wheel, unasked
from clawtui.errors import ClawtuiError
from clawtui.fleet.program.wheelhouse import pip
from clawtui.places import Places

ASK_S = 120.0
FETCH_S = 900.0
WHOLE = ".whole"
LOG = "pip.log"
_WHEEL = re.compile(r"/([^/\s#]+\.whl)")
_LEFT = "Skipping link: none of the wheel's tags"
_NO_PAGE = "Could not fetch URL "
_MISSING = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)==")


def checked(lock: Lock, target: Target, environ: Mapping[str, str]) -> tuple[Misfit, ...]:
    """Every package without a wheel for this interpreter: from the lock where it says so, else from the index."""
    found = misfits(lock, target)
    asked = unasked(lock, target)
    if found or not asked:
        return found
    with tempfile.TemporaryDirectory(prefix="clawtui-wheels-") as folder:
        # a dry run reads the index, and of a wheel no more than its metadata where the index offers that
        report = Path(folder) / "report.json"
        command = ["install", "--dry-run", "--ignore-installed", "--target", f"{folder}/none", "--report", str(report)]
        lines = [f"{one.name}=={one.version}" for one in asked]
        lacking = _rounds(command, lines, asked, lock, target, Path(folder), environ, ASK_S)
        return (*lacking, *_unlocked(report, asked, lock, target))


def carried(lock: Lock, target: Target, places: Places, environ: Mapping[str, str]) -> Path:
    """A folder with exactly the wheels that this interpreter needs, each checked against the lock by pip; kept for later.

    Raises ClawtuiError with a line for each package that has none.
    """
    text = lock.requirements(target)
    mark = hashlib.sha256(f"{text}\n{target}".encode()).hexdigest()[:16]
    folder = places.cache / "wheels" / f"{target.interpreter}-{target.machine}-{mark}"
    if (folder / WHOLE).exists():
        return folder
    if found := misfits(lock, target):
        raise ClawtuiError("\n".join(map(str, found)))
    folder.mkdir(parents=True, exist_ok=True)
    asked = lock.of(target)
    lines = [line for line in text.splitlines() if line not in lock.options]
    with tempfile.TemporaryDirectory(prefix="clawtui-wheels-") as scratch:
        command = ["download", "--require-hashes", "--dest", str(folder)]
        if found := _rounds(command, lines, asked, lock, target, Path(scratch), environ, FETCH_S):
            raise ClawtuiError("\n".join(map(str, found)))
    (folder / WHOLE).touch()
    return folder


def _unlocked(report: Path, asked: Sequence[Pinned], lock: Lock, target: Target) -> tuple[Misfit, ...]:
    """Wheels that fit and that the lock does not know: it was made for other machines, and pip would refuse them there."""
    if not report.exists():
        return ()
    known = {one.name: one.hashes for one in asked}
    found = list[Misfit]()
    for one in cast("list[dict[str, dict[str, object]]]", json.loads(report.read_text("utf-8"))["install"]):
        name = re.sub(r"[-_.]+", "-", str(one["metadata"]["name"])).lower()
        archive = cast("dict[str, dict[str, str]]", one["download_info"].get("archive_info", {}))
        digests = {f"{kind}:{digest}" for kind, digest in archive.get("hashes", {}).items()}
        if digests and name in known and digests.isdisjoint(known[name]):
            words = f"package {name}: {lock.file} has no hash of its wheel for {target}; make the lock for that machine, too"
            found.append(Misfit(name, f"{words} (uv pip compile --universal --generate-hashes)"))
    return tuple(found)


def _rounds(
    command: Sequence[str],
    lines: Sequence[str],
    asked: Sequence[Pinned],
    lock: Lock,
    target: Target,
    folder: Path,
    environ: Mapping[str, str],
    limit_s: float,
) -> tuple[Misfit, ...]:
    """pip stops at the first package that it cannot have: it is noted, left out, and pip asked again."""
    found, until = list[Misfit](), time.monotonic() + limit_s
    left: list[str] = [*lines]
    file = folder / "requirements.txt"
    while left:
        file.write_text("".join(f"{line}\n" for line in (*lock.options, *left)))
        said = _pip([*command, *_for(target), "-r", str(file)], environ, folder / LOG, until, limit_s)
        if said is None:
            break
        missing = _MISSING.search(said)
        name = re.sub(r"[-_.]+", "-", missing[1]).lower() if missing else ""
        lacking = [one for one in asked if one.name == name]
        kept = [line for line in left if not line.startswith(f"{name}==")]
        log = (folder / LOG).read_text("utf-8", "replace")
        unheard = _unheard(log)
        if unheard or not lacking or len(kept) == len(left):
            raise ClawtuiError(f"pip could not find out about {lock.file} for {target}: {unheard or _last(said)}")
        found += [Misfit(name, no_wheel(one, target, made=_made(log, one))) for one in lacking]
        left = kept
    return tuple(found)


def _unheard(log: str) -> str:
    """An index that did not answer: pip takes that for one that has nothing. One that answers 404 has nothing."""
    lines = [line for line in log.splitlines() if _NO_PAGE in line and ": 404 Client Error" not in line]
    return clean(lines[0].partition(_NO_PAGE)[2].partition(" (Caused by")[0], limit=300) if lines else ""


def _made(log: str, one: Pinned) -> tuple[str, ...]:
    """The wheels of that version that pip saw and left."""
    seen = [name for line in log.splitlines() if _LEFT in line for name in _WHEEL.findall(line)]
    return tuple(name for name in dict.fromkeys(seen) if _is_of(name, one))


def _is_of(wheel: str, one: Pinned) -> bool:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        name, version = parse_wheel_filename(wheel)[:2]
    except InvalidWheelFilename:
        return False
    return name == one.name and str(version) == one.version


def _pip(words: Sequence[str], environ: Mapping[str, str], log: Path, until: float, limit_s: float) -> str | None:
    """Its complaint; None where it had none."""
    log.unlink(missing_ok=True)
    quiet = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_NO_COLOR": "1"}
    try:
        done = subprocess.run(
            [*pip(), words[0], "--quiet", "--log", str(log), "--no-deps", "--only-binary=:all:", *words[1:]],
            env={"PATH": os.defpath, **environ, **quiet},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=max(1.0, until - time.monotonic()),
            check=False,
        )
    except subprocess.TimeoutExpired as problem:
        raise ClawtuiError(f"pip gave no answer in {limit_s:.0f} s; is the package index reachable?") from problem
    except OSError as problem:
        raise ClawtuiError(
            f"pip is needed to look at wheels and did not start: {problem}; apt install python3-pip"
        ) from problem
    return done.stderr if done.returncode else None


def _for(target: Target) -> list[str]:
    """Wheels for that interpreter, not for the one that pip runs on."""
    major, minor = target.release
    abis = (*target.abis, *(("abi3",) if target.implementation == "cpython" else ()), "none")
    words = ["--implementation", target.interpreter[:2], "--python-version", f"{major}{minor}"]
    words += [word for abi in abis for word in ("--abi", abi)]
    return words + [word for platform in target.platforms for word in ("--platform", platform)]


def _last(said: str) -> str:
    """The sentence that names the cause."""
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return clean((errors or lines or ["it said nothing"])[-1].removeprefix("ERROR: "), limit=300)
