"""`clawtui install` on real hosts without a way out: for everybody with root, for one user without, and away again."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fleet.testbed import Testbed

pytestmark = [pytest.mark.root, pytest.mark.slow]
CODE = "/opt/clawtui/program"


def types(bed: Testbed, home: Path, *words: str, user: str = "root") -> subprocess.CompletedProcess[str]:
    """One command of an operator whose wheels are kept between tests."""
    fleet = home / f"{user}.toml"
    text = bed.fleet_file.read_text().replace('user = "root"', f'user = "{user}"')
    fleet.write_text(text)
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    env = {"HOME": str(home), "PATH": os.environ["PATH"], "CLAWTUI_FLEET": str(fleet), "XDG_CACHE_HOME": str(cache)}
    index = {name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_"))}
    config = Path.home() / ".config/pip/pip.conf"
    if config.exists():
        index.setdefault("PIP_CONFIG_FILE", str(config))
    argv = [sys.executable, "-m", "clawtui", *words, "--yes"]
    return subprocess.run(argv, env=env | index, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)


def test_root_installs_it_for_everybody_and_takes_it_away(systemd: Testbed, tmp_path: Path) -> None:
    name = systemd.hosts[0].name
    done = types(systemd, tmp_path, "install", name)
    assert done.returncode == 0, done.stdout + done.stderr
    said = systemd.sh(0, "su -s /bin/sh guest -c 'cd / && clawtui version'")
    assert said.returncode == 0, said.stderr
    assert "asyncssh" in said.stdout
    assert "nothing to do" in types(systemd, tmp_path, "install", name).stdout
    assert systemd.sh(0, "ls -A /root/.cache").stdout.split() == []
    gone = types(systemd, tmp_path, "install", name, "--remove")
    assert gone.returncode == 0, gone.stdout
    assert systemd.sh(0, f"ls {CODE} /usr/local/bin/clawtui").returncode != 0


def test_a_program_of_that_name_that_is_not_ours_is_left(systemd: Testbed, tmp_path: Path) -> None:
    name = systemd.hosts[0].name
    systemd.sh(0, "printf 'theirs' > /usr/local/bin/clawtui")
    try:
        done = types(systemd, tmp_path, "install", name)
        assert "it is not ours" in done.stdout
        assert systemd.sh(0, "cat /usr/local/bin/clawtui").stdout == "theirs"
    finally:
        systemd.sh(0, "rm /usr/local/bin/clawtui")
        types(systemd, tmp_path, "install", name, "--remove")


def test_a_version_that_does_not_run_never_becomes_current(systemd: Testbed, tmp_path: Path) -> None:
    name, old = systemd.hosts[0].name, "0.0.9-aaaaaaaaaaaa"
    types(systemd, tmp_path, "install", name)
    systemd.sh(0, f"cd {CODE} && mv 0.1* {old} && ln -sfn {old} current")
    broken = "/usr/lib/python3.11/sitecustomize.py"  # the interpreter there will not import what the new version needs
    systemd.sh(0, f"rm -f {broken}; echo 'import sys; sys.modules[\"textual\"] = None' > {broken}")
    try:
        done = types(systemd, tmp_path, "install", name)
        assert done.returncode == 1
        assert "textual" in done.stdout
        assert systemd.sh(0, f"readlink {CODE}/current; ls {CODE}").stdout.split() == [old, old, "current"]
    finally:
        systemd.sh(0, f"rm {broken}; rm -rf {CODE}")
        types(systemd, tmp_path, "install", name, "--remove")


def test_without_root_it_is_one_users_own(systemd: Testbed, tmp_path: Path) -> None:
    name = systemd.hosts[1].name
    done = types(systemd, tmp_path, "install", name, user="guest")
    assert done.returncode == 0, done.stdout + done.stderr
    said = systemd.sh(1, "su -s /bin/sh guest -c '~/.local/bin/clawtui version'")
    assert "asyncssh" in said.stdout, said.stderr
    assert types(systemd, tmp_path, "install", name, "--remove", user="guest").returncode == 0
    assert systemd.sh(1, "ls /home/guest/.local/bin/clawtui").returncode != 0
