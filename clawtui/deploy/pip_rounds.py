"""The operator's own pip, asked for wheels for another interpreter until it has said of every package whether it has one.

It judges markers by the interpreter that it runs on, so it is given requirements without any: `Lock.of(target)` has judged.
"""

import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from clawtui.clean import clean
from clawtui.deploy.pinned import Lock, Pinned
from clawtui.deploy.target import Target
from clawtui.deploy.wheels import Misfit, no_wheel, too_new
from clawtui.errors import ClawtuiError
from clawtui.fleet.program.wheelhouse import pip

LOG = "pip.log"
_WANTS = re.compile(r"Link requires a different Python \([^()]* not in: '([^']*)'\): \S*/([^/\s#]+)")
_WANTS_SAID = re.compile(r"Package '([^']+)' requires a different Python: \S+ not in '([^']*)'")
_WHEEL = re.compile(r"/([^/\s#]+\.whl)")
_LEFT = "Skipping link: none of the wheel's tags"
_NO_PAGE = "Could not fetch URL "
_MISSING = re.compile(r"No matching distribution found for ([A-Za-z0-9._-]+)==")


def rounds(
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
        missing = _MISSING.search(said) or _WANTS_SAID.search(said)
        name = re.sub(r"[-_.]+", "-", missing[1]).lower() if missing else ""
        lacking = [one for one in asked if one.name == name]
        kept = [line for line in left if not line.startswith(f"{name}==")]
        log = (folder / LOG).read_text("utf-8", "replace")
        unheard = _unheard(log)
        if unheard or not lacking or len(kept) == len(left):
            raise ClawtuiError(f"pip could not find out about {lock.file} for {target}: {unheard or _last(said)}")
        found += [Misfit(name, _why(log, one, target)) for one in lacking]
        left = kept
    return tuple(found)


def _unheard(log: str) -> str:
    """An index that did not answer: pip takes that for one that has nothing. One that answers 404 has nothing."""
    lines = [line for line in log.splitlines() if _NO_PAGE in line and ": 404 Client Error" not in line]
    return clean(lines[0].partition(_NO_PAGE)[2].partition(" (Caused by")[0], limit=300) if lines else ""


def _why(log: str, one: Pinned, target: Target) -> str:
    """By what pip wrote of the files that it left."""
    wanted = [needs for needs, file in _WANTS.findall(log) if _is_of(file, one)]
    wanted += [needs for name, needs in _WANTS_SAID.findall(log) if re.sub(r"[-_.]+", "-", name).lower() == one.name]
    made = _made(log, one)
    return too_new(one, target, wanted[0]) if wanted and not made else no_wheel(one, target, made=made)


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
    number = re.match(r"\d+(?:\.\d+){1,2}", target.python)
    abis = (*target.abis, *(("abi3",) if target.implementation == "cpython" else ()), "none")
    words = ["--implementation", target.interpreter[:2], "--python-version", number[0] if number else "3"]
    words += [word for abi in abis for word in ("--abi", abi)]
    return words + [word for platform in target.platforms for word in ("--platform", platform)]


def _last(said: str) -> str:
    """The sentence that names the cause."""
    lines = [line for line in said.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return clean((errors or lines or ["it said nothing"])[-1].removeprefix("ERROR: "), limit=300)
