"""Hosts of an Ansible inventory: how they are reached, what is refused by name, and the program where it is installed."""

import os
import sys
from pathlib import Path

import pytest

from clawtui.errors import ConfigError
from clawtui.fleet.ansible.ranges import expand
from clawtui.fleet.context import load_fleet
from clawtui.fleet.host import Become, Fleet, Host

PROGRAMS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


def fleet(
    tmp_path: Path, inventory: str, table: str = "", *, name: str = "hosts", context: str = "", path: str = ""
) -> Fleet:
    """A fleet file that takes an inventory; without a PATH nothing but our own reader reads it."""
    (tmp_path / name).write_text(inventory)
    file = tmp_path / "fleet.toml"
    file.write_text(f'version = 1\n[context]\nname = "t"\n{context}\n[[ansible]]\nsource = "{name}"\n{table}\n')
    return load_fleet(file, home=tmp_path, environ={"PATH": path, "HOME": str(tmp_path)})


def one(tmp_path: Path, line: str, table: str = "", context: str = "") -> Host:
    return fleet(tmp_path, f"[web]\n{line}\n", table, context=context).hosts[0]


def test_a_host_is_reached_as_ansible_reaches_it(tmp_path: Path) -> None:
    host = one(
        tmp_path,
        "web1 ansible_host=10.0.0.1 ansible_port=2222 ansible_user=ops ansible_ssh_private_key_file=~/.ssh/web "
        "ansible_become=true rack=r1",
        'groups = ["eu"]\nsite = "fra"\nlabel_vars = ["rack"]\nlabels = { by = "ansible" }',
    )
    assert (host.name, host.target, host.port, host.user) == ("web1", "10.0.0.1", 2222, "ops")
    assert host.identities == (f"{tmp_path}/.ssh/web",)
    assert (host.groups, host.site, host.labels) == (("web", "eu"), "fra", {"rack": "r1", "by": "ansible"})
    assert (host.become, host.refusal) == (Become.SUDO, "")
    assert str(host.origin) == f"{tmp_path}/hosts:2"


@pytest.mark.parametrize(
    ("arguments", "jump", "command"),
    [
        ("-o ProxyJump=ops@gate:2200", ("ops@gate:2200",), ""),
        ("-J gate", ("gate",), ""),
        ("-Jgate1,gate2", ("gate1", "gate2"), ""),
        ('-o ProxyCommand="ssh -W %h:%p -q gate"', (), "ssh -W 10.0.0.1:22 -q gate"),
        ("-oProxyCommand='nc %h %p' -o StrictHostKeyChecking=yes", (), "nc 10.0.0.1 22"),
        ("-o ControlMaster=auto -o ControlPersist=60s", (), ""),
    ],
)
def test_arguments_for_ssh_are_ssh_config_by_another_name(
    tmp_path: Path, arguments: str, jump: tuple[str, ...], command: str
) -> None:
    text = f"[web]\nw ansible_host=10.0.0.1\n[web:vars]\nansible_ssh_common_args={arguments}\n"
    host = fleet(tmp_path, text).hosts[0]
    assert (host.jump, host.ssh_options.get("proxycommand", ""), host.refusal) == (jump, command, "")
    if jump:
        assert str(host.jump_origin) == f"{tmp_path}/hosts:4"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("w ansible_host={{ip}}", "ansible_host at {hosts}:2 holds an expression that only Ansible can work out"),
        ("w ansible_user='{{ u }}'", "ansible_user at {hosts}:2 holds an expression"),
        ("w ansible_host='{% if 1 %}'", "ansible_host at {hosts}:2 holds an expression"),
        ("w ansible_port=many", "ansible_port at {hosts}:2 'many' is not a port"),
        ("w ansible_port=0", "ansible_port at {hosts}:2 '0' is not a port"),
        ("w ansible_host=a@b", "ansible_host at {hosts}:2 'a@b' is no host name"),
        ("w ansible_host=-oProxyCommand=x", "is no host name"),
        ("w ansible_user=-x", "'-x' is not a login name"),
        ("w ansible_host=[1,2]", "ansible_host at {hosts}:2 must be text"),
        ("w ansible_connection=docker", "ansible_connection docker at {hosts}:2 is no SSH"),
        ("w ansible_connection=winrm", "ansible_connection winrm at {hosts}:2 is no SSH"),
        ("w ansible_ssh_common_args='-F other'", "gives ssh '-F', which is not honoured"),
        ("w ansible_ssh_common_args='-o'", "gives ssh '-o' without an option and its value"),
        ("w ansible_ssh_common_args='-o Include=/etc/x'", "without an option and its value"),
        ('w ansible_ssh_common_args="-o \'x"', "cannot be split into words"),
        ("w ansible_ssh_extra_args='-o ProxyUseFdpass=yes'", "ProxyUseFdpass yes at {hosts}:2 is not honoured"),
        ("w ansible_become=perhaps", "ansible_become at {hosts}:2 must be yes or no"),
        (
            "bücher.example",
            "write",
        ),
    ],
)
def test_what_cannot_be_known_or_honoured_is_refused_by_name(tmp_path: Path, line: str, words: str) -> None:
    refusal = one(tmp_path, line).refusal
    words = 'give it address = "xn--bcher-kva.example"' if words == "write" else words
    assert words.format(hosts=tmp_path / "hosts") in refusal


def test_another_hosts_expression_does_not_refuse_this_one(tmp_path: Path) -> None:
    hosts = fleet(tmp_path, "a ansible_host={{x}}\nb ansible_host=10.0.0.2\n").hosts
    assert [bool(host.refusal) for host in hosts] == [True, False]


def test_expressions_and_vaults_elsewhere_do_not_matter(tmp_path: Path) -> None:
    sealed = "!vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        3133\n"
    text = f"all:\n  hosts:\n    w:\n      ansible_become_password: '{{{{ x }}}}'\n      secret: {sealed}"
    assert fleet(tmp_path, text, name="hosts.yml").hosts[0].refusal == ""
    text = f"all:\n  hosts:\n    w:\n      ansible_user: {sealed}"
    refusal = fleet(tmp_path, text, name="hosts.yml").hosts[0].refusal
    assert f"ansible_user at {tmp_path}/hosts.yml:4 is sealed by the vault" in refusal


def test_a_file_that_the_vault_sealed_whole_is_left_out_and_said(tmp_path: Path) -> None:
    (tmp_path / "group_vars/all").mkdir(parents=True)
    (tmp_path / "group_vars/all/vault.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n31\n")
    (tmp_path / "group_vars/all/plain.yml").write_text("ansible_user: ops\n")
    host = fleet(tmp_path, "w\n").hosts[0]
    assert (host.user, host.refusal) == ("ops", "")
    assert "group_vars/all/vault.yml is sealed by the vault and was not read" in host.ssh_options["left out"]


def test_a_host_may_be_named_after_itself(tmp_path: Path) -> None:
    assert one(tmp_path, "web1 ansible_host='{{ inventory_hostname }}.example.net'").target == "web1.example.net"
    assert one(tmp_path, "a.b ansible_host='{{inventory_hostname_short}}.lan'").target == "a.lan"


@pytest.mark.parametrize(
    ("settings", "context", "become", "remark"),
    [
        ("ansible_become=yes", "", Become.SUDO, ""),
        ("ansible_become=yes ansible_become_method=sudo ansible_become_user=root", "", Become.SUDO, ""),
        ("ansible_become=yes ansible_become_method=community.general.doas", "", Become.DOAS, ""),
        ("ansible_become=no", "", Become.NONE, ""),
        ("ansible_become=yes ansible_become_method=su", "", Become.NONE, "ansible_become_method su: not done here"),
        ("ansible_become=yes ansible_become_user=postgres", "", Become.NONE, "only root is become"),
        ("ansible_become=yes", 'become = "none"', Become.NONE, ""),
    ],
)
def test_root_is_reached_as_the_inventory_says_unless_the_context_withholds_it(
    tmp_path: Path, settings: str, context: str, become: Become, remark: str
) -> None:
    host = one(tmp_path, f"w {settings}", context=context)
    assert host.become is become
    assert remark in host.ssh_options.get("left out", "")


def test_a_group_of_the_fleet_file_and_the_table_say_more_of_root_than_the_inventory(tmp_path: Path) -> None:
    ask = 'become_password = { ask = "once" }'
    table = f'[group.web]\nbecome = "doas"\n{ask}'
    host = one(tmp_path, "w ansible_become=yes", table)
    assert (host.become, host.become_password.once) == (Become.DOAS, True)
    assert one(tmp_path, "w ansible_become=yes", f'become = "none"\n{table}').become is Become.NONE
    assert one(tmp_path, "w", context='become = "sudo"').become is Become.SUDO
    with pytest.raises(ConfigError, match="lower levels only tighten it"):
        one(tmp_path, "w", 'become = "sudo"', context='become = "none"')


def test_ssh_config_says_the_rest_of_an_address(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text(
        "Host 10.0.*\n User fromssh\n Port 2200\n ProxyJump gate\nHost gate\n HostName 192.0.2.1\n User g\n"
    )
    host = one(tmp_path, "w ansible_host=10.0.0.1 ansible_port=2222")
    assert (host.user, host.port, host.jump) == ("fromssh", 2222, ("gate",))
    assert (host.bastions[0].target, host.bastions[0].user) == ("192.0.2.1", "g")
    assert one(tmp_path, "w ansible_host=10.0.0.1", 'ssh_config = ""').jump == ()


def test_a_selector_chooses_among_its_hosts(tmp_path: Path) -> None:
    text = "[web]\nw[1:3]\n[db]\nd1\n"
    assert [h.name for h in fleet(tmp_path, text, 'hosts = "@web,!w2"').hosts] == ["w1", "w3"]
    with pytest.raises(ConfigError, match=r"fleet.toml:5: ansible.hosts: '@wab' matches no host of hosts"):
        fleet(tmp_path, text, 'hosts = "@wab"')


def test_the_program_is_asked_where_it_is_installed_and_our_reader_gives_the_lines(tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/web.yml").write_text("ansible_user: ops\n")
    host = fleet(tmp_path, "[web]\nw ansible_host=10.0.0.1 ansible_port=x\n", path=PROGRAMS).hosts[0]
    assert (host.user, str(host.origin)) == ("ops", f"{tmp_path}/hosts:2")
    assert f"ansible_port at {tmp_path}/hosts:2 'x' is not a port" in host.refusal


def test_a_program_as_inventory_is_asked_through_ansible_and_refused_without(tmp_path: Path) -> None:
    script = tmp_path / "hosts"
    script.write_text("")
    script.chmod(0o755)
    text = '#!/bin/sh\ntouch ran\necho \'{"dyn": {"hosts": ["d1"]}, "_meta": {"hostvars": {"d1": {"ansible_user": "u"}}}}\'\n'
    host = fleet(tmp_path, text, path=PROGRAMS).hosts[0]
    assert (host.name, host.groups, host.user) == ("d1", ("dyn",), "u")
    (tmp_path / "ran").unlink()
    for table, path in (("static = true", PROGRAMS), ("", "")):
        with pytest.raises(ConfigError, match=r"hosts:1: is a program, which is not run here"):
            fleet(tmp_path, text, table, path=path)
    assert not (tmp_path / "ran").exists()


def test_what_ansible_says_of_a_broken_source_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ansible-inventory ended with \d+: .*"):
        fleet(tmp_path, "[web\nw x y\n", path=PROGRAMS)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 3", "ansible-inventory ended with 3: it says nothing"),
        ("echo no vault password >&2; exit 4", "ansible-inventory ended with 4: no vault password"),
        ("echo half {", "printed no JSON"),
        ("echo '[]'", "printed something else than an object here"),
        ('echo \'{"web": {"hosts": 3}}\'', "printed something else than names here"),
    ],
)
def test_a_program_of_that_name_that_misbehaves_is_one_sentence(tmp_path: Path, script: str, words: str) -> None:
    """A script in place of the program: these failures cannot be had from the real one."""
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/ansible-inventory"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    with pytest.raises(ConfigError) as caught:
        fleet(tmp_path, "w\n", path=f"{tmp_path}/bin:/usr/bin:/bin")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[web\nw\n", 1, "is no host"),
        ("[web x]\n", 1, "is no section"),
        ("[web:hats]\n", 1, "a section is [group]"),
        ("[web]\nw x\n", 2, "must be key=value"),
        ("[web]\nw a='b\n", 2, "is no host: No closing quotation"),
        ("[web:vars]\nx=1\n", 1, "declared nowhere"),
        ("[web:children]\ndb\n", 2, "declared nowhere"),
        ("[web]\n[web:children]\nweb\n", 3, "would lie below itself"),
        ("[a:children]\nb\n[b:children]\na\n", 4, "would lie below itself"),
        ("w[3:x]\n", 1, "must be a range"),
        ("w[1:99999]\n", 1, "more than 10000 hosts"),
        ("w[1:999][1:999]\n", 1, "more than 10000 hosts"),
        ("[web]\n---\n", 2, "looks like YAML"),
        ("[web:vars]\nlonely\n[web]\n", 2, "must be key=value"),
        ("[web]\nw\n[web:vars]\nansible_group_priority=high\n", 4, "is not a whole number"),
    ],
)
def test_every_mistake_in_ini_names_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        fleet(tmp_path, text)
    assert words in str(caught.value)
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "hosts"), line)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("web:\n  hosts: [a, b]\n", 2, "must be a mapping"),
        ("web:\n  hosts:\n    a: 3\n", 3, "must be variables of the host"),
        ("web:\n  host:\n    a:\n", 2, "'host' is none of them"),
        ("web: 3\n", 1, "must be a group"),
        ("- web\n", 1, "must be groups"),
        ("web:\n  hosts:\n   a:\n  - b\n", 4, "not YAML"),
        ("web: &a\n  children:\n    x: *a\n", 1, "within itself"),
        ("web: {hosts: {'a[1:': }}\n", 1, "a colon stands before a port"),
        ("plugin: amazon.aws.aws_ec2\nregions: [eu]\n", 1, "which only Ansible can ask"),
        ("web: !!python/object:os.system {}\n", 1, "is not read here"),
        ("web:\n  vars:\n    x: !!python/name:os.system\n", 3, "not YAML"),
        ("web:\n  vars:\n    x: 2001-99-99\n", 3, "month must be in"),
        ("a: \x01\n", 1, "not YAML"),
    ],
)
def test_every_mistake_in_yaml_names_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        fleet(tmp_path, text, name="hosts.yml")
    assert words in str(caught.value)
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "hosts.yml"), line)


def test_a_source_that_is_not_there_is_said_and_an_empty_one_has_no_hosts(tmp_path: Path) -> None:
    assert fleet(tmp_path, "").hosts == ()
    (tmp_path / "hosts").unlink()
    with pytest.raises(ConfigError, match=r"fleet.toml:5: ansible.source: .*/hosts is not there"):
        load_fleet(tmp_path / "fleet.toml", home=tmp_path, environ={})


@pytest.mark.parametrize(
    ("pattern", "names", "port"),
    [
        ("w[08:10]", ["w08", "w09", "w10"], 0),
        ("w[a:c]:22", ["wa", "wb", "wc"], 22),
        ("w[1:9:4].x", ["w1.x", "w5.x", "w9.x"], 0),
        ("[:2]", ["0", "1", "2"], 0),
        ("2001:db8::1", ["2001:db8::1"], 0),
        ("[2001:db8::1]:99", ["2001:db8::1"], 99),
        ("10.0.0.1:99", ["10.0.0.1"], 99),
    ],
)
def test_ranges_and_ports(pattern: str, names: list[str], port: int) -> None:
    assert expand(pattern) == (names, port)
