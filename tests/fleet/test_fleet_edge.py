"""What users of a service meet, from one service.toml to real hosts: HTTPS, rewritten paths, timers, files of others."""

import json
from pathlib import Path

import pytest

from tests.deploy.authority import made
from tests.deploy.operator import Operator
from tests.deploy.service import Source
from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]
CONF = "/etc/nginx/conf.d/clawtui-{name}.conf"
PROXY = """
[proxy]
names = ["{name}.test"]
tls = "{tls}"
http_port = 8080
https_port = 8443
rewrites = {{ "/v1/" = "/" }}
{more}
[[clean_up]]
path = "tmp"
match = "*.tmp"
older = "1h"
"""


@pytest.fixture
def operator(systemd: Testbed, tmp_path: Path) -> Operator:
    return Operator(tmp_path / "home", systemd)


def source(folder: Path, name: str, tls: str, more: str = "") -> Source:
    made = Source(folder / name, name, "h000")
    made.spec(more=PROXY.format(name=name, tls=tls, more=more))
    return made


def asked(bed: Testbed, name: str, url: str) -> str:
    """Through nginx, by the name of the service."""
    there = [word for port in (8080, 8443) for word in ("--resolve", f"{name}.test:{port}:127.0.0.1")]
    return bed.sh("h000", "curl", "-sk", "-o", "-", "-w", " %{http_code} %{redirect_url}", *there, url).stdout


def test_a_folder_answers_by_https_under_its_rewritten_paths_and_is_cleaned_by_a_timer(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot = source(tmp_path, "edge", "self-signed")
    first = operator.deploys("apply", str(bot.folder), "--yes")
    assert first.returncode == 0, first.stdout + first.stderr
    assert asked(systemd, "edge", "http://edge.test:8080/v1/x").endswith(" 308 https://edge.test:8443/v1/x")
    body, status, _ = asked(systemd, "edge", "https://edge.test:8443/v1/x").rsplit(" ", 2)
    assert (json.loads(body)["version"], status) == ("1", "200")
    systemd.sh("h000", "touch -d yesterday /srv/clawtui/edge/shared/tmp/a.tmp /srv/clawtui/edge/shared/tmp/a.txt")
    assert systemd.sh("h000", "systemctl is-enabled clawtui-edge-cleanup.timer").stdout == "enabled\n"
    assert systemd.sh("h000", "systemctl start clawtui-edge-cleanup").returncode == 0
    assert systemd.sh("h000", "ls /srv/clawtui/edge/shared/tmp").stdout == "a.txt\n"
    again = operator.deploys("apply", str(bot.folder), "--yes")
    assert (again.returncode, "nothing to do" in again.stderr) == (0, True), again.stderr

    # a site that somebody changed is shown, and written again
    systemd.sh("h000", f"echo '# by hand' >>{CONF.format(name='edge')}")
    plan = operator.deploys("plan", str(bot.folder))
    assert "-# by hand" in plan.stdout
    # without the proxy nobody is served any more, and nothing is deleted
    bot.spec()
    bare = operator.deploys("apply", str(bot.folder), "--yes")
    assert bare.returncode == 0, bare.stdout + bare.stderr
    assert asked(systemd, "edge", "https://edge.test:8443/").startswith(" 000")
    assert systemd.sh("h000", "ls /etc/systemd/system | grep edge-cleanup").stdout == ""


def test_files_of_somebody_else_are_a_conflict_until_they_are_adopted(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    bot = source(tmp_path, "taken", "off")
    systemd.sh("h000", f"echo '# not yours' >{CONF.format(name='taken')}")
    refused = operator.deploys("apply", str(bot.folder), "--yes")
    assert (refused.returncode, "adopt takes it over" in refused.stderr) == (77, True), refused.stderr
    assert "-# not yours" in operator.deploys("plan", str(bot.folder)).stdout
    assert operator.deploys("adopt", str(bot.folder), "--yes").returncode == 64
    adopted = operator.deploys("adopt", str(bot.folder), "h000", "--yes")
    assert adopted.returncode == 0, adopted.stdout + adopted.stderr
    assert asked(systemd, "taken", "http://taken.test:8080/v1/").endswith(" 200 ")
    assert operator.deploys("apply", str(bot.folder), "--yes").returncode == 0


def test_the_key_of_a_certificate_lies_in_its_own_place_and_nowhere_else(
    operator: Operator, systemd: Testbed, tmp_path: Path
) -> None:
    chain, key = made(tmp_path, "cert", "files.test", days=10)
    bot = source(tmp_path, "files", "files", f'certificate = "{chain}"\nkey = "{key}"')
    (tmp_path / "wrong").mkdir()
    other, _ = made(tmp_path / "wrong", "cert", "other.test")
    mistaken = source(tmp_path, "wrongs", "files", f'certificate = "{other}"\nkey = "{key}"')
    wrong = operator.deploys("apply", str(mistaken.folder), "--yes")
    assert (wrong.returncode, "is not the key of" in wrong.stderr) == (78, True), wrong.stderr
    plan = operator.deploys("plan", str(bot.folder))
    assert "the certificate ends" in plan.stdout
    done = operator.deploys("apply", str(bot.folder), "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 200 " in asked(systemd, "files", "https://files.test:8443/v1/x")
    line = key.read_text().splitlines()[1]
    held = systemd.sh("h000", f"grep -rl '{line}' /srv/clawtui/files /etc/nginx /etc/systemd /var/log").stdout
    assert [Path(name).name for name in held.splitlines()] == ["privkey.pem"]
    kept = [path for path in operator.home.rglob("*") if path.is_file() and line in path.read_text(errors="replace")]
    assert not kept
