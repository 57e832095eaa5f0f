"""Which fleets are found, what the first run sees, and that policy only tightens."""

from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.errors import ConfigError, NoContext, Refused
from clawtui.fleet.accepted import accept, digest_of
from clawtui.fleet.context import find_fleets, load_fleet, without_context
from clawtui.fleet.first_run import look_around, write_context
from clawtui.fleet.host import AgentUse, Host, Kind
from clawtui.places import Places


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return replace(Places.of({"HOME": str(tmp_path / "home")}), system=tmp_path / "etc")


def write(path: Path, *lines: str, hosts: str = "a") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "version = 1\n[context]\n" + "\n".join(lines) + "\n"
    text += "".join(f'[[host]]\nname = "{name}"\n' for name in hosts.split())
    path.write_text(text)
    return path


def find(places: Places, folder: Path, fleet: str | None = None, context: str | None = None, **environ: str):
    return find_fleets(places, environ, fleet_flag=fleet, context_flag=context, folder=folder)


def test_the_flag_is_before_the_environment_before_the_user_before_the_system(places: Places, tmp_path: Path) -> None:
    write(places.system / "contexts/sys.toml", 'name = "sys"')
    assert find(places, tmp_path).only().name == "sys"
    write(tmp_path / "env.toml", 'name = "env"')
    write(tmp_path / "flag.toml", 'name = "flag"')
    assert find(places, tmp_path, CLAWTUI_FLEET="env.toml").only().name == "env"
    assert find(places, tmp_path, fleet="flag.toml", CLAWTUI_FLEET="env.toml").only().name == "flag"
    with pytest.raises(NoContext, match="no such fleet file"):
        find(places, tmp_path, fleet="absent.toml")


def test_several_contexts_want_a_choice(places: Places, tmp_path: Path) -> None:
    write(places.contexts / "one.toml", 'name = "one"')
    write(places.contexts / "two.toml", 'name = "second"')
    found = find(places, tmp_path)
    assert found.names == ("one", "two")
    with pytest.raises(NoContext, match="--context one or --context two"):
        found.only()
    assert find(places, tmp_path, context="one").only().name == "one"
    assert find(places, tmp_path, context="second").only().name == "second"
    with pytest.raises(NoContext, match="there is: one, two"):
        find(places, tmp_path, context="three")


def test_a_fleet_file_of_the_current_folder_counts_once_its_content_was_accepted(
    places: Places, tmp_path: Path
) -> None:
    cloned = write(tmp_path / "repo/fleet.toml", 'name = "cloned"')
    found = find(places, cloned.parent)
    assert (found.contexts, found.unaccepted) == ((), cloned)
    with pytest.raises(NoContext, match="counts by --fleet"):
        found.only()
    accept(places, cloned, digest_of(cloned))
    assert find(places, cloned.parent).only().name == "cloned"
    cloned.write_text(cloned.read_text() + "# changed\n")
    assert find(places, cloned.parent).contexts == ()


def test_the_first_run_sees_ssh_config_and_known_hosts_and_writes_what_was_picked(
    places: Places, tmp_path: Path
) -> None:
    ssh = places.home / ".ssh"
    ssh.mkdir(parents=True)
    (ssh / "config").write_text("Host lab\n HostName 10.0.0.1\n User u\nHost *\n Port 22\n")
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJXQ3s2nbKYVpV3h2QAnH6Tk5Y8n4wQbY4T0Qm3gZb1H"
    (ssh / "known_hosts").write_text(
        f"web.example {key}\n[db.example]:2200 {key}\n10.0.0.1 {key}\n|1|c2FsdA==|aGFzaA== {key}\n"
    )
    found = find(places, tmp_path)
    assert found.first_run is not None
    assert [host.name for host in found.first_run.ssh_config] == ["lab"]
    assert [(host.name, host.port) for host in found.first_run.known_hosts] == [
        ("web.example", 22),
        ("db.example", 2200),
    ]
    assert found.first_run.hashed == 1
    path = write_context(places, "mine", (*found.first_run.ssh_config, *found.first_run.known_hosts), found.first_run)
    assert path.stat().st_mode & 0o777 == 0o600
    fleet = find(places, tmp_path).only()
    assert fleet.policy.kind is Kind.PROD
    assert fleet.policy.read_only
    assert {(host.name, host.target, host.port, host.user) for host in fleet.hosts} == {
        ("lab", "10.0.0.1", 22, "u"),
        ("web.example", "web.example", 22, ""),
        ("db.example", "db.example", 2200, ""),
    }
    with pytest.raises(Refused, match="is there already"):
        write_context(places, "mine", (), found.first_run)
    with pytest.raises(ConfigError, match="not a context name"):
        write_context(places, "../x", (), found.first_run)


def test_the_first_run_sees_what_ansible_holds_and_runs_nothing(places: Places, tmp_path: Path) -> None:
    ssh = places.home / ".ssh"
    ssh.mkdir(parents=True)
    (ssh / "config").write_text(
        f"CanonicalizeHostname yes\nMatch originalhost lab exec 'touch {tmp_path}/ran'\n Port 9\nHost lab\n User u\n"
    )
    (ssh / "known_hosts").write_text(
        "10.0.0.7 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJXQ3s2nbKYVpV3h2QAnH6Tk5Y8n4wQbY4T0Qm3gZb1H\n"
    )
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory/hosts").write_text("[web]\nw[1:3]\nlab\nw7 ansible_host=10.0.0.7\n")
    (tmp_path / "other.yml").write_text("db:\n  hosts:\n    d1:\n      ansible_user: '{{ x }}'\n")
    program = tmp_path / "dynamic"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin/ansible-inventory"
    fake.write_text(program.read_text())
    fake.chmod(0o755)
    environ = {"ANSIBLE_INVENTORY": "other.yml,dynamic,gone", "PATH": f"{tmp_path}/bin"}
    first = find(places, tmp_path, **environ).first_run
    assert first
    assert [(found.source.name, [host.name for host in found.hosts]) for found in first.ansible] == [
        ("other.yml", ["d1"]),
        ("inventory", ["w1", "w2", "w3", "w7"]),
    ]
    assert first.known_hosts == ()
    assert any("dynamic:1: is a program, which is not run" in problem for problem in first.problems)
    assert any("gone, which is not there" in problem for problem in first.problems)
    picked = (*first.ansible[1].hosts[:2], *first.ansible[0].hosts)
    text = write_context(places, "mine", picked, first).read_text()
    assert f'source = "{tmp_path}/inventory"\nhosts = "w1,w2"\nstatic = true' in text
    fleet = find(places, tmp_path, **environ).only()
    assert [(host.name, host.groups, bool(host.refusal)) for host in fleet.hosts] == [
        ("d1", ("db",), True),
        ("w1", ("web",), False),
        ("w2", ("web",), False),
    ]
    assert not (tmp_path / "ran").exists()


def test_a_broken_ssh_config_does_not_stop_the_first_run(places: Places) -> None:
    (places.home / ".ssh").mkdir(parents=True)
    (places.home / ".ssh/config").write_text("Host\n")
    assert "has no value" in look_around(places.home, {}, places.home).problems[0]


def test_a_user_tightens_a_system_context_and_adds_hosts(places: Places, tmp_path: Path) -> None:
    write(places.system / "contexts/bots.toml", 'name = "bots"', 'kind = "staging"', "read_only = false", hosts="a b")
    assert not find(places, tmp_path).only().policy.read_only
    write(places.contexts / "bots.toml", 'name = "bots"', "read_only = true", hosts="b c")
    fleet = find(places, tmp_path).only()
    assert [host.name for host in fleet.hosts] == ["a", "b", "c"]
    assert str(places.contexts) in fleet.hosts[1].origin.file
    assert (fleet.policy.kind, fleet.policy.read_only) == (Kind.STAGING, True)


@pytest.mark.parametrize(
    "line", ['kind = "dev"', "read_only = false", "confirm = false", 'become = "sudo"', 'watcher = "other"']
)
def test_a_user_cannot_loosen_a_system_context(places: Places, tmp_path: Path, line: str) -> None:
    write(
        places.system / "contexts/bots.toml", 'kind = "staging"', "read_only = true", "confirm = true", 'watcher = "a"'
    )
    write(places.contexts / "bots.toml", *{line, 'kind = "staging"'} if not line.startswith("kind") else (line,))
    with pytest.raises(ConfigError, match="only tighten") as caught:
        find(places, tmp_path).only()
    assert caught.value.key == f"context.{line.split(maxsplit=1)[0]}"


def test_where_the_system_allows_no_agent_a_users_hosts_have_none(places: Places, tmp_path: Path) -> None:
    write(places.system / "contexts/bots.toml", 'agent = "none"', hosts="a")
    write(places.contexts / "bots.toml", 'kind = "prod"', hosts="b")
    fleet = find(places, tmp_path).only()
    assert {host.name: host.agent for host in fleet.hosts} == {"a": AgentUse.NONE, "b": AgentUse.NONE}
    write(places.contexts / "bots.toml", 'agent = "temporary"', hosts="b")
    with pytest.raises(ConfigError, match="only tighten") as caught:
        find(places, tmp_path).only()
    assert caught.value.key == "context.agent"


def test_a_host_in_no_context_is_prod() -> None:
    assert without_context((Host("x"),)).policy.kind is Kind.PROD


def test_two_inventories_may_not_name_one_host_twice(places: Places, tmp_path: Path) -> None:
    (places.home / ".ssh").mkdir(parents=True)
    (places.home / ".ssh/config").write_text("Host a\n User u\n")
    path = write(tmp_path / "f.toml", 'name = "x"')
    path.write_text(path.read_text() + '[[ssh_config]]\nhosts = ["a"]\n')
    with pytest.raises(ConfigError, match="is also at"):
        load_fleet(path, home=places.home, environ={})


@pytest.mark.parametrize(("kind", "typed"), [("prod", True), ("staging", False), ("dev", False)])
def test_only_prod_has_its_name_typed_where_the_file_says_nothing(
    places: Places, tmp_path: Path, kind: str, typed: bool
) -> None:
    write(places.contexts / "bots.toml", f'kind = "{kind}"', hosts="a")
    assert find(places, tmp_path).only().policy.confirm is typed
