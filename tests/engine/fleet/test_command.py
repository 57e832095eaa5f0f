"""A program as inventory: the JSON it prints, and every way in which it fails as one sentence."""

import json
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.errors import ConfigError, NoContext, Refused
from clawtui.fleet.accepted import MOST_FILES, accept, digest_of
from clawtui.fleet.context import find_fleets, load_fleet
from clawtui.fleet.host import Fleet, Transport
from clawtui.places import Places

FULL = {
    "name": "web-1",
    "address": "2001:db8::1",
    "port": 2222,
    "user": "ops",
    "aliases": ["web-1.internal"],
    "groups": ["web"],
    "site": "eu",
    "region": "eu-central-1",
    "labels": {"rack": "r1"},
    "jump": ["gate"],
    "transport": "openssh",
    "services": [{"name": "bot", "unit": "bot.service", "metrics": "http://127.0.0.1:8000/metrics"}],
}


def written(tmp_path: Path, script: str, table: str = "") -> Path:
    program = tmp_path / "cmdb.sh"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    file = tmp_path / "fleet.toml"
    file.write_text(f'version = 1\n[defaults]\nuser = "all"\n[[command]]\nrun = ["./cmdb.sh", "--json"]\n{table}\n')
    return file


def fleet(tmp_path: Path, script: str, table: str = "") -> Fleet:
    return load_fleet(written(tmp_path, script, table), home=tmp_path, environ={"PATH": "/usr/bin:/bin"})


def printing(*hosts: object, **top: object) -> str:
    return f"cat <<'END'\n{json.dumps({'version': 1, 'hosts': list(hosts), **top})}\nEND"


def test_every_key_of_the_document_counts(tmp_path: Path) -> None:
    table = 'groups = ["cmdb"]\nsite = "us"\nlabels = { by = "cmdb" }'
    web, gate = fleet(tmp_path, printing(FULL, {"name": "gate", "port": None}), table).hosts
    assert (web.name, web.target, web.port, web.user, web.aliases) == (
        "web-1",
        "2001:db8::1",
        2222,
        "ops",
        ("web-1.internal",),
    )
    assert (web.groups, web.site, web.region, web.labels) == (
        ("web", "cmdb"),
        "eu",
        "eu-central-1",
        {"rack": "r1", "by": "cmdb"},
    )
    assert (web.jump, web.transport, [s.unit for s in web.services]) == (("gate",), Transport.OPENSSH, ["bot.service"])
    assert (gate.user, gate.port, gate.site) == ("all", 22, "us")
    assert str(web.origin) == f"{tmp_path}/fleet.toml:4 (./cmdb.sh --json: hosts[0] web-1)"
    assert web.jump_origin == web.origin


def test_it_runs_in_the_fleet_files_folder_without_input(tmp_path: Path) -> None:
    script = 'test "$1" = --json && test -z "$(cat)" && pwd >where && ' + printing({"name": "a"})
    assert [host.name for host in fleet(tmp_path, script).hosts] == ["a"]
    assert (tmp_path / "where").read_text().strip() == str(tmp_path)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("echo no database >&2; exit 3", "./cmdb.sh --json ended with 3: no database"),
        ("exit 1", "ended with 1: it says nothing on its standard error"),
        ("kill -9 $$", "was ended by signal 9"),
        ("sleep 30", "gave no answer within 1 s and was ended"),
        ("sleep 30 & exit 0", "printed no JSON"),
        ("exec >&-; sleep 30", "gave no answer within 1 s"),
        ("yes", "printed more than 16384 KiB and was ended"),
        ("echo '{'", "printed no JSON: line 2: Expecting property name"),
        ("true", "printed no JSON: line 1: Expecting value"),
        ("printf '\\377\\376x'", "printed no JSON"),
        ("echo '[]'", "must print an object"),
        ('echo \'{"version": 2, "hosts": []}\'', "printed version 2; this clawtui reads version 1"),
        ("echo '{\"hosts\": []}'", "printed version None"),
        ('echo \'{"version": 1, "hosts": {}}\'', "printed no list of hosts"),
        ('echo \'{"version": 1, "hosts": [], "more": 1}\'', "printed the unknown key 'more'"),
        ('echo \'{"version": 1, "hosts": ["a"]}\'', "printed hosts[0], which must be an object"),
        (printing({"name": "a"}, {"name": "b", "port": "22"}), "hosts[1] b.port: must be a whole number"),
        (printing({"name": "a", "adress": "x"}), "hosts[0] a.adress: unknown key; did you mean address?"),
        (printing({"address": "x"}), "hosts[0].name: needs either name"),
        (printing({"name": "a", "user": "x\u001b"}), "without control characters"),
        (printing({"name": "a", "become_password": {"command": ["x"]}}), "stands in the fleet file"),
        (printing({"name": "-oProxyCommand=x"}), "is not a host name"),
        (printing({"name": "a", "transport": "telnet"}), "must be one of asyncssh, openssh"),
        (printing({"name": "a", "services": [{"name": "s"}]}), "hosts[0] a.services[0].name: needs unit, cgroup"),
        (printing({"name": "a", "services": ["s"]}), "hosts[0] a.services: must be a list of tables"),
        (printing({"name": "a"}, {"name": "a"}), "'a' is also at"),
    ],
)
def test_every_failure_is_one_sentence_with_the_fleet_files_line(tmp_path: Path, script: str, words: str) -> None:
    started = time.monotonic()
    with pytest.raises(ConfigError) as caught:
        fleet(tmp_path, script, "timeout_s = 1")
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{tmp_path}/fleet.toml:4")
    assert "\n" not in str(caught.value)
    assert time.monotonic() - started < 10


def test_a_program_that_is_not_there_or_not_executable_is_said(tmp_path: Path) -> None:
    file = written(tmp_path, "true")
    (tmp_path / "cmdb.sh").chmod(0o644)
    with pytest.raises(ConfigError, match="could not be started: Permission denied"):
        load_fleet(file, home=tmp_path, environ={})
    (tmp_path / "cmdb.sh").unlink()
    with pytest.raises(ConfigError, match="could not be started: No such file"):
        load_fleet(file, home=tmp_path, environ={})


def test_what_it_started_is_ended_with_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="gave no answer"):
        fleet(tmp_path, "sleep 300 & echo $! >child; wait", "timeout_s = 1")
    child = Path(f"/proc/{(tmp_path / 'child').read_text().strip()}")
    deadline = time.monotonic() + 5
    while child.exists() and "Z" not in (child / "stat").read_text() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not child.exists() or "Z" in (child / "stat").read_text()


def test_a_cloned_folder_runs_nothing_until_its_fleet_file_was_accepted(tmp_path: Path) -> None:
    places = replace(Places.of({"HOME": str(tmp_path / "home")}), system=tmp_path / "etc")
    file = written(tmp_path, "touch ran; " + printing({"name": "a"}))

    def found():
        return find_fleets(places, {}, fleet_flag=None, context_flag=None, folder=tmp_path)

    assert found().unaccepted == file
    with pytest.raises(NoContext):
        found().only()
    assert not (tmp_path / "ran").exists()
    accept(places, file, digest_of(file))
    assert [host.name for host in found().only().hosts] == ["a"]
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("changed", ["fleet.toml", "cmdb.sh", "ssh", "inventory/hosts", "inventory/new", "ansible.cfg"])
def test_what_was_accepted_counts_until_anything_that_it_names_changes(tmp_path: Path, changed: str) -> None:
    places = replace(Places.of({"HOME": str(tmp_path / "home")}), system=tmp_path / "etc")
    folder = tmp_path / "cloned"
    (folder / "inventory").mkdir(parents=True)
    (folder / "inventory/hosts").write_text("w\n")
    (folder / "ansible.cfg").write_text("[defaults]\n")
    (folder / "ssh").write_text("Host s\n User u\n")
    tables = '[[ansible]]\nsource = "inventory"\nstatic = true\n[[ssh_config]]\nfile = "ssh"\nhosts = ["s"]'
    file = written(folder, printing({"name": "a"}), tables)

    def count() -> int:
        return len(find_fleets(places, {}, fleet_flag=None, context_flag=None, folder=folder).contexts)

    accept(places, file, digest_of(file))
    assert count() == 1
    with (folder / changed).open("a") as changing:
        changing.write("# changed\n")
    assert count() == 0


def test_a_folder_too_large_to_look_through_is_not_accepted(tmp_path: Path) -> None:
    places = replace(Places.of({"HOME": str(tmp_path / "home")}), system=tmp_path / "etc")
    (tmp_path / "cloned/inventory").mkdir(parents=True)
    file = written(tmp_path / "cloned", "true", '[[ansible]]\nsource = "inventory"')
    accept(places, file, digest_of(file))
    for number in range(MOST_FILES + 1):
        (tmp_path / f"cloned/inventory/{number}").touch()
    assert not find_fleets(places, {}, fleet_flag=None, context_flag=None, folder=tmp_path / "cloned").contexts
    with pytest.raises(Refused, match="too many to accept"):
        accept(places, file, digest_of(file))
