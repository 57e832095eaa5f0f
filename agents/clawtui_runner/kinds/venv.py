"""A virtual environment for one lock file, shared by the releases that have the same one.

It is built under its final name, since the scripts in it name their interpreter by path; `.ok` is written last,
and without that file there is no environment: what lies there is built anew.
"""

import json
import shutil
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Generator, List

from clawtui_runner import disk
from clawtui_runner.fault import Fault
from clawtui_runner.step import Check, Done, Step

PIP = ("-m", "pip", "--disable-pip-version-check", "--no-input", "--no-color")


def check(step: Step) -> Check:
    """One stat."""
    if (_venv(step) / ".ok").exists():
        return Check("same", "the environment is there")
    count = step.params.text("requirements").count("==")
    return Check(
        "differs", f"an environment of {count} packages will be built", (f"+ {_venv(step)} ({count} packages)",)
    )


def apply(step: Step) -> Done:
    """Exactly the wheels of the lock, by their hashes; nothing is installed outside."""
    venv = _venv(step)
    if (venv / ".ok").exists():
        return Done(False, "the environment is there")
    if venv.exists():
        shutil.rmtree(str(venv))
    disk.folder(venv.parent)
    try:
        _build(step, venv)
    except BaseException:
        shutil.rmtree(str(venv), ignore_errors=True)
        raise
    links = step.params.text("find_links", "")
    disk.write(venv / ".ok", json.dumps({"version": 1, "wheelhouse": Path(links).name}).encode() + b"\n")
    return Done(True, "the environment is built")


def undo(step: Step) -> Done:
    """It stays until no release names it."""
    return Done(False, "the environment stays")


def _venv(step: Step) -> Path:
    return step.place.venv(step.params.text("digest"))


def _build(step: Step, venv: Path) -> None:
    python, text = str(venv / "bin" / "python"), step.params.text("requirements")
    step.run(step.params.text("python", "python3"), "-I", "-m", "venv", str(venv))
    if not text.strip():
        return
    with tempfile.TemporaryDirectory(prefix=".wheels-", dir=str(venv.parent)) as scratch:
        lines = Path(scratch) / "requirements.txt"
        lines.write_text(text)
        with _wheels(step, Path(scratch)) as where:
            step.run(
                python,
                "-I",
                *PIP,
                "install",
                "--no-deps",
                "--require-hashes",
                "--no-cache-dir",
                *where,
                "-r",
                str(lines),
            )
    step.run(python, "-I", *PIP, "check")


@contextmanager
def _wheels(step: Step, scratch: Path) -> Generator[List[str], None, None]:
    """Where pip looks: only among the wheels that were carried, else where the host's own configuration says."""
    links = step.params.text("find_links", "")
    if not links:
        yield []
        return
    house = Path(links)
    if house.is_file():
        house = scratch / "wheels"
        house.mkdir()
        _unpack(Path(links), house)
    elif not house.is_dir():
        raise Fault("failed", f"{links}: the wheels that were to be carried are not there; bring them first")
    yield ["--no-index", "--find-links", str(house)]


def _unpack(archive: Path, house: Path) -> None:
    with tarfile.open(str(archive)) as tar:
        for member in tar:
            source = tar.extractfile(member) if member.isfile() else None
            if source is not None:
                with source, (house / Path(member.name).name).open("wb") as out:
                    shutil.copyfileobj(source, out, 1 << 20)
