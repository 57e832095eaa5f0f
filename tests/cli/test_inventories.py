"""A real host, reached by what each kind of inventory says of it."""

import json
import os
import sys
from pathlib import Path

import pytest

from tests.cli.sshd import Sshd
from tests.cli.terminal import clawtui

PROGRAMS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
HEAD = 'version = 1\n[context]\nname = "test"\nkind = "dev"\nread_only = false\nconfirm = false\n'
ANSIBLE = """all:
  children:
    web:
      hosts:
        box:
          ansible_host: 127.0.0.1
          ansible_port: {port}
  vars:
    ansible_user: {user}
    ansible_ssh_private_key_file: {key}
    ansible_ssh_common_args: -o UserKnownHostsFile={known} -o StrictHostKeyChecking=yes
"""
SSH = """Include {folder}/more
Match originalhost box exec "test %n = box"
  User {user}
Host box
  HostName 127.0.0.1
  IdentityFile {key}
"""


def inventory(kind: str, host: Sshd, folder: Path) -> str:
    """The table of a fleet file, and what it names, laid out in the folder."""
    way = host.host()
    said = {"port": way.port, "user": way.user, "key": way.identities[0], "known": way.known_hosts[0], "folder": folder}
    if kind == "ssh_config":
        (folder / "config").write_text(SSH.format(**said))
        (folder / "more").write_text(f"Host b?x\n Port {way.port}\n UserKnownHostsFile {said['known']}\n")
        return '[[ssh_config]]\nfile = "config"\nhosts = ["box"]\nmatch_exec = true'
    if kind == "command":
        keys = {"identities": list(way.identities), "known_hosts": list(way.known_hosts)}
        document = {"name": "box", "address": "127.0.0.1", "port": way.port, "user": way.user, **keys}
        (folder / "cmdb").write_text(f"#!/bin/sh\necho '{json.dumps({'version': 1, 'hosts': [document]})}'\n")
        (folder / "cmdb").chmod(0o755)
        return '[[command]]\nrun = ["./cmdb"]'
    (folder / "hosts.yml").write_text(ANSIBLE.format(**said))
    return f'[[ansible]]\nsource = "hosts.yml"\nstatic = {"true" if kind == "static" else "false"}'


@pytest.mark.parametrize("kind", ["ssh_config", "static", "ansible", "command"])
def test_a_command_runs_on_a_host_of_every_inventory(host: Sshd, tmp_path: Path, kind: str) -> None:
    (tmp_path / "fleet.toml").write_text(HEAD + inventory(kind, host, tmp_path))
    fleet = ("--fleet", f"{tmp_path}/fleet.toml")
    done = clawtui(tmp_path, *fleet, "run", "box", "--yes", "--", "echo here", PATH=PROGRAMS)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"here\n", b"")


def test_the_same_host_in_all_of_them_is_one(host: Sshd, tmp_path: Path) -> None:
    tables = [inventory(kind, host, tmp_path) for kind in ("ssh_config", "static", "command")]
    (tmp_path / "fleet.toml").write_text(HEAD + "\n".join(tables))
    shown = clawtui(tmp_path, "--fleet", f"{tmp_path}/fleet.toml", "hosts", "@web", "--json")
    (box,) = json.loads(shown.stdout)["hosts"]
    assert (box["name"], box["aliases"], box["origin"]) == ("box", [], f"{tmp_path}/more:2")
