"""fleet.toml: what it means, and that every mistake names file, line, key and what is allowed."""

import json
import re
from pathlib import Path

import pytest

from clawtui.errors import ConfigError
from clawtui.fleet.context import load_fleet
from clawtui.fleet.host import AgentUse, Become, Kind

EXAMPLE = Path(__file__).parents[3] / "config/fleet.example.toml"
HEAD = 'version = 1\n[context]\nname = "t"\nkind = "dev"\n'


def loaded(tmp_path: Path, text: str, home: Path | None = None):
    path = tmp_path / "fleet.toml"
    path.write_text(text)
    return load_fleet(path, home=home or tmp_path, environ={})


def test_the_example_is_valid_and_means_what_its_comments_say(tmp_path: Path) -> None:
    ssh = tmp_path / ".ssh"
    ssh.mkdir()
    (ssh / "config").write_text("Host lab-1 other\n  User lab\n")
    fleet = load_fleet(EXAMPLE, home=tmp_path, environ={})
    names = [host.name for host in fleet.hosts]
    assert names == ["bastion", "web-1", *(f"gpu-{n:02d}" for n in range(1, 9)), "lab-1"]
    web, gpu, lab = fleet.hosts[1], fleet.hosts[2], fleet.hosts[-1]
    assert (fleet.name, fleet.policy.kind, fleet.policy.read_only, fleet.policy.become) == (
        "bots",
        Kind.STAGING,
        True,
        Become.SUDO,
    )
    assert (web.address, web.user, web.jump, web.labels) == ("10.0.0.11", "ops", ("bastion",), {"rack": "r1"})
    assert (web.services[0].name, web.services[0].unit, web.become) == ("bot", "bot.service", Become.SUDO)
    assert (gpu.address, gpu.groups, gpu.services) == ("gpu-01.internal", ("gpu",), ())
    assert (lab.user, lab.groups) == ("lab", ("lab",))
    assert fleet.host("web-1.internal") is web
    assert fleet.hosts[0].jump == ()


def test_the_inventories_that_the_example_leaves_out_mean_what_they_say(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text("Host lab-1\n  User lab\n")
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory/hosts").write_text("[web]\nweb-[8:9] rack=r8\n")
    text = EXAMPLE.read_text().replace("# [[", "[[")
    keys = ("source", "hosts", "static", "label_vars", "ssh_config", "groups", "run", "timeout_s")
    text = re.sub(rf"^# ((?:{'|'.join(keys)}) = )", r"\1", text, flags=re.MULTILINE)
    printed = "".join(line[2:] for line in re.findall(r"^# (?:\{| {2}\"\w).*\n", text, re.MULTILINE)).partition(
        "    only"
    )[0]
    document = json.loads(printed)
    document["hosts"][0] |= {"name": "cmdb-1", "address": "10.0.0.99", "groups": []}
    (tmp_path / "cmdb.py").write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(document)}\nEND\n")
    (tmp_path / "cmdb.py").chmod(0o755)
    fleet = loaded(tmp_path, text)
    web, cmdb = fleet.host("web-8"), fleet.host("cmdb-1")
    assert web
    assert cmdb
    assert (web.groups, web.labels) == (("web", "lab"), {"rack": "r8"})
    assert (cmdb.user, cmdb.jump, [service.name for service in cmdb.services]) == ("ops", ("bastion",), ["bot"])
    assert fleet.host("web-9") is None


def test_a_file_without_a_kind_is_prod_read_only_and_asks(tmp_path: Path) -> None:
    fleet = loaded(tmp_path, 'version = 1\n[[host]]\nname = "a"\n')
    assert fleet.name == "fleet"
    assert (fleet.policy.kind, fleet.policy.read_only, fleet.policy.confirm) == (Kind.PROD, True, True)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("version = 1\n[[host]\n", 2, "not TOML"),
        ('[context]\nname = "a"\n', 0, "write version = 1"),
        ('version = 2\n[[new]]\nthing = "x"\n', 1, "2 is of a newer clawtui, this one reads 1: upgrade clawtui here"),
        ("version = 1\nhosts = 3\n", 2, "unknown key; did you mean host?"),
        (HEAD + "red_only = true\n", 5, "context.red_only: unknown key; did you mean read_only?"),
        (HEAD + '\n[[host]]\nname = "a"\nadress = "x"\n', 8, "host.adress: unknown key; did you mean address?"),
        ('version = 1\n[context]\nkind = "production"\n', 3, "must be one of prod, staging, dev, not 'production'"),
        ("version = 1\n[context]\nconfirm = false\n", 3, "prod always asks"),
        (HEAD + "read_only = 1\n", 5, "must be true or false, not 1"),
        (HEAD + "[[host]]\nport = 22\n", 5, "needs either name"),
        (HEAD + '[[host]]\nname = "a"\nport = 70000\n', 7, "must be a whole number from 1 to 65535"),
        (HEAD + '[[host]]\nname = "a"\nport = "22"\n', 7, "must be a whole number"),
        (HEAD + '[[host]]\nname = "a b"\n', 6, "is not a host name"),
        (HEAD + '[[host]]\nname = "-oProxyCommand=x"\n', 6, "is not a host name"),
        (HEAD + '[[host]]\nname = "a"\naddress = "-oX"\n', 7, "is not a host name or address"),
        (HEAD + '[[host]]\nname = "a"\naddress = "me@b"\n', 7, "the login goes to user"),
        (HEAD + '[[host]]\nname = "a"\ngroups = "web"\n', 7, "must be a list of texts"),
        (HEAD + '[[host]]\nname = "a"\nlabels = { rack = 1 }\n', 7, "must map names to texts"),
        (HEAD + '[[host]]\nname = "a"\njump = ["a b"]\n', 7, "user@host:port"),
        (HEAD + '[[host]]\nname = "a"\n[[host]]\nname = "b"\naliases = ["a"]\n', 7, "already at line 5"),
        (HEAD + '[[host]]\nnames = "a-[3:1]"\n', 6, "must run upwards"),
        (HEAD + '[[host]]\nnames = "a-[1:x]"\n', 6, "a range is written"),
        (HEAD + '[[host]]\nnames = "a-[1:99999]"\n', 6, "at most 10000"),
        (HEAD + '[[host]]\nnames = "a-[1:2]"\naliases = ["x"]\n', 7, "cannot be given to a range"),
        (HEAD + 'become = "none"\n[[host]]\nname = "a"\nbecome = "sudo"\n', 8, "only tighten"),
        (HEAD + 'become = "none"\n[defaults]\nbecome = "doas"\n', 7, "only tighten"),
        (
            HEAD + 'become = "none"\n[group.g]\nbecome = "sudo"\n[[host]]\nname = "a"\ngroups = ["g"]\n',
            7,
            "only tighten",
        ),
        (HEAD + "[group.g]\nport = 22\n", 6, "unknown key"),
        (HEAD + "[group]\ng = 1\n", 6, "must be a table, written [group.g]"),
        (HEAD + 'become = "su"\n', 5, "none, sudo, doas"),
        (HEAD + 'become_password = "hunter2"\n', 5, "names no place for a password"),
        (HEAD + 'become_password = { ask = "never" }\n', 5, "names no place for a password"),
        (HEAD + "become_password = { command = [] }\n", 5, "names no place for a password"),
        (HEAD + 'become_password = { file = "a", ask = "once" }\n', 5, "names no place for a password"),
        (HEAD + '[[host]]\nname = "a"\nuser = "x\\u001b"\n', 7, "without control characters"),
        (HEAD + '[[host]]\nname = "a"\njump = ["b"]\n[[host]]\nname = "b"\njump = ["a"]\n', 5, "write jump = []"),
        (HEAD + '[[host]]\nname = "a"\n[[service]]\nname = "s"\n', 8, "needs unit, cgroup, pid_file or compose"),
        (
            HEAD + '[[host]]\nname = "a"\n[[service]]\nname = "s"\nunit = "u"\ncgroup = "c"\n',
            10,
            "both unit and cgroup",
        ),
        (HEAD + '[[host]]\nname = "a"\n[[service]]\nname = "s"\nmetrics = "localhost"\n', 9, "must be a URL"),
        (HEAD + '[[host]]\nname = "a"\n[[service]]\nname = "s"\nhosts = "@wab"\nunit = "u"\n', 7, "matches no host"),
        (HEAD + "[[ssh_config]]\n", 5, "names no hosts"),
        (HEAD + '[[ssh_config]]\nhosts = ["a"]\n', 5, "is not there"),
        (HEAD + "[host]\n", 5, "must be a list of tables, written [[host]]"),
        ("version = 1\ncontext = 3\n", 2, "must be a table, written [context]"),
        (HEAD + 'x = """\n[[host]]\n"""\n', 5, "context.x: unknown key"),
    ],
)
def test_every_mistake_names_file_line_and_what_is_allowed(tmp_path: Path, text: str, line: int, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, text)
    assert words in str(caught.value)
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "fleet.toml"), line)


def test_ranges_multiply_and_keep_their_width(tmp_path: Path) -> None:
    fleet = loaded(tmp_path, HEAD + '[[host]]\nnames = "r[1:2]-n[08:10]"\naddress = "{name}.x"\n')
    assert [host.name for host in fleet.hosts] == ["r1-n08", "r1-n09", "r1-n10", "r2-n08", "r2-n09", "r2-n10"]
    assert fleet.hosts[0].address == "r1-n08.x"


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_fleet(tmp_path / "absent.toml")
    (tmp_path / "latin.toml").write_bytes(b"version = 1 # \xe4\n")
    with pytest.raises(ConfigError, match="is not UTF-8"):
        load_fleet(tmp_path / "latin.toml")


def test_the_password_of_the_nearest_level_counts_and_files_are_found_beside_the_fleet_file(tmp_path: Path) -> None:
    text = HEAD + 'become = "sudo"\nbecome_password = { ask = "once" }\n[[host]]\nname = "a"\n'
    text += '[[host]]\nname = "b"\nbecome = "doas"\nbecome_password = { file = "pw" }\n'
    a, b = loaded(tmp_path, text).hosts
    assert (a.become, a.become_password.once, a.become_password.shared) == (Become.SUDO, True, True)
    assert (b.become, b.become_password.file) == (Become.DOAS, str(tmp_path / "pw"))


def test_a_password_written_into_the_fleet_file_is_refused_without_being_repeated(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, HEAD + 'become_password = "hunter2"\n')
    assert "hunter2" not in str(caught.value)


def test_groups_say_how_root_is_reached_and_the_host_has_the_last_word(tmp_path: Path) -> None:
    text = HEAD + '[defaults]\nbecome = "sudo"\n[group.gpu]\nbecome = "doas"\nbecome_password = { ask = "once" }\n'
    text += '[group.odd]\nbecome = "none"\n[[host]]\nname = "a"\n[[host]]\nname = "b"\ngroups = ["gpu"]\n'
    text += '[[host]]\nname = "c"\ngroups = ["gpu", "odd"]\n[[host]]\nname = "d"\ngroups = ["odd"]\nbecome = "doas"\n'
    hosts = loaded(tmp_path, text).hosts
    assert [host.become.value for host in hosts] == ["sudo", "doas", "none", "doas"]
    assert [host.become_password.once for host in hosts] == [False, True, True, False]


def test_whether_an_agent_may_be_there_is_said_by_context_defaults_group_host_and_ssh_config(tmp_path: Path) -> None:
    (tmp_path / "ssh").write_text("Host lab-1\n")
    text = f"""{HEAD}[defaults]
agent = "temporary"
[[host]]
name = "a"
[[host]]
names = "b-[1:2]"
agent = "none"
[[host]]
name = "c"
agent = "auto"
[[host]]
name = "d"
groups = ["closed"]
[group.closed]
agent = "none"
[[ssh_config]]
file = "ssh"
hosts = ["lab-*"]
agent = "none"
"""
    uses = {host.name: host.agent for host in loaded(tmp_path, text).hosts}
    assert uses == {
        "a": AgentUse.TEMPORARY,
        "b-1": AgentUse.NONE,
        "b-2": AgentUse.NONE,
        "c": AgentUse.AUTO,
        "d": AgentUse.NONE,
        "lab-1": AgentUse.NONE,
    }


@pytest.mark.parametrize(("context", "below"), [("none", "temporary"), ("none", "auto"), ("temporary", "auto")])
def test_where_the_context_forbids_an_agent_no_host_allows_it(tmp_path: Path, context: str, below: str) -> None:
    host = f'[[host]]\nname = "a"\nagent = "{below}"\n'
    with pytest.raises(ConfigError, match=rf'host.agent: \[context\] says agent = "{context}"') as caught:
        loaded(tmp_path, f'{HEAD}agent = "{context}"\n{host}')
    assert caught.value.line == 8
    assert loaded(tmp_path, f'{HEAD}agent = "{context}"\n[[host]]\nname = "a"\n').hosts[0].agent == context
