"""The repository speaks of itself alone: of no machine on which it was written."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# written in halves, or this file would name them itself
FOREIGN = ["".join(halves) for halves in (("/wo", "rk/"), ("/tmp/", "w/"), ("DECI", "SIONS"), ("pyth", "onhosted"))]


def files() -> list[Path]:
    """What git knows and can be read as text."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = (ROOT / name for name in listed.split("\0") if name)
    return [file for file in found if file.is_file() and file.suffix not in (".png", ".svg", ".gz")]


@pytest.mark.parametrize("word", [*FOREIGN, *([str(ROOT)] if len(str(ROOT)) > 4 else [])])
def test_no_file_names_the_machine_it_was_written_on(word: str) -> None:
    assert [str(file.relative_to(ROOT)) for file in files() if word in file.read_text("utf-8", "replace")] == []


def test_no_source_file_is_longer_than_four_hundred_lines() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in files()
        if file.suffix in (".py", ".tcss", ".sh")
        and not file.name.startswith("test_")
        and (lines := len(file.read_text().splitlines())) > 400
    }
    assert long == {}


def test_no_folder_holds_a_module_with_an_empty_name() -> None:
    """Names that say nothing about their subject."""
    empty = {"utils", "helpers", "common", "misc", "base", "core", "manager", "handler", "types"}
    inside = [file for file in files() if re.match(r"(clawtui|screens|agents)/", str(file.relative_to(ROOT)))]
    assert [str(file) for file in inside if file.stem in empty] == []
