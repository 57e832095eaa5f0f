"""A test that must run and is skipped is a failure in CI, and only there."""

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
SUITE = """
import pytest

def test_that_gives_up():
    pytest.skip("no such thing here")

@pytest.mark.may_skip("no such thing in CI")
def test_that_may_give_up():
    pytest.skip("no such thing here")

@pytest.mark.xfail(reason="known")
def test_that_fails_as_expected():
    assert False
"""


@pytest.mark.parametrize(("ci", "said"), [("true", "1 failed, 1 skipped, 1 xfailed"), ("", "2 skipped, 1 xfailed")])
def test_only_ci_counts_a_skip_as_a_failure(tmp_path: Path, ci: str, said: str) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text())
    (tmp_path / "test_it.py").write_text(SUITE)
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--strict-markers",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        tmp_path,
        tmp_path,
    ]
    done = subprocess.run(argv, cwd=tmp_path, env={"CI": ci, "PATH": "/usr/bin"}, capture_output=True, text=True)
    assert said in done.stdout
    assert done.returncode == (1 if ci else 0)
    assert ("skipped in CI, where it must run" in done.stdout) is bool(ci)
