"""What goes into the archive, and what a probe's answer leads to; no host needed."""

import gzip
import importlib.util
import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.errors import AgentError
from clawtui.fleet.agent import bundle, probe, psutil_files
from clawtui.fleet.agent.layout import FOLDER
from clawtui.fleet.host import Become, Host, Service
from clawtui.places import Places
from clawtui_agent.digest import digest as agents_own

ANSWER = """system=Linux
machine=x86_64
uid=1000
user=ops
groups=ops
home=/home/ops
host=box
machine_id=abc
libc=glibc 2.36
python=3.11 /usr/bin/python3
root=0
current=
space_code=/dev/sda1 9999999 1 9999998 1% /
mount_code=rw,relatime
space_state=/dev/sda1 9999999 1 9999998 1% /
mount_state=rw,relatime
"""


def answered(*lines: str, become: Become = Become.NONE) -> probe.Probe:
    """The probe with some lines instead of the usual ones."""
    keys = {line.partition("=")[0] for line in lines}
    usual = [line for line in ANSWER.splitlines() if line.partition("=")[0] not in keys]
    return probe.read("box", "\n".join([*usual, *lines]), become)


def test_both_sides_name_a_version_alike() -> None:
    spec = importlib.util.find_spec("clawtui_agent")
    assert spec is not None
    assert spec.origin is not None
    assert bundle.digest(bundle.agent_sources()) == agents_own(str(Path(spec.origin).parent))


def test_the_archive_is_small_whole_and_the_same_every_time(places: Places) -> None:
    services = (Service("bot", unit="bot.service", metrics="http://127.0.0.1:8000/metrics"),)
    made = bundle.make(Host("box", services=services), answered(), places)
    assert made.archive == bundle.make(Host("box", services=services), answered(), places).archive
    assert len(made.archive) < 300_000
    assert FOLDER.fullmatch(made.folder)
    with tarfile.open(fileobj=io.BytesIO(gzip.decompress(made.archive))) as tar:
        names = tar.getnames()
        assert {
            "clawtui-agent",
            "clawtui_agent/__main__.py",
            "psutil/_psutil_linux.abi3.so",
            "stage/config.json",
        } <= set(names)
        config = tar.extractfile("stage/config.json")
        assert config is not None
        assert json.load(config)["services"][0]["unit"] == "bot.service"


def test_another_service_is_another_configuration(places: Places) -> None:
    plain = bundle.make(Host("box"), answered(), places)
    more = bundle.make(Host("box", services=(Service("bot", pid_file="/run/bot.pid"),)), answered(), places)
    seen = replace(answered(), current=plain.folder, active=True, digests=plain.digests)
    assert plain.same_as(seen)
    assert not more.same_as(seen)
    assert not plain.same_as(replace(seen, active=False))


@pytest.mark.parametrize(
    ("lines", "become", "words"),
    [
        (("system=FreeBSD",), Become.NONE, "runs on Linux, this is FreeBSD"),
        (("python=3.6 /usr/bin/python3",), Become.NONE, "no Python 3.9 or newer.*python3 is 3.6.*install one"),
        (("python=",), Become.NONE, "no Python 3.9"),
        ((), Become.SUDO, "`sudo -n true` was refused for ops.*NOPASSWD"),
        (("mount_code=rw,noexec",), Become.NONE, "mounted noexec"),
        (("space_code=/dev/sda1 9 9 0 100% /",), Become.NONE, "0 KiB free.*make room"),
        (("space_state=/dev/sda1 9 9 1000 99% /var lib",), Become.NONE, "1000 KiB free.*history.*make room"),
        (("uid=0", "root=1", "python=3.11 /root/.pyenv/bin/python3"), Become.NONE, "in a home, closed to the agent"),
    ],
)
def test_a_host_that_cannot_have_it_says_why(lines: tuple[str, ...], become: Become, words: str) -> None:
    with pytest.raises(AgentError, match=words):
        answered(*lines, become=become)


@pytest.mark.parametrize(
    ("machine", "libc", "own"),
    [
        ("x86_64", "glibc 2.36", True),
        ("x86_64", "glibc 2.5", False),
        ("aarch64", "glibc 2.36", False),
        ("x86_64", "musl", False),
    ],
)
def test_the_operators_psutil_goes_where_it_runs(machine: str, libc: str, *, own: bool) -> None:
    tags = "Tag: cp36-abi3-manylinux2010_x86_64\nTag: cp36-abi3-manylinux_2_12_x86_64\n"
    assert psutil_files.suits(tags, machine, libc) is own


def test_a_platform_without_psutil_is_named_with_the_folder_to_put_it(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(AgentError, match=r"musllinux_1_2_riscv64.*put the wheel into"):
        psutil_files.psutil_for("box", "riscv64", "musl", places)
