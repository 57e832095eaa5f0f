"""The one file that is sent runs under every Python that hosts have, the oldest first."""

import io
import subprocess
import sys
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from tests.deploy.runner.talk import Line, here

OLDEST = "3.6"


def pythons() -> list[str]:
    """The oldest and the newest that this machine has, besides the one that runs the tests."""
    found = {
        path.name: path for path in Path.home().glob(".pyenv/versions/3.*/bin/python3.*") if path.name[8:].isdigit()
    }
    known = sorted(found, key=lambda name: int(name.rpartition(".")[2]))
    return [str(found[name]) for name in known if name in (f"python{OLDEST}", "python3.8", known[-1])] or [
        sys.executable
    ]


@pytest.mark.parametrize("python", pythons())
def test_protocol_and_kinds_under(python: str, program: Path, place: Path) -> None:
    line = Line(here(program, python=python))
    try:
        line.ask("open", service="bot", place=str(place))
        facts = line.ask("survey", packages=["bash"], paths=["/etc/hostname"], ports=[1], commands=["sh"])["facts"]
        assert [key for key in facts if key.endswith("_error")] == []
        line.lock()
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            entry = tarfile.TarInfo("app.py")
            entry.size = 1
            tar.addfile(entry, io.BytesIO(b"1"))
        digest = sha256(out.getvalue()).hexdigest()
        argv = here(program, "receive", str(place), digest, str(len(out.getvalue())), "0", python=python)
        assert subprocess.run(argv, input=out.getvalue(), capture_output=True, timeout=60).returncode == 0
        line.apply("blob", sha256=digest, size=len(out.getvalue()), name="app")
        line.apply(
            "tree", release="r-1", archive=digest, files=[{"path": "app.py", "sha256": sha256(b"1").hexdigest()}]
        )
        secret = line.step("secrets", release="r-1", names=["A"], digest="k", secret={"A": "goldfish"})
        assert line.ask("apply", step=secret)["changed"]
        path = str(place.parent / "unit")
        line.apply("files", files=[{"path": path, "text": "x\n", "mode": "0644"}])
        line.undo("files", files=[{"path": path, "text": "x\n", "mode": "0644"}])
        line.undo("tree", release="r-1")
        assert line.ask("beat")["armed_left_s"] is None
        assert [record["n"] for record in line.records()] == [*range(1, len(line.records()) + 1)]
    finally:
        line.close()


def test_the_oldest_is_the_one_that_is_promised() -> None:
    """Where a machine has a Python 3.6, it is among those tested."""
    there = [*Path.home().glob(f".pyenv/versions/{OLDEST}.*/bin/python{OLDEST}")]
    assert not there or str(there[0]) in pythons()
