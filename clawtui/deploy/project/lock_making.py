"""Makes a lock where a project only says what it wants: by uv for every interpreter, by pip for the one that runs here."""

import json
import os
import platform
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from clawtui.clean import clean
from clawtui.deploy.pip_report import digests
from clawtui.errors import ClawtuiError
from clawtui.fleet.program.wheelhouse import pip

MAKE_S = 300.0
PYTHON = "3.11"
# Debian 12's; uv's lock counts for it and all later ones
HOW = "uv pip compile --universal --generate-hashes {wishes} -o {lock}  (or pip-compile --generate-hashes)"


def make_lock(path: Path, wishes: str, extra: Sequence[str], python: str, environ: Mapping[str, str]) -> str:
    """Write a lock of a file of wishes beside it and of more packages; answers by what and for what it was made.

    ClawtuiError says how to make it by hand.
    """
    folder = path.parent
    uv = shutil.which("uv", path=environ.get("PATH", os.defpath))
    with tempfile.TemporaryDirectory(prefix="clawtui-lock-") as scratch:
        made = Path(scratch) / path.name
        if uv:
            version = python or PYTHON
            command = [uv, "pip", "compile", "--quiet", "--universal", "--generate-hashes", "--python-version", version]
            command += ["--no-header", "--no-emit-index-url", "-o", str(made), *([wishes] if wishes else [])]
            command += ["-"] if extra else []
            _ran(command, path, wishes, environ, "".join(f"{name}\n" for name in extra))
            words = f"uv, for Python {version} and later on every machine"
        else:
            report = Path(scratch) / "report.json"
            command = [*pip(), "install", "--quiet", "--dry-run", "--ignore-installed", "--only-binary=:all:"]
            command += ["--report", str(report), *_asked(folder, wishes), *extra]
            _ran(command, path, wishes, environ)
            made.write_text(_pinned(report.read_text("utf-8")))
            words = (
                f"pip, for Python {'.'.join(platform.python_version_tuple()[:2])} on {platform.machine()} alone; "
                "install uv and make it again for hosts that are different"
            )
        shutil.copyfile(made, path)
    return words


def _ran(command: Sequence[str], path: Path, wishes: str, environ: Mapping[str, str], given: str = "") -> None:
    wishes = wishes or "requirements.in"
    how = HOW.format(wishes=wishes, lock=path.name)
    try:
        done = subprocess.run(
            command,
            cwd=path.parent,
            env={"PATH": os.defpath, **environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1"},
            input=given,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=MAKE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        raise ClawtuiError(f"{path.name} could not be made of {wishes}: {problem}; make it: {how}") from problem
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.lstrip().lower().startswith(("error", "×", "╰"))]
        why = clean((errors or lines or ["it said nothing"])[-1].strip(), limit=300)
        raise ClawtuiError(f"{path.name} could not be made of {wishes}: {why}; make it: {how}")


def _asked(folder: Path, wishes: str) -> list[str]:
    """pip reads requirements from files, and from a pyproject.toml only by building it."""
    if wishes != "pyproject.toml":
        return ["-r", wishes] if wishes else []
    with suppress(OSError, ValueError):
        project = tomllib.loads((folder / wishes).read_text("utf-8")).get("project", {})
        return [str(line) for line in cast("list[object]", project.get("dependencies", []))]
    return []


def _pinned(report: str) -> str:
    lines = list[str]()
    for one in cast("list[dict[str, dict[str, object]]]", json.loads(report)["install"]):
        digest = digests(one).get("sha256", "")
        if not digest:
            raise ClawtuiError(
                f"the package index tells no digest of {one['metadata']['name']}: install uv and make the lock by it"
            )
        lines.append(f"{one['metadata']['name']}=={one['metadata']['version']} \\\n    --hash=sha256:{digest}\n")
    return "".join(sorted(lines, key=str.lower))
