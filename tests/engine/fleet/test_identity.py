"""One machine, one host: the same one in two inventories is put together, a contradiction names both places."""

from pathlib import Path

import pytest

from clawtui.errors import ConfigError
from clawtui.fleet.context import load_fleet
from clawtui.fleet.hop import is_hop, split_hop
from clawtui.fleet.host import Fleet
from clawtui.fleet.selector import select


def fleet(tmp_path: Path, hosts: str, *, ssh: str = "", ansible: str = "") -> Fleet:
    (tmp_path / "ssh").write_text(ssh)
    (tmp_path / "ansible").write_text(ansible)
    text = f"version = 1\n{hosts}\n"
    text += '[[ssh_config]]\nfile = "ssh"\nhosts = ["*"]\ngroups = ["by-ssh"]\n' if ssh else ""
    text += '[[ansible]]\nsource = "ansible"\nssh_config = ""\nlabels = { by = "ansible" }\n' if ansible else ""
    (tmp_path / "fleet.toml").write_text(text)
    return load_fleet(tmp_path / "fleet.toml", home=tmp_path, environ={})


WEB = '[[host]]\nname = "web"\naddress = "10.0.0.1"\nuser = "ops"\ngroups = ["own"]\nlabels = { by = "hand" }'


def test_the_same_machine_under_one_name_is_one_host_with_the_groups_of_both(tmp_path: Path) -> None:
    ssh, ansible = "Host web\n HostName 10.0.0.1\n User ops\n", "[x]\nweb ansible_host=10.0.0.1 ansible_user=ops\n"
    (web,) = fleet(tmp_path, WEB, ssh=ssh, ansible=ansible).hosts
    assert (web.groups, web.labels, web.aliases) == (("own", "by-ssh", "x"), {"by": "hand"}, ())
    assert str(web.origin) == f"{tmp_path}/fleet.toml:2"


def test_the_same_machine_under_another_name_becomes_an_alias(tmp_path: Path) -> None:
    found = fleet(tmp_path, WEB, ssh="Host w1\n HostName 10.0.0.1\n User ops\n")
    assert [(host.name, host.aliases) for host in found.hosts] == [("web", ("w1",))]
    assert select(found, "w1") == select(found, "web")


@pytest.mark.parametrize(
    ("ssh", "words"),
    [
        ("Host web\n HostName 10.0.0.2\n User ops\n", "reached otherwise (10.0.0.2 port 22, there 10.0.0.1 port 22)"),
        ("Host web\n HostName 10.0.0.1\n Port 23\n User ops\n", "reached otherwise (10.0.0.1 port 23"),
        ("Host web\n HostName 10.0.0.1\n User ops\n ProxyJump g\n", "reached otherwise (10.0.0.1 port 22 via g"),
        ("Host web\n HostName 10.0.0.1\n User root\n", "with another login: root, there ops"),
        ("Host w1\n HostName 10.0.0.1\n User root\n", "'w1' is also at {fleet}:2 as 'web'"),
    ],
)
def test_a_contradiction_names_both_places(tmp_path: Path, ssh: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        fleet(tmp_path, WEB, ssh=ssh)
    assert words.format(fleet=tmp_path / "fleet.toml") in str(caught.value)
    assert f"{tmp_path}/ssh:2" in str(caught.value)
    assert f"{tmp_path}/fleet.toml:2" in str(caught.value)


def test_machines_behind_other_jump_hosts_or_keys_are_others(tmp_path: Path) -> None:
    ssh = "Host a\n HostName 10.0.0.1\n ProxyJump gate\nHost b\n HostName 10.0.0.1\n HostKeyAlias b\n"
    assert [host.name for host in fleet(tmp_path, WEB, ssh=ssh).hosts] == ["web", "a", "b"]


def test_within_one_inventory_its_author_has_the_word(tmp_path: Path) -> None:
    ssh = "Host a\n HostName 10.0.0.9\n User x\nHost b\n HostName 10.0.0.9\n User y\n"
    assert [host.name for host in fleet(tmp_path, WEB, ssh=ssh).hosts] == ["web", "a", "b"]


def test_an_alias_is_nobody_elses_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'web' is also at .*fleet.toml:2"):
        fleet(tmp_path, WEB, ssh="Host x web\n HostName 10.9.9.9\n")


def test_ipv6_hosts_may_be_written_everywhere(tmp_path: Path) -> None:
    hosts = (
        '[[host]]\nname = "2001:db8::1"\njump = ["ops@[2001:db8::9]:2200", "2001:db8::8"]\n'
        '[[host]]\nname = "six"\naddress = "[2001:db8::2]"\naliases = ["::2"]\n'
        '[[host]]\nname = "near"\naddress = "fe80::1%eth0"\n'
    )
    ansible = "[six]\n[2001:db8::3]:2222\nv6 ansible_host=2001:db8::4\nw6 ansible_host=[2001:db8::5]\n"
    found = fleet(
        tmp_path, hosts, ssh="Host s\n HostName 2001:DB8:0::6\n ProxyJump [2001:db8::7]:99\n", ansible=ansible
    )
    assert {host.name: host.target for host in found.hosts} == {
        "2001:db8::1": "2001:db8::1",
        "six": "2001:db8::2",
        "near": "fe80::1%eth0",
        "s": "2001:db8::6",
        "2001:db8::3": "2001:db8::3",
        "v6": "2001:db8::4",
        "w6": "2001:db8::5",
    }
    assert [host.name for host in select(found, "2001:db8::1,::2,!v6")] == ["2001:db8::1", "six"]
    assert all(not host.refusal for host in found.hosts)
    assert [(b.target, b.port) for b in found.hosts[3].bastions] == [("2001:db8::7", 99)]


@pytest.mark.parametrize(
    ("hop", "parts"),
    [
        ("gate", ("", "gate", 0)),
        ("me@gate:22", ("me", "gate", 22)),
        ("[2001:db8::1]", ("", "2001:db8::1", 0)),
        ("me@[2001:db8::1]:22", ("me", "2001:db8::1", 22)),
        ("2001:db8::1", ("", "2001:db8::1", 0)),
        ("bücher", ("", "bücher", 0)),
        ("ssh://me@gate:22", ("me", "gate", 22)),
    ],
)
def test_a_jump_host_is_a_name_or_an_address(hop: str, parts: tuple[str, str, int]) -> None:
    assert is_hop(hop)
    assert split_hop(hop) == parts


@pytest.mark.parametrize(
    "hop", ["", "a b", "@gate", "-x@gate", "gate:", "gate:x", "gate:999999", "a,b", "[gate", "me@", "-o"]
)
def test_anything_else_is_no_jump_host(hop: str) -> None:
    assert not is_hop(hop)


def test_names_of_every_script_are_chosen_and_refused_where_ssh_cannot_carry_them(tmp_path: Path) -> None:
    hosts = "".join(
        f'[[host]]\nname = "{name}"\n{address}\n'
        for name, address in {
            "bücher": "",
            "サーバー-1": 'address = "10.0.0.2"',
            "क्षेत्र": 'address = "10.0.0.3"',
            "e\u0301lan": 'address = "10.0.0.4"',
        }.items()
    )
    found = fleet(tmp_path, hosts)
    assert 'give it address = "xn--bcher-kva"' in found.hosts[0].refusal
    assert [host.refusal for host in found.hosts[1:]] == ["", "", ""]
    assert [host.name for host in select(found, "サー*")] == ["サーバー-1"]
    assert select(found, "élan") == select(found, "e\u0301lan")
    assert found.host("élan")


@pytest.mark.parametrize("name", ["a b", "a\u202eb", "a\u200bb", "-a", ".a", "a/b", "a@b", "", "a\tb"])
def test_names_that_hide_something_are_no_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"is not a host name|without control characters|not TOML"):
        fleet(tmp_path, f'[[host]]\nname = "{name}"\n')
