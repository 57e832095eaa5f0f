"""Patterns match what git matches: the same table is asked of git itself."""

import subprocess
from pathlib import Path

import pytest

from clawtui.deploy.patterns import Patterns

PATHS = (
    "a.py",
    "tests/b.py",
    "app/tests/c.py",
    "app/d.ipynb",
    "models/e.onnx",
    "app/models/f.onnx",
    "g[1].txt",
    "deep/x/y/z.bin",
)
PATTERNS = (
    "*.py",
    "tests/",
    "/tests/",
    "*.ipynb",
    "models/*.onnx",
    "/models/",
    "**/models/*.onnx",
    "deep/**/z.bin",
    "deep/**",
    "deep/*",
    "**/y",
    "g\\[1\\].txt",
    "g[[]1].txt",
    "?.py",
    "[ab].py",
    "[!a].py",
    "app/*/c.py",
    "app/**/c.py",
    "a*",
    "*",
    "nothing",
    "/a.py",
    "app",
    "x/y",
)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("patterns")
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    for path in PATHS:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("")
    return folder


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_same_paths_are_left_out_as_by_git(pattern: str, repository: Path) -> None:
    (repository / ".gitignore").write_text(f"{pattern}\n")
    command = ["git", "-C", str(repository), "check-ignore", "--no-index", "-z", "--stdin"]
    asked = subprocess.run(command, input="\0".join(PATHS), capture_output=True, text=True)
    assert {path for path in PATHS if left_out(Patterns([pattern]), path)} == set(asked.stdout.split("\0")) - {""}


def left_out(patterns: Patterns, path: str) -> bool:
    """A path goes with the folders above it, as they are not looked into."""
    parts = path.split("/")
    above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
    return patterns(path, folder=False) or any(patterns(folder, folder=True) for folder in above)
