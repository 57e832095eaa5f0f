"""The packed runner, and lines to it on this machine; none outlives its test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.deploy.runner.talk import Line, here, packed


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one file that is sent to hosts."""
    return packed(tmp_path_factory.mktemp("runner"))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """ROOT/SERVICE, not made yet."""
    return tmp_path / "srv" / "bot"


@pytest.fixture
def dial(program: Path, place: Path) -> Iterator[Callable[[], Line]]:
    """A new line with the place open."""
    lines: list[Line] = []

    def dialled(python: str = "") -> Line:
        line = Line(here(program, python=python))
        lines.append(line)
        line.ask("open", service="bot", place=str(place))
        return line

    yield dialled
    for line in lines:
        line.close()
