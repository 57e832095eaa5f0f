"""What stands beside the code: models, Procfile, Dockerfile, compose file, .env; read as text, values left alone."""

import os
import re
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

MODELS = (
    ".onnx",
    ".gguf",
    ".ggml",
    ".safetensors",
    ".pt",
    ".pth",
    ".tflite",
    ".h5",
    ".keras",
    ".joblib",
    ".engine",
    ".mlmodel",
)
MAYBE = (".bin", ".pkl", ".pickle", ".npz")
# models where they are large
LARGE = 10_000_000
COMPOSE = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
_VARIABLE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=")
_APT = re.compile(r"apt(?:-get)?\s+(?:-\S+\s+)*install\s+([^&;|]*)")
_DEBIAN = re.compile(r"[a-z0-9][a-z0-9+.-]+(=\S+)?")


@dataclass(frozen=True, slots=True)
class Line:
    """Something written in a file."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class Compose:
    """A compose file."""

    file: str
    port: int
    # the first that it publishes; 0: none
    builds: bool
    # an image that is built here, so no registry has it


def models(folder: Path) -> tuple[Path, ...]:
    """Below the folder, the largest first."""
    found = dict[Path, int]()
    for top, folders, files in os.walk(folder):
        inside = Path(top)
        folders[:] = [
            name for name in folders if not name.startswith(".") and not (inside / name / "pyvenv.cfg").exists()
        ]
        for name in files:
            path, suffix = inside / name, Path(name).suffix.lower()
            if suffix in MODELS + MAYBE and path.is_file() and name.isprintable():
                size = path.stat().st_size
                if suffix in MODELS or size >= LARGE:
                    found[path.relative_to(folder)] = size
    return tuple(sorted(found, key=lambda path: (-found[path], path)))


def procfile(folder: Path) -> Line | None:
    """The command of `web`, else of the first process."""
    lines = [(number, line.partition(":")) for number, line in _lines(folder / "Procfile") if ":" in line]
    found = [(number, kind.strip(), command.strip()) for number, (kind, _, command) in lines if command.strip()]
    best = next((one for one in found if one[1] == "web"), found[0] if found else None)
    return Line(best[2], f"Procfile:{best[0]}") if best else None


def apt_packages(folder: Path) -> dict[str, str]:
    """What the Dockerfile installs by apt, and on which line that begins."""
    found = dict[str, str]()
    for number, line in _joined(folder / "Dockerfile"):
        for words in _APT.findall(line) if line.upper().startswith("RUN ") else []:
            for word in words.split():
                if _DEBIAN.fullmatch(word):
                    found.setdefault(word, f"Dockerfile:{number}")
    return found


def docker_command(folder: Path) -> Line | None:
    """CMD of the Dockerfile, as one line."""
    found = None
    for number, line in _joined(folder / "Dockerfile"):
        if line.upper().startswith("CMD "):
            text = line[4:].strip()
            with suppress(ValueError):
                words = [word.strip(", ") for word in shlex.split(text.strip("[]"))] if text.startswith("[") else [text]
                found = Line(shlex.join(filter(None, words)) if text.startswith("[") else text, f"Dockerfile:{number}")
    return found


def env_names(path: Path) -> tuple[Line, ...]:
    """The names in a .env file; its values are not even kept."""
    found = [(named[1], number) for number, line in _lines(path) if (named := _VARIABLE.match(line))]
    return tuple(Line(name, f"{path.name}:{number}") for name, number in dict(found).items())


def compose(folder: Path) -> Compose | None:
    """The first compose file that has services."""
    import yaml

    for name in COMPOSE:
        with suppress(OSError, yaml.YAMLError, UnicodeDecodeError):
            found: object = yaml.safe_load((folder / name).read_bytes()) if (folder / name).is_file() else None
            services = cast("dict[str, object]", found).get("services") if isinstance(found, dict) else None
            if isinstance(services, dict) and services:
                named = cast("dict[str, object]", services)
                each = [cast("dict[str, object]", one) for one in named.values() if isinstance(one, dict)]
                ports = [port for one in each for port in _published(one.get("ports"))]
                return Compose(name, ports[0] if ports else 0, any("build" in one for one in each))
    return None


def _published(ports: object) -> Iterator[int]:
    for port in cast("list[object]", ports) if isinstance(ports, list) else []:
        said = cast("dict[str, object]", port).get("published") if isinstance(port, dict) else port
        numbers = str(said).partition("/")[0].split(":")
        number = numbers[-2] if len(numbers) > 1 else numbers[0] if isinstance(port, dict) else ""
        if number.isdigit():
            yield int(number)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    with suppress(OSError, UnicodeDecodeError):
        if not path.is_file():  # a named pipe would be waited for
            return
        yield from (
            (number, line) for number, line in enumerate(path.read_text("utf-8").splitlines(), 1) if line.strip()
        )


def _joined(path: Path) -> Iterator[tuple[int, str]]:
    """Lines of a Dockerfile, those that go on joined."""
    begun, text = 0, ""
    for number, line in _lines(path):
        if line.strip().startswith("#"):
            continue
        begun = begun or number
        text += line.strip().removesuffix("\\") + " "
        if not line.rstrip().endswith("\\"):
            yield begun, text.strip()
            begun, text = 0, ""
