"""`clawtui hosts`: the table, the JSON, and the first fleet file."""

import json
from pathlib import Path

from clawtui.cli.width import width
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


def test_everything_that_is_known_of_a_host_is_in_the_document(tmp_path: Path) -> None:
    ssh = tmp_path / ".ssh"
    ssh.mkdir()
    (ssh / "config").write_text(
        "Host inner\n  ProxyJump gate\n  PreferredAuthentications nonesuch\nHost gate\n  HostName 192.0.2.1\n  User g\n"
    )
    (tmp_path / "inventory").write_text(
        "[web]\nw1 ansible_host=10.0.0.1\n[web:vars]\nansible_ssh_common_args='-J gate'\n"
    )
    (tmp_path / "fleet.toml").write_text(
        'version = 1\n[context]\nname = "t"\n[[ssh_config]]\nhosts = ["inner"]\n'
        '[[ansible]]\nsource = "inventory"\nlabels = { by = "ansible" }\n'
    )
    done = clawtui(tmp_path, "--fleet", f"{tmp_path}/fleet.toml", "hosts", "--json")
    inner, web = json.loads(done.stdout)["hosts"]
    assert (inner["origin"], inner["jump_origin"]) == (f"{ssh}/config:2", f"{ssh}/config:2")
    assert inner["bastions"] == [
        {"hop": "gate", "address": "192.0.2.1", "port": 22, "user": "g", "origin": f"{ssh}/config:5"}
    ]
    assert "PreferredAuthentications" in inner["refusal"]
    assert (web["origin"], web["jump_origin"]) == (f"{tmp_path}/inventory:2", f"{tmp_path}/inventory:4")
    assert [hop["address"] for hop in web["bastions"]] == ["192.0.2.1"]
    assert (web["groups"], web["labels"], web["transport"]) == (["web"], {"by": "ansible"}, "asyncssh")
    shown = clawtui(tmp_path, "--fleet", f"{tmp_path}/fleet.toml", "hosts").stdout.decode()
    assert "inner is refused: PreferredAuthentications nonesuch at" in shown


def test_names_of_other_scripts_stand_in_their_columns(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text(
        'version = 1\n[context]\nname = "t"\n[[host]]\nname = "サーバー"\naddress = "10.0.0.1"\n'
        '[[host]]\nname = "e\u0301"\naddress = "10.0.0.2"\n[[host]]\nname = "plain-ascii"\naddress = "10.0.0.3"\n'
    )
    lines = clawtui(tmp_path, "--fleet", f"{tmp_path}/fleet.toml", "hosts").stdout.decode().splitlines()[1:4]
    assert [width(line[: line.index("10.0.0.")]) for line in lines] == [13, 13, 13]


def test_the_first_run_says_what_ansible_knows(tmp_path: Path) -> None:
    (tmp_path / "inv.ini").write_text("[web]\nw[1:8]\n")
    first = clawtui(tmp_path, "hosts", ANSIBLE_INVENTORY=f"{tmp_path}/inv.ini")
    assert b"Ansible's ~/inv.ini names 8 hosts" in first.stderr
    made = clawtui(tmp_path, "hosts", "--pick", "@web", "--write", "home", ANSIBLE_INVENTORY=f"{tmp_path}/inv.ini")
    assert made.returncode == 0, made.stderr
    assert len(json.loads(clawtui(tmp_path, "hosts", "--json").stdout)["hosts"]) == 8
