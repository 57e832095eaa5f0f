"""Finds what ships in `config/`, in an installed wheel and in a checkout alike."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from pathlib import Path

from clawtui.errors import ClawtuiError


def read(name: str) -> str:
    """The text of `config/NAME`."""
    return _find(name).read_text("utf-8")


@contextmanager
def path(name: str) -> Generator[Path, None, None]:
    """`config/NAME` as a real path, for as long as the block lasts."""
    with as_file(_find(name)) as real:
        yield real


def _find(name: str) -> Traversable:
    package = files("clawtui")
    checkout = Path(str(package)).parent
    for folder in (package / "config", checkout / "config"):
        found = folder.joinpath(*name.split("/"))
        if found.is_file() or found.is_dir():
            return found
    raise ClawtuiError(f"config/{name} is missing from this installation of clawtui; install it again")
