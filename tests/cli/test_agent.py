"""`clawtui agent` and what the other verbs then see: the whole way through the engine, over a real sshd."""

import json
from pathlib import Path

from tests.cli.sshd import Sshd
from tests.cli.terminal import clawtui


def test_from_no_agent_to_live_numbers_and_back(host: Sshd, tmp_path: Path) -> None:
    fleet = ("--fleet", str(host.fleet_file()))
    assert b"there is no agent to upgrade" in clawtui(tmp_path, *fleet, "agent", "upgrade", "box", "--yes").stdout
    assert clawtui(tmp_path, *fleet, "agent", "install", "box").returncode == 77
    done = clawtui(tmp_path, *fleet, "agent", "install", "box", "--yes")
    assert done.returncode == 0, done
    after = json.loads(clawtui(tmp_path, *fleet, "status", "--json").stdout)["hosts"][0]
    assert after["metrics"]["memory.total"] > 0
    seen = json.loads(clawtui(tmp_path, *fleet, "agent", "status", "all", "--json").stdout)["hosts"][0]
    assert (seen["state"], seen["match"]) == ("running", "ours")
    assert clawtui(tmp_path, *fleet, "agent", "remove", "box", "--yes").returncode == 0
    acts = [json.loads(line) for line in (tmp_path / ".local/state/clawtui/actions.jsonl").read_text().splitlines()]
    assert [act["verb"] for act in acts if act["outcome"] == "ok 1"] == ["agent install", "agent remove"]


def test_a_read_only_context_is_armed_by_the_confirmation(host: Sshd, tmp_path: Path) -> None:
    path = host.fleet_file(kind="prod")
    path.write_text(path.read_text().replace("read_only = false", "read_only = true"))
    words = ("--fleet", str(path), "run", "box")
    assert clawtui(tmp_path, *words, "--yes", "--", "echo hi").returncode == 77
    assert clawtui(tmp_path, *words, "--confirm", "test:1", "--", "echo hi").stdout == b"hi\n"
