"""Looks at a folder and says what it is; imports nothing of it, runs nothing, connects to nothing."""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clawtui.deploy.project import files
from clawtui.deploy.project.packages import Packages, find_packages, project_name, system_packages
from clawtui.deploy.project.sources import Source, Variable, sources, variables
from clawtui.deploy.project.start import Start, find_start

ENV = ".env"
ENV_EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist")
# what a project names and a deployment says itself
_NOT_SECRET = frozenset(
    {"PORT", "HOST", "HOME", "PATH", "USER", "PWD", "TMPDIR", "LANG", "TZ", "SHELL", "HOSTNAME", "DEBUG"}
)
_LEFT_HERE = ("tests", "test", "docs", "notebooks", ".github", "node_modules", "htmlcov", ".vscode", ".idea")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A variable that the service wants, and what says so."""

    name: str
    where: str
    dotenv: bool
    # its value is in .env
    needed: bool


@dataclass(frozen=True, slots=True)
class Project:
    """All that was found."""

    folder: Path
    name: str
    start: Start | None
    packages: Packages
    models: tuple[Path, ...]
    system: Mapping[str, str]
    # package of apt → what asks for it
    wanted: tuple[Wanted, ...]
    exclude: tuple[str, ...]
    imports: frozenset[str]
    # neither Python's own nor the project's


def look(folder: Path) -> Project:
    """Look once; a folder that is large is not read whole. Blocks: for a thread or a verb."""
    found = sources(folder)
    packages, read = find_packages(folder), variables(found)
    start = find_start(folder, found, packages.names, read)
    compose = start is not None and start.compose is not None
    system = {package: f"{name} asks for it" for package, name in system_packages(packages.names).items()}
    return Project(
        folder=folder,
        name=service_name(project_name(folder) or folder.name),
        start=start,
        packages=packages,
        models=() if compose else files.models(folder),
        system={} if compose else system | files.apt_packages(folder),
        wanted=_wanted(folder, read),
        exclude=_left_here(folder),
        imports=_foreign(folder, found),
    )


def _foreign(folder: Path, found: Sequence[Source]) -> frozenset[str]:
    own = {part for source in found for part in (*source.path.parts[:-1], source.path.stem)}
    return (
        frozenset(name for source in found for name in source.imports)
        - own
        - sys.stdlib_module_names
        - {folder.name, ""}
    )


def service_name(text: str) -> str:
    """The nearest name that a service may have."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
    return (plain if plain[:1].isalpha() else f"service-{plain}".strip("-"))[:31].rstrip("-")


def _wanted(folder: Path, read: Sequence[Variable]) -> tuple[Wanted, ...]:
    """Names in .env first, then those that the code needs, then those it only asks for."""
    here = {
        line.text: Wanted(line.text, line.where, dotenv=True, needed=True) for line in files.env_names(folder / ENV)
    }
    coded = [Wanted(one.name, one.where, dotenv=False, needed=one.needed) for one in read]
    told = [
        Wanted(line.text, line.where, dotenv=False, needed=False)
        for name in ENV_EXAMPLES
        for line in files.env_names(folder / name)
    ]
    for one in sorted((*coded, *told), key=lambda one: not one.needed):
        here.setdefault(one.name, one)
    return tuple(one for one in here.values() if one.name not in _NOT_SECRET)


def _left_here(folder: Path) -> tuple[str, ...]:
    """What is there and no service needs."""
    entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    names = [f"{entry.name}/" for entry in entries if entry.is_dir() and _is_left(entry.name, Path(entry.path))]
    names += [ENV + ".*"] if any(entry.name.startswith(".env.") for entry in entries) else []
    return (*names, *(("*.ipynb",) if any(entry.name.endswith(".ipynb") for entry in entries) else ()))


def _is_left(name: str, path: Path) -> bool:
    return name in _LEFT_HERE or (name not in (".venv", ".git") and (path / "pyvenv.cfg").is_file())
