"""On a machine where nobody has done anything yet, without root and without uv, the two commands work."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fleet.fresh import Fresh, environment, fresh

pytestmark = [pytest.mark.root, pytest.mark.slow]
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def machine() -> Iterator[Fresh]:
    with fresh(REPOSITORY) as made:
        yield made


def test_it_is_nobodys_machine_yet(machine: Fresh) -> None:
    assert (
        machine.run("sh", "-c", "id -un; command -v uv; ls -A; git status --short", timeout_s=30).stdout.split()[0]
        == "guest"
    )
    assert machine.run("sh", "-c", "command -v uv || test -e .venv", timeout_s=30).returncode == 1


def test_its_dead_are_buried(machine: Fresh) -> None:
    machine.run("sh", "-c", "(sleep 0.1 &) ; sleep 0.5", timeout_s=30)
    assert " Z" not in machine.run("ps", "-eo", "pid,stat", timeout_s=30).stdout


def test_make_demo_shows_hosts_that_live_and_the_incidents_it_caused(machine: Fresh) -> None:
    done = machine.run("make", "demo", "ARGS=--headless --seconds 25 --json", timeout_s=240)
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout)
    assert len(seen["hosts"]) >= 4
    assert seen["incidents"]


def test_make_test_passes_without_root(machine: Fresh, capsys: pytest.CaptureFixture[str]) -> None:
    done = machine.run("make", "test", "TIER=user", timeout_s=900)
    with capsys.disabled():  # the closing line, and who passed only by itself
        print("", *done.stdout.splitlines()[-1:], *(s for s in done.stderr.splitlines() if "unsteady: " in s), sep="\n")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-1000:]


def test_a_second_set_up_does_nothing(machine: Fresh) -> None:
    began = time.monotonic()
    done = machine.run(".ci/setup", timeout_s=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - began < 2


def test_the_package_index_of_the_machine_is_taken_over_by_environment(tmp_path: Path) -> None:
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text("[global]\nindex-url = https://index.example/simple\n")
    env = environment({"HOME": str(tmp_path), "PIP_CERT": "/ca.pem", "UV_FIND_LINKS": "/wheels", "SECRET": "no"})
    assert env["PIP_INDEX_URL"] == "https://index.example/simple"
    assert (env["PIP_CERT"], env["PIP_FIND_LINKS"]) == ("/ca.pem", "/wheels")
    assert "SECRET" not in env
