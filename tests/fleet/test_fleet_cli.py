"""The command line on real hosts, as an operator types it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]


class Operator:
    """Somebody with a home of their own, who types clawtui commands about one testbed."""

    def __init__(self, home: Path, bed: Testbed) -> None:
        self.home, self.bed = home, bed

    def types(self, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """One command; nobody sits at a terminal."""
        env = {"HOME": str(self.home), "PATH": os.environ["PATH"], "CLAWTUI_FLEET": str(self.bed.fleet_file), **environ}
        argv = [sys.executable, "-m", "clawtui", *words]
        return subprocess.run(argv, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

    def reads(self, *words: str, **environ: str) -> tuple[int, dict[str, Any]]:
        """Exit code and the JSON document of one command."""
        said = self.types(*words, **environ)
        assert said.stdout, said.stderr
        return said.returncode, json.loads(said.stdout)


@pytest.fixture
def operator(plain: Testbed, tmp_path: Path) -> Operator:
    return Operator(tmp_path, plain)


@pytest.fixture
def owner(systemd: Testbed, tmp_path: Path) -> Operator:
    return Operator(tmp_path, systemd)


def test_one_command_runs_on_fifty_hosts(operator: Operator) -> None:
    code, document = operator.reads("run", "h*", "--yes", "--json", "--", "hostname")
    assert code == 0
    assert {host["host"]: host["stdout"] for host in document["hosts"]} == {
        m.name: f"{m.name}\n" for m in operator.bed.hosts
    }


def test_the_bytes_of_one_host_arrive_as_they_are(operator: Operator) -> None:
    said = operator.types("run", "h000", "--yes", "--", "printf 'a\\tb\\n\\nno newline at the end'")
    assert (said.returncode, said.stdout) == (0, "a\tb\n\nno newline at the end")


def test_a_dead_host_costs_the_others_nothing_and_is_named(operator: Operator) -> None:
    operator.bed.silence("h001")
    code, document = operator.reads("run", "h00*", "--yes", "--json", "--", "true", CLAWTUI_SSH_CONNECT_TIMEOUT_S="2")
    assert code == 1
    endings = {host["host"]: host["ending"] for host in document["hosts"]}
    assert endings.pop("h001") == "unreached"
    assert set(endings.values()) == {"ok"}


def test_a_failing_command_is_told_from_a_killed_one(operator: Operator) -> None:
    _, failed = operator.reads("run", "h002", "--yes", "--json", "--", "exit 3")
    _, killed = operator.reads("run", "h002", "--yes", "--json", "--", "kill -9 $$")
    assert (failed["hosts"][0]["ending"], failed["hosts"][0]["status"]) == ("failed", 3)
    assert (killed["hosts"][0]["ending"], killed["hosts"][0]["status"]) == ("killed", None)


def test_nothing_runs_that_nobody_confirmed(operator: Operator) -> None:
    said = operator.types("run", "h003", "--", "touch /root/ran")
    assert said.returncode == 77
    assert operator.bed.sh("h003", "test -e /root/ran").returncode == 1


def test_what_was_done_is_written_down(operator: Operator) -> None:
    operator.types("run", "h004", "--yes", "--", "true")
    line = json.loads((operator.home / ".local/state/clawtui/actions.jsonl").read_text().splitlines()[-1])
    assert "h004" in json.dumps(line)
    assert "run" in json.dumps(line)


def test_the_doctor_finds_a_well_host_well_but_for_its_agent(operator: Operator) -> None:
    _, document = operator.reads("doctor", "h005", "--json")
    found = {finding["what"]: finding["state"] for finding in document["findings"]}
    assert [found[what] for what in ("tcp", "host key", "auth", "shell", "python")] == ["ok"] * 5
    assert found["agent"] == "warning"


def test_the_doctor_says_where_a_frozen_host_stops(operator: Operator) -> None:
    operator.bed.freeze("h006")
    code, document = operator.reads("doctor", "h006", "--json", CLAWTUI_SSH_CONNECT_TIMEOUT_S="2")
    failed = [finding for finding in document["findings"] if finding["state"] == "failed"]
    assert code == 2
    assert len(failed) == 1
    assert failed[0]["remedy"]


def test_a_host_without_an_agent_says_so_and_how_to_get_one(operator: Operator) -> None:
    code, document = operator.reads("status", "--json", "--wait", "20")
    states = {host["name"]: host["state"] for host in document["hosts"]}
    assert states["h000"] == "no-agent"
    assert states["h049"] == "no-agent"
    assert code == 1


def test_agents_are_installed_seen_and_removed_by_the_real_command(owner: Operator) -> None:
    hosts = "h000,h001"
    code, installed = owner.reads("agent", "install", hosts, "--yes", "--json")
    assert (code, [host["ending"] for host in installed["hosts"]]) == (0, ["ok", "ok"])
    _, seen = owner.reads("status", "--json", "--wait", "20")
    live = {host["name"]: host for host in seen["hosts"]}
    assert live["h000"]["metrics"]["memory.total"] == pytest.approx(800 * 1024 * 1024, rel=0.01)
    assert live["h001"]["metrics"]["cpu.busy"] is not None
    code, again = owner.reads("agent", "install", hosts, "--yes", "--json")
    assert all(host["words"].startswith("nothing to do") for host in again["hosts"])
    code, removed = owner.reads("agent", "remove", hosts, "--yes", "--json")
    assert (code, [host["words"] for host in removed["hosts"]]) == (0, ["removed", "removed"])
