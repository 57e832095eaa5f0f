"""A host whose fleet file allows no agent, as the verbs show it, over a real sshd."""

import json
from pathlib import Path

import pytest

from tests.cli.sshd import Sshd
from tests.cli.terminal import clawtui


def fleet_of(host: Sshd, use: str) -> str:
    path = host.fleet_file()
    path.write_text(path.read_text().replace("read_only = false", f'read_only = false\nagent = "{use}"'))
    return str(path)


@pytest.mark.parametrize("use", ["none", "temporary"])
def test_status_has_its_numbers_and_the_badge(host: Sshd, tmp_path: Path, use: str) -> None:
    done = clawtui(tmp_path, "--fleet", fleet_of(host, use), "status", "--json")
    row = json.loads(done.stdout)["hosts"][0]
    assert (done.returncode, row["state"], row["badges"]) == (0, "ok", ["agentless"]), done
    assert row["metrics"]["memory.total"] > 0
    assert not any(host.home.iterdir())


def test_no_agent_is_installed_where_none_is_allowed(host: Sshd, tmp_path: Path) -> None:
    fleet = fleet_of(host, "none")
    done = clawtui(tmp_path, "--fleet", fleet, "agent", "install", "box", "--yes")
    assert done.returncode == 77
    assert (
        f'no agent is installed where the fleet file allows none: box has agent = "none" ({fleet}:'.encode()
        in done.stderr
    )
    assert not any(host.home.iterdir())


def test_doctor_misses_neither_agent_nor_python_there(host: Sshd, tmp_path: Path) -> None:
    done = clawtui(tmp_path, "--fleet", fleet_of(host, "none"), "doctor", "box", "--json")
    found = {finding["what"]: finding for finding in json.loads(done.stdout)["findings"]}
    assert [found[what]["state"] for what in ("python", "agent")] == ["ok", "ok"]
    assert 'agent = "none"' in found["agent"]["words"]
