"""What a project's packages are and whether they are locked; and the packages of the system that some of them need."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from clawtui.deploy.lockfile import read_lock
from clawtui.errors import ConfigError

LOCK = "requirements.lock"
LOCKS = (
    "uv.lock",
    LOCK,
    "service.lock",
    "requirements.txt",
    "requirements-lock.txt",
    "requirements/prod.txt",
    "requirements/base.txt",
)
WISHES = (
    LOCK,
    "requirements.in",
    "requirements.txt",
    "pyproject.toml",
    "requirements/prod.txt",
    "requirements/base.txt",
)
# Debian's names of libraries that wheels leave to the system, and of programs that packages call
SYSTEM: Mapping[str, tuple[str, ...]] = {
    "lightgbm": ("libgomp1",),
    "opencv-python": ("libgl1", "libglib2.0-0"),
    "psycopg": ("libpq5",),
    "pydub": ("ffmpeg",),
    "ffmpeg-python": ("ffmpeg",),
    "openai-whisper": ("ffmpeg",),
    "python-magic": ("libmagic1",),
    "pytesseract": ("tesseract-ocr",),
    "pdf2image": ("poppler-utils",),
    "weasyprint": ("libpango-1.0-0", "libpangoft2-1.0-0"),
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Packages:
    """Of one project."""

    lock: str = ""
    # the file that pins and hashes all of them
    wishes: str = ""
    # where there is no lock: the file that says what is wanted
    names: frozenset[str] = frozenset()
    # as indexes spell them; of the lock, else what is wished for
    python: str = ""
    # the oldest that the project says it runs on: "3.10"


def find_packages(folder: Path) -> Packages:
    """The first lock that is one; else the first file of wishes that names a package."""
    python = _least_python(folder)
    for name in LOCKS:
        with suppress(ConfigError):
            if (folder / name).is_file():
                names = frozenset(one.name for one in read_lock(folder / name).packages)
                return Packages(lock=name, names=names, python=python)
    for name in WISHES:
        if names := frozenset(_wished(folder / name)):
            return Packages(wishes=name, names=names, python=python)
    return Packages(python=python)


def free_name(folder: Path) -> str:
    """What a new lock may be called: one that is there, and is none, stays as it is."""
    names = (LOCK, "service.lock", *(f"service-{number}.lock" for number in range(2, 100)))
    return next(name for name in names if not (folder / name).exists() and not (folder / name).is_symlink())


def system_packages(names: frozenset[str]) -> dict[str, str]:
    """Package of the system → the package of Python that needs it."""
    return {package: name for name in sorted(names) for package in SYSTEM.get(name, ())}


def project_name(folder: Path) -> str:
    """As pyproject.toml says it."""
    return str(_project(folder).get("name", ""))


def _project(folder: Path) -> Mapping[str, object]:
    path = folder / "pyproject.toml"
    with suppress(OSError, ValueError):
        values = tomllib.loads(path.read_text("utf-8") if path.is_file() else "")
        project = values.get("project", {})
        return cast("Mapping[str, object]", project) if isinstance(project, dict) else {}
    return {}


def _least_python(folder: Path) -> str:
    found = re.search(r">=\s*(3\.\d+)", str(_project(folder).get("requires-python", "")))
    return found[1] if found else ""


def _wished(path: Path) -> Iterator[str]:
    """Names only."""
    if path.name == "pyproject.toml":
        wanted = _project(path.parent).get("dependencies", [])
        lines = [str(line) for line in cast("list[object]", wanted)] if isinstance(wanted, list) else []
    else:
        lines = []
        with suppress(OSError, UnicodeDecodeError):
            lines = path.read_text("utf-8").splitlines() if path.is_file() else []
    for line in lines:
        if found := _NAME.match(line.strip()):
            yield re.sub(r"[-_.]+", "-", found[0]).lower()
            if "[standard]" in line and found[0].lower() == "fastapi":
                yield "uvicorn"
