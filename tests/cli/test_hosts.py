"""`clawtui hosts`: the table, the JSON, and the first fleet file."""

import json
from pathlib import Path

from tests.cli.terminal import clawtui

FLEET = """version = 1
[context]
name = "bots"
[defaults]
user = "ops"
[[host]]
name = "bastion"
[[host]]
names = "gpu-[01:03]"
jump = ["bastion"]
groups = ["gpu"]
site = "eu"
"""


def test_a_selector_chooses_and_the_origin_is_named(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text(FLEET)
    shown = json.loads(clawtui(tmp_path, "--fleet", f"{tmp_path}/fleet.toml", "hosts", "@gpu,!gpu-02", "--json").stdout)
    assert [host["name"] for host in shown["hosts"]] == ["gpu-01", "gpu-03"]
    assert shown["hosts"][0]["jump"] == ["bastion"]
    assert shown["hosts"][0]["origin"].startswith(f"{tmp_path}/fleet.toml:")


def test_an_unknown_host_names_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text(FLEET)
    done = clawtui(tmp_path, "--fleet", f"{tmp_path}/fleet.toml", "hosts", "gpu-1")
    assert done.returncode == 64
    assert b"nearest: gpu-01" in done.stderr


def test_the_first_run_says_what_ssh_knows_and_writes_a_context_from_it(tmp_path: Path) -> None:
    ssh = tmp_path / ".ssh"
    ssh.mkdir()
    (ssh / "config").write_text("Host web-1 web-2\n  User ops\nHost db\n  Port 2222\n")
    first = clawtui(tmp_path, "hosts")
    assert first.returncode == 78
    assert b"~/.ssh/config names 3 hosts: web-1, web-2, db" in first.stderr
    assert b"--pick" in first.stderr
    made = clawtui(tmp_path, "hosts", "--pick", "web-*", "--write", "home")
    assert made.returncode == 0, made.stderr
    shown = json.loads(clawtui(tmp_path, "hosts", "--json").stdout)
    assert [(host["name"], host["user"]) for host in shown["hosts"]] == [("web-1", "ops"), ("web-2", "ops")]
    assert clawtui(tmp_path, "hosts", "--pick", "db", "--write", "home").returncode == 77
