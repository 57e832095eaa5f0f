"""ssh_config read as `ssh` reads it: compared with `ssh -G`, and what is not honoured is never silent."""

import shutil
import subprocess
from pathlib import Path

import pytest

from clawtui.errors import ConfigError
from clawtui.fleet.host import Transport
from clawtui.fleet.inventory.ssh_config import SshConfig
from clawtui.fleet.ssh_options import demand_of

CORPUS = {
    "first value wins": "Host web\n User one\n Port 2201\nHost w*\n User two\n HostName %h.example\nHost *\n Port 9\n",
    "equals and case": "host=web\n hostname = 10.1.1.1\n PORT=2022\n\tUser   ops\n",
    "quotes": 'Host "web"\n User "a b"\n IdentityFile "/tmp/my key"\n',
    "comments": "# all\nHost web # trailing\n User ops # me\n  # indented\n",
    "negation": "Host * !web\n User others\nHost w?b !db\n User mine\n",
    "negated only": "Host !db\n User never\n",
    "several patterns": "Host db web cache\n User several\nHost *b\n Port 23\n",
    "identities add up": "Host web\n IdentityFile ~/.ssh/one\nHost *\n IdentityFile ~/two\n IdentityFile /k/%h-%r-%p\n User u\n",
    "global lines": "User everyone\nHost web\n User web\n",
    "match host": "Host web\n HostName real.example\nMatch host real.*\n User real\nMatch host web\n User never\n",
    "match originalhost": "Host web\n HostName real.example\nMatch originalhost web user root\n Port 24\n",
    "match all": "Match all\n User all\n",
    "match negated": "Match !host db\n User notdb\nMatch host !web,*\n Port 3\n",
    "match list": "Match originalhost db,we*\n Port 77\n",
    "jump": "Host web\n ProxyJump gate\nHost gate\n HostName 1.2.3.4\n User g\n",
    "jump chain": "Host web\n ProxyJump me@a:2200,b\n",
    "jump none": "Host web\n ProxyJump none\nHost *\n ProxyJump gate\n",
    "jump after command": "Host web\n ProxyCommand nc %h %p\n ProxyJump gate\n",
    "command after jump": "Host web\n ProxyJump gate\n ProxyCommand nc %h %p\n",
    "include": "Include {folder}/more/*.conf\nHost web\n User late\n",
    "include in a block": "Host db\n Include {folder}/more/*.conf\nHost web\n User right\n",
    "include in our block": "Host web\n Include {folder}/more/*.conf\n Port 5\n",
    "tokens": "Host web\n HostName %h.%%x.example\n User u%u\n",
    "ip": "Host web\n HostName 2001:db8::1\n Port 22\n",
    "tabs and carriage returns": "Host\tweb\r\n\tUser\tops\r\n",
}


def lay_out(tmp_path: Path, text: str) -> Path:
    (tmp_path / "more").mkdir()
    (tmp_path / "more/a.conf").write_text("Host web\n User included\n Port 4242\n")
    (tmp_path / "more/b.conf").write_text("Port 1\nHost *\n IdentityFile /inc/key\n")
    path = tmp_path / "config"
    path.write_bytes(text.replace("{folder}", str(tmp_path)).encode())
    path.chmod(0o600)
    return path


@pytest.mark.skipif(not shutil.which("ssh"), reason="no OpenSSH client here to compare with")
@pytest.mark.parametrize("name", CORPUS)
def test_it_agrees_with_openssh(tmp_path: Path, name: str) -> None:
    path = lay_out(tmp_path, CORPUS[name])
    said = subprocess.run(["ssh", "-G", "-F", str(path), "web"], capture_output=True, text=True)
    assert not said.returncode, said.stderr
    theirs: dict[str, list[str]] = {}
    for line in said.stdout.splitlines():
        key, _, value = line.partition(" ")
        theirs.setdefault(key, []).append(value)
    host = SshConfig(path, Path.home(), {}, system=None).host("web")
    assert [host.address or "web"] == theirs["hostname"]
    assert [str(host.port)] == theirs["port"]
    assert [host.user or theirs["user"][0]] == theirs["user"]
    assert ",".join(host.jump) == theirs.get("proxyjump", [""])[0]
    assert bool(host.ssh_options.get("proxycommand")) == ("proxycommand" in theirs)
    if host.identities:
        assert [expanded(file, host.address or "web", host.user, host.port) for file in theirs["identityfile"]] == list(
            host.identities
        )
    else:
        assert "~/.ssh/id_ed25519" in theirs["identityfile"]


def expanded(file: str, address: str, user: str, port: int) -> str:
    """-G prints files before tokens are put in."""
    file = file.replace("%h", address).replace("%r", user).replace("%p", str(port)).replace("%n", "web")
    return file.replace("~", str(Path.home()), 1) if file.startswith("~") else file


def config(tmp_path: Path, text: str) -> SshConfig:
    return SshConfig(lay_out(tmp_path, text), tmp_path, {"KEYS": "/keys"}, system=None)


@pytest.mark.parametrize(
    "line",
    [
        "KnownHostsCommand /bin/keys %H",
        "SecurityKeyProvider /lib/sk.so",
        "RevokedHostKeys /etc/ssh/krl",
        "PKCS11Provider /lib/p11.so",
        "CASignatureAlgorithms ssh-ed25519",
        "RequiredRSASize 4096",
        "ProxyUseFdpass yes",
        "PubkeyAuthentication no",
        "PreferredAuthentications gssapi-with-mic,password",
        "GSSAPIAuthentication yes",
        "PubkeyAcceptedAlgorithms ssh-ed25519",
        "BindInterface eth1",
    ],
)
def test_an_option_that_only_the_systems_ssh_has_chooses_it_by_name_file_and_line(tmp_path: Path, line: str) -> None:
    host = config(tmp_path, f"Host web\n User u\n {line}\n").host("web")
    assert f"{line} at {tmp_path}/config:3" in (host.transport_why or host.refusal)
    assert bool(host.transport_why) is (host.transport is Transport.OPENSSH)
    assert host.ssh_config == f"{tmp_path}/config"


def test_match_exec_is_refused_by_name_and_runs_nothing(tmp_path: Path) -> None:
    ours = config(tmp_path, f'Match originalhost web exec "touch {tmp_path}/ran"\n User u\n')
    assert f"Match exec at {tmp_path}/config:1 is not evaluated" in ours.host("web").refusal
    assert "match_exec = true" in ours.host("web").refusal
    assert not ours.host("db").refusal  # the criterion before it already says no
    assert not (tmp_path / "ran").exists()


def test_match_exec_runs_once_for_the_same_command_where_it_is_allowed(tmp_path: Path) -> None:
    text = f'Match exec "echo %n >>{tmp_path}/ran"\n User u\nMatch exec "echo %n >>{tmp_path}/ran; exit 3"\n Port 3\n'
    ours = SshConfig(lay_out(tmp_path, text), tmp_path, {}, system=None, match_exec=True)
    assert [(h.user, h.port) for h in (ours.host("web"), ours.host("web"), ours.host("db"))] == [("u", 22)] * 3
    assert (tmp_path / "ran").read_text().split() == ["web", "web", "db", "db"]


def test_match_exec_that_does_not_end_refuses_the_host_and_leaves_nothing(tmp_path: Path) -> None:
    text = f'Match exec "echo $$ >{tmp_path}/pid; sleep 60"\n User u\n'
    ours = SshConfig(lay_out(tmp_path, text), tmp_path, {}, system=None, match_exec=True)
    ours._match.deadline_s = 0.3
    assert f"Match exec at {tmp_path}/config:1 gave no answer within 0.3 s" in ours.host("web").refusal
    pid = int((tmp_path / "pid").read_text())
    assert not Path(f"/proc/{pid}").exists()


def test_criteria_that_are_not_evaluated_refuse_the_host_by_name(tmp_path: Path) -> None:
    text = "Match originalhost web localnetwork 10.0.0.0/8\n User u\nMatch originalhost web !version x\n User v\n"
    host = config(tmp_path, text).host("web")
    assert "Match localnetwork at" in host.refusal
    assert "Match version at" in host.refusal
    assert not host.user  # neither the criterion nor its opposite holds


def test_a_tag_chooses_match_blocks(tmp_path: Path) -> None:
    ours = config(tmp_path, "Host web\n Tag prod,x\nMatch tagged prod*\n User p\nMatch !tagged prod*\n User other\n")
    assert (ours.host("web").user, ours.host("db").user) == ("p", "other")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ForwardAgent yes", "agent forwarding is off"),
        ("StrictHostKeyChecking no", "unknown host keys are asked about"),
        ("StrictHostKeyChecking off", "unknown host keys are asked about"),
        ("StrictHostKeyChecking accept-new", "unknown host keys are asked about"),
        ("GSSAPIAuthentication yes", "Kerberos logins are tried by the openssh link only"),
        ("VerifyHostKeyDNS yes", "keys from DNS are not trusted"),
        ("PermitLocalCommand yes", "no local command is run"),
        ("NoHostAuthenticationForLocalhost yes", "localhost must show its key too"),
        ("Compression yes", "Compression yes"),
        ("ControlMaster auto", "ControlMaster auto"),
        ("SomethingNew yes", "SomethingNew yes"),
    ],
)
def test_what_is_tightened_or_left_out_is_said(tmp_path: Path, line: str, words: str) -> None:
    host = config(tmp_path, f"Host web\n {line}\n").host("web")
    assert not host.refusal
    assert words in host.ssh_options["left out"]
    assert f"{tmp_path}/config:2" in host.ssh_options["left out"]


@pytest.mark.parametrize(
    "line", ["KnownHostsCommand none", "ForwardAgent no", "RevokedHostKeys none", "PasswordAuthentication no"]
)
def test_options_that_ask_for_nothing_are_nothing(tmp_path: Path, line: str) -> None:
    host = config(tmp_path, f"Host web\n {line}\n").host("web")
    assert not host.refusal
    assert "left out" not in host.ssh_options


def test_an_option_for_other_hosts_does_not_refuse_this_one(tmp_path: Path) -> None:
    ours = config(tmp_path, "Host db\n KnownHostsCommand /x\nHost web\n User u\n")
    assert ours.host("web").transport is Transport.ASYNCSSH
    assert ours.host("db").transport is Transport.OPENSSH


def test_what_a_distribution_ships_for_everybody_is_no_wish(tmp_path: Path) -> None:
    assert not demand_of("GSSAPIAuthentication", ("yes",), "/etc/ssh/ssh_config:53")
    assert demand_of("GSSAPIAuthentication", ("yes",), "~/.ssh/config:3")
    assert demand_of("KnownHostsCommand", ("/bin/keys", "%H"), "/etc/ssh/ssh_config:3")


@pytest.mark.parametrize("value", ["password,keyboard-interactive", "publickey"])
def test_ways_in_that_every_link_has_choose_nothing(tmp_path: Path, value: str) -> None:
    host = config(tmp_path, f"Host web\n PreferredAuthentications {value}\n").host("web")
    assert (host.transport, host.refusal) == (Transport.ASYNCSSH, "")
    assert host.ssh_options["preferredauthentications"] == value


def test_a_refused_bastion_refuses_what_lies_behind_it(tmp_path: Path) -> None:
    host = config(tmp_path, "Host web\n ProxyJump gate\nHost gate\n PreferredAuthentications hostbased\n").host("web")
    assert host.refusal.startswith("bastion gate: PreferredAuthentications hostbased")


def test_a_bastion_is_resolved_in_the_same_file_and_overridden_by_the_jump(tmp_path: Path) -> None:
    host = config(tmp_path, "Host web\n ProxyJump me@gate:99\nHost gate\n HostName 1.2.3.4\n User g\n Port 7\n").host(
        "web"
    )
    assert [(b.name, b.address, b.user, b.port) for b in host.bastions] == [("me@gate:99", "1.2.3.4", "me", 99)]


def test_bastions_in_a_circle_end(tmp_path: Path) -> None:
    host = config(tmp_path, "Host web\n ProxyJump gate\nHost gate\n ProxyJump web\n").host("web")
    assert "leads back to web" in host.refusal


def test_a_pattern_that_matches_its_own_jump_host_ends(tmp_path: Path) -> None:
    host = config(tmp_path, "Host *.eu\n ProxyJump gate.%h\n").host("web.eu")
    assert "more than 8 jump hosts" in host.refusal


def test_the_jump_knows_its_line(tmp_path: Path) -> None:
    host = config(tmp_path, "Host web\n User u\nHost *\n ProxyJump gate\n").host("web")
    assert (host.origin.line, host.jump_origin.line) == (2, 4)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("IdentityFile ~/%z", "%z stands for nothing here"),
        ("IdentityFile ${NOT_SET_ANYWHERE}/key", "${NOT_SET_ANYWHERE} is not set in the environment"),
        ("CertificateFile ~nobody-has-this-name/cert", "is no user of this machine"),
        ("UserKnownHostsFile /known/%", "% stands for nothing here"),
        ("HostName %n.example", "%n stands for nothing here"),
        ("ProxyCommand nc %q", "%q stands for nothing here"),
        ("ProxyJump gate-%q", "%q stands for nothing here"),
    ],
)
def test_what_stands_for_nothing_refuses_the_host_by_option_file_and_line(
    tmp_path: Path, line: str, words: str
) -> None:
    ours = config(tmp_path, f"Host web\n {line}\n")
    assert f"{line} at {tmp_path}/config:2: " in ours.host("web").refusal
    assert words in ours.host("web").refusal
    assert not ours.host("db").refusal


def test_the_agent_may_be_named_by_a_variable(tmp_path: Path) -> None:
    ours = config(
        tmp_path, "Host a\n IdentityAgent $KEYS\nHost b\n IdentityAgent ${KEYS}/s\nHost c\n IdentityAgent $NO\n"
    )
    assert [ours.host(name).ssh_options["identityagent"] for name in "abc"] == ["/keys", "/keys/s", "none"]


def test_include_is_relative_to_the_users_folder(tmp_path: Path) -> None:
    (tmp_path / ".ssh/conf.d").mkdir(parents=True)
    (tmp_path / ".ssh/conf.d/x").write_text("Host web\n User found\n")
    assert config(tmp_path, "Include conf.d/*\nInclude conf.d\n").host("web").user == "found"


def test_paths_know_home_tokens_and_variables(tmp_path: Path) -> None:
    text = "Host web\n IdentityFile ~/k/%n\n CertificateFile ${KEYS}/%r-cert.pub\n User u\n UserKnownHostsFile ~/kh /dev/null\n"
    host = config(tmp_path, text).host("web")
    assert host.identities == (f"{tmp_path}/k/web",)
    assert host.certificates == ("/keys/u-cert.pub",)
    assert host.known_hosts[:2] == (f"{tmp_path}/kh", "/dev/null")


def test_patterns_pick_hosts_that_are_written_out(tmp_path: Path) -> None:
    ours = config(
        tmp_path,
        "Host lab-1 lab-2 lab-*\n User u\nHost db\nInclude {folder}/more/*.conf\n".replace(
            "Host db\n", "Host db\n User d\n"
        ),
    )
    assert ours.names() == ("lab-1", "lab-2", "db", "web")
    assert [host.name for host in ours.pick(["lab-*", "!lab-2"])] == ["lab-1"]
    assert [host.name for host in ours.pick(["lab-9"])] == ["lab-9"]
    with pytest.raises(ConfigError, match="matches no Host"):
        ours.pick(["zz*"])


@pytest.mark.parametrize("text", ["Host\n", "Host web\n Port many\n", 'Host web\n User "open\n', "Host web\n Port 0\n"])
def test_a_broken_file_names_its_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(tmp_path, text).host("web")
    assert caught.value.line


def test_an_include_that_includes_itself_ends(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="goes too deep"):
        config(tmp_path, "Include {folder}/config\n").host("web")
