"""Packages by a real apt out of a repository that lies on the host."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.runner.on_host import OnHost
from tests.deploy.runner.talk import Refused
from tests.fleet.testbed import Testbed

pytestmark = pytest.mark.root
REPOSITORY = """\
set -e
rm -rf /tmp/apt; mkdir -p /tmp/apt
for version in 1.0 2.0; do
  rm -rf /tmp/deb; mkdir -p /tmp/deb/DEBIAN /tmp/deb/usr/share/goldfish
  printf '%s\\n' 'Package: goldfish' "Version: $version" 'Architecture: all' 'Maintainer: t <t@t>' 'Description: t' \
    >/tmp/deb/DEBIAN/control
  deb=/tmp/apt/goldfish_$version.deb
  dpkg-deb -b /tmp/deb $deb >/dev/null
  { cat /tmp/deb/DEBIAN/control; echo "Filename: ./goldfish_$version.deb"; echo "Size: $(stat -c %s $deb)"
    echo "SHA256: $(sha256sum $deb | cut -d' ' -f1)"; echo; } >>/tmp/apt/Packages
done
mkdir -p /tmp/sources; mv /etc/apt/sources.list* /tmp/sources/ 2>/dev/null || true
echo 'deb [trusted=yes] file:/tmp/apt ./' >/etc/apt/sources.list
"""
CLEAR = """\
dpkg --purge goldfish; rm -rf /tmp/apt /etc/apt/sources.list /var/lib/apt/lists/*; mv /tmp/sources/* /etc/apt/; true
"""


@pytest.fixture
def host(systemd: Testbed, program: Path) -> Iterator[OnHost]:
    host = OnHost(systemd, systemd.hosts[1].name, program)
    host.install()
    host.sh(REPOSITORY)
    host.dial().lock()
    yield host
    host.close()
    host.sh(CLEAR)
    host.clear()


def test_an_exact_version_is_installed_once_and_stays(host: OnHost) -> None:
    asked = {"names": ["bash", "goldfish=1.0"]}
    assert host.line.check("packages", **asked)["diff"] == ["+ goldfish=1.0"]
    assert host.line.apply("packages", **asked)["changed"]  # the host's lists were empty: they are fetched
    assert any("goldfish" in line for line in host.line.out)
    assert host.line.ask("survey", packages=["goldfish"])["facts"]["packages"] == {"goldfish": "1.0"}
    assert host.line.check("packages", **asked)["state"] == "same"
    assert host.line.apply("packages", **asked)["changed"] is False
    assert host.line.check("packages", names=["goldfish=2.0"])["diff"] == ["- goldfish=1.0", "+ goldfish=2.0"]
    assert host.line.undo("packages", **asked)["changed"] is False


def test_what_no_mirror_has_is_told_in_apts_words(host: OnHost) -> None:
    with pytest.raises(Refused, match=r"(?i)version.*3\.0.*goldfish.*not found"):
        host.line.apply("packages", names=["goldfish=3.0"])


@pytest.mark.parametrize("word", ["-o=x", "goldfish;reboot", "goldfish=1 -y", "../goldfish"])
def test_a_name_that_is_none_never_reaches_apt(host: OnHost, word: str) -> None:
    with pytest.raises(Refused, match="neither a package nor"):
        host.line.check("packages", names=[word])
