"""Finds what ships in `config/`, in an installed wheel and in a checkout alike."""

from pathlib import Path

from clawtui.errors import ClawtuiError


def read(name: str) -> str:
    """The text of `config/NAME`."""
    return path(name).read_text("utf-8")


def path(name: str) -> Path:
    """`config/NAME` itself; clawtui runs from folders only (its agent is copied from one), so importlib.resources, which
    costs 20 ms of every start, would find nothing more."""
    package = Path(__file__).parent
    for folder in (package / "config", package.parent / "config"):
        found = folder.joinpath(*name.split("/"))
        if found.exists():
            return found
    raise ClawtuiError(f"config/{name} is missing from this installation of clawtui; install it again")
