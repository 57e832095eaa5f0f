"""A test that fails beside others and passes by itself does not stop a change, and is named; one that fails again does."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FAILS_ONCE = """
from pathlib import Path
import pytest

@pytest.mark.parametrize("name", {names})
def test_it(name):
    seen = Path(__file__).with_name(f"seen {{name}}")
    seen.open("a").write("x")
    assert len(seen.read_text()) > {failures}
"""


def ran(folder: Path, *, names: list[str], failures: int, before: str = "") -> subprocess.CompletedProcess[str]:
    """The real `.ci/test`, without root's part, in a checkout with these tests."""
    for made in (".ci", ".venv/bin", "tests"):
        (folder / made).mkdir(parents=True)
    shutil.copy(ROOT / ".ci/test", folder / ".ci/test")
    python = folder / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (folder / "pytest.ini").write_text("[pytest]\nmarkers =\n    root\n")
    (folder / "tests/conftest.py").write_text((ROOT / "tests/conftest.py").read_text())
    (folder / "tests/test_steady.py").write_text("def test_that_passes():\n    pass\n" + before)
    (folder / "tests/test_it.py").write_text(FAILS_ONCE.format(names=names, failures=failures))
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | {"CI": "true"}
    return subprocess.run(["sh", ".ci/test", "user"], cwd=folder, env=env, capture_output=True, text=True)


def test_who_passes_only_by_itself_is_named_at_the_end(tmp_path: Path) -> None:
    done = ran(tmp_path, names=["a b", 'c"d'], failures=1)
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(done.stderr.splitlines()[-2:]) == [
        "clawtui: unsteady: passed only by itself: tests/test_it.py::test_it[a b]",
        'clawtui: unsteady: passed only by itself: tests/test_it.py::test_it[c\\"d]',
    ]
    assert "2 failed, 1 passed" in done.stdout
    assert "2 passed in" in done.stdout


def test_who_fails_again_fails_the_run(tmp_path: Path) -> None:
    done = ran(tmp_path, names=["a"], failures=2)
    assert done.returncode == 1
    assert "unsteady" not in done.stderr
    assert done.stdout.count("1 failed") == 2


def test_many_failures_have_no_second_chance(tmp_path: Path) -> None:
    done = ran(tmp_path, names=[*"abcdef"], failures=1)
    assert done.returncode == 1
    assert "once more" not in done.stderr


@pytest.mark.parametrize("broken", ["raise RuntimeError('not even collected')", "import os\nos._exit(9)"])
def test_what_cannot_even_be_collected_fails(tmp_path: Path, broken: str) -> None:
    assert ran(tmp_path, names=["a"], failures=0, before=broken).returncode != 0


def test_a_skip_in_ci_fails_by_itself_too(tmp_path: Path) -> None:
    done = ran(tmp_path, names=["a"], failures=0, before="import pytest\ndef test_x():\n    pytest.skip('not here')\n")
    assert done.returncode == 1
    assert done.stdout.count("skipped in CI, where it must run") >= 2
