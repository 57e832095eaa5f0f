"""CanonicalizeHostname: short names become full ones as ssh_config(5) says, and a silent resolver is a sentence."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from clawtui.fleet.inventory.ssh_config import SshConfig
from clawtui.fleet.ssh_config import canonical
from clawtui.fleet.ssh_config.canonical import Resolver

ROOT = Path(__file__).parents[3]
CONFIG = """CanonicalizeHostname yes
CanonicalDomains corp.example lab.example
CanonicalizePermittedCNAMEs *.corp.example:*.cdn.example
Host *.corp.example
 User corp
Host *.lab.example
 User lab
 Port 2022
Host lb-*.cdn.example
 Port 2200
Match canonical host *.example
 Port 4022
Host short
 HostName web
Host proxied
 HostName web
 ProxyCommand nc %h %p
Match final host plain
 User final
"""


@pytest.mark.root
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"Hostname yes": "Hostname always"},
        {"CanonicalizePermittedCNAMEs": "#"},
        {"Hostname yes": "Hostname no", "CanonicalizePermittedCNAMEs": "#"},
        {"corp.example lab": "lab"},
        {"CanonicalDomains corp": "CanonicalizeMaxDots 2\nCanonicalDomains corp"},
        {"CanonicalDomains corp": "CanonicalizeFallbackLocal no\nCanonicalDomains corp"},
    ],
)
def test_names_are_completed_as_ssh_completes_them(tmp_path: Path, changes: dict[str, str]) -> None:
    text = CONFIG
    for before, after in changes.items():
        text = text.replace(before, after, 1)
    config = tmp_path / "config"
    config.write_text(text)
    hosts = ["web", "db", "www", "mail", "short", "proxied", "plain", "nowhere", "a.b.c", "WEB", "web.corp.example."]
    argv = ["unshare", "--net", "--mount", sys.executable, "-m", "tests.engine.fleet.own_dns", str(config), *hosts]
    done = subprocess.run(argv, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.returncode == 0, done.stderr
    both = json.loads(done.stdout)
    assert {name: said["ours"] for name, said in both.items()} == {name: said["ssh"] for name, said in both.items()}


def ours(tmp_path: Path, text: str, **names: str) -> SshConfig:
    (tmp_path / "config").write_text(text)
    known = {f"{name.replace('_', '.')}.": value for name, value in names.items()}
    return SshConfig(tmp_path / "config", tmp_path, {}, system=None, lookup=known.get)


def test_a_full_name_brings_its_own_lines(tmp_path: Path) -> None:
    host = ours(tmp_path, CONFIG, db_lab_example="db.lab.example").host("db")
    assert (host.target, host.user, host.port) == ("db.lab.example", "lab", 2022)


def test_a_name_in_no_domain_is_refused_where_falling_back_is(tmp_path: Path) -> None:
    host = ours(tmp_path, CONFIG + "Host *\n CanonicalizeFallbackLocal no\n").host("gone")
    assert "gone is in none of CanonicalDomains" in host.refusal
    assert "config:1" in host.refusal


def test_nothing_is_looked_up_where_nothing_may_be_asked(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(CONFIG)
    host = SshConfig(tmp_path / "config", tmp_path, {}, system=None, lookup=None).host("web")
    assert (host.target, host.refusal) == ("web", "")


def test_a_silent_resolver_is_asked_once_and_refuses_every_host_that_needs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's resolver made silent here: a double, because a name server that hangs cannot be had without root."""
    asked, free = list[str](), threading.Event()

    def hangs(name: str) -> None:
        asked.append(name)
        free.wait()

    monkeypatch.setattr(canonical, "_canonical_name", hangs)
    (tmp_path / "config").write_text(CONFIG)
    config = SshConfig(tmp_path / "config", tmp_path, {}, system=None, lookup=Resolver(deadline_s=0.05))
    hosts = [config.host(name) for name in ("web", "db")]
    free.set()
    assert asked == ["web.corp.example."]
    assert "the resolver did not say within 0.05 s what web.corp.example. is" in hosts[0].refusal
    assert "the resolver did not answer before" in hosts[1].refusal


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("127.1", "127.0.0.1"),
        ("2001:db8:0:0::1", "2001:db8::1"),
        ("1.2.3.4.5", "1.2.3.4.5"),
        ("fe80::1%%x", "fe80::1%x"),
    ],
)
def test_an_address_is_dialled_in_its_usual_form(tmp_path: Path, written: str, dialled: str) -> None:
    assert ours(tmp_path, f"Host a\n HostName {written}\n").host("a").target == dialled
