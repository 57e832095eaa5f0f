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
from clawtui.fleet.become import Gate, Rights
from clawtui.fleet.host import Host, Service
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
place=home code yes 9999998 rw,relatime
place=home state yes 9999998 rw,relatime
place=spare code yes 9999998 rw,relatime
place=spare state yes 9999998 rw,relatime
place=system code no 9999998 rw,relatime
place=system state no 9999998 rw,relatime
"""


def answered(*lines: str, root: bool = False) -> probe.Probe:
    """The probe with some lines instead of the usual ones."""
    keys = {key(line) for line in lines}
    usual = [line for line in ANSWER.splitlines() if key(line) not in keys]
    rights = Rights("box", Gate.SUDO if root else Gate.OWN, 1000, "ops")
    return probe.read(rights, probe.read_ground("box", "\n".join([*usual, *lines])))


def key(line: str) -> str:
    """Of a line; places differ by their first two words."""
    name, _, value = line.partition("=")
    return " ".join((name, *value.split(" ")[:2])) if name == "place" else name


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
    ("lines", "root", "words"),
    [
        (("system=FreeBSD",), False, "runs on Linux, this is FreeBSD"),
        (("python=3.6 /usr/bin/python3",), False, "no Python 3.9 or newer.*python3 is 3.6.*install one"),
        (("python=",), False, "no Python 3.9"),
        (("place=home code yes 0 rw ",), False, "0 KiB free.*make room"),
        (("place=home state yes 1000 rw ",), False, "1000 KiB free.*history.*make room"),
        (("place=system code no 9999998 rw,noexec ",), True, "mounted noexec; remount it"),
        (("place=system state no 9999998 ro ",), True, "/var/lib/clawtui-agent.*mounted read-only"),
        (
            ("place=home code yes 9999998 noexec ", "place=spare code no 9999998 rw "),
            False,
            "noexec; the spare place neither: /var/tmp/clawtui-agent-1000/abc cannot be written",
        ),
        (("python=3.11 /root/.pyenv/bin/python3",), True, "in a home, closed to the agent"),
    ],
)
def test_a_host_that_cannot_have_it_says_why(lines: tuple[str, ...], *, root: bool, words: str) -> None:
    with pytest.raises(AgentError, match=words):
        answered(*lines, root=root)


@pytest.mark.parametrize("flags", ["rw,noexec", "ro"])
def test_a_home_that_is_closed_to_programs_or_files_has_a_spare_folder(flags: str) -> None:
    seen = answered(f"place=home code no 9999998 {flags} ")
    assert seen.layout.code == "/var/tmp/clawtui-agent-1000/abc"
    assert seen.words.endswith("it lives in /var/tmp/clawtui-agent-1000/abc")


def test_an_agent_in_the_spare_folder_stays_there_when_the_home_has_been_opened() -> None:
    seen = answered("place=spare code yes 9999998 rw 0123456789abcdef-psutil7.2.1")
    assert seen.layout.code == "/var/tmp/clawtui-agent-1000/abc"
    assert answered().layout.code == "/home/ops/.local/share/clawtui-agent/abc"


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
