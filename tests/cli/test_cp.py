"""`clawtui cp` through a real sshd: to and from hosts, whole or not at all, resumed, and safe with every name."""

import asyncio
import hashlib
import os
import stat
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from clawtui.engine.acts.cp import Cp
from clawtui.errors import FileFailed, UsageError
from clawtui.fleet.connections import Connections
from clawtui.fleet.copy import download as downloads
from clawtui.fleet.copy.tree import PIECE, local_tree
from clawtui.fleet.copy.upload import upload
from clawtui.fleet.options import SshOptions
from clawtui.fleet.prompts import Nobody
from clawtui.places import Places
from tests.cli.sshd import Sshd
from tests.cli.terminal import clawtui

STRANGE = ("-rf", "a b", "new\nline", "quo'te", "$(touch boom)", "back\\slash", "ünï")


def cp(host: Sshd, home: Path, *words: str, names: tuple[str, ...] = ("box",)) -> "subprocess.CompletedProcess[bytes]":
    """Without asking."""
    return clawtui(home, "cp", *words, "--fleet", str(host.fleet_file(*names)), "--yes")


def big(path: Path, size: int) -> bytes:
    """A file that takes several pieces."""
    content = hashlib.shake_128(path.name.encode()).digest(size)
    path.write_bytes(content)
    return content


def test_a_file_arrives_whole_with_its_mode_under_the_name_that_was_given(host: Sshd, tmp_path: Path) -> None:
    content = big(tmp_path / "model.onnx", PIECE * 2 + 17)
    (tmp_path / "model.onnx").chmod(0o640)
    done = cp(host, tmp_path, str(tmp_path / "model.onnx"), "box:kept.onnx")
    assert done.returncode == 0, done.stderr
    arrived = host.home / "kept.onnx"
    assert arrived.read_bytes() == content
    assert stat.S_IMODE(arrived.stat().st_mode) == 0o640
    assert list(host.home.glob(".*.part")) == []


def test_the_same_again_sends_nothing(host: Sshd, tmp_path: Path) -> None:
    big(tmp_path / "a", 100_000)
    cp(host, tmp_path, str(tmp_path / "a"), "box:a")
    again = cp(host, tmp_path, str(tmp_path / "a"), "box:a")
    assert b"0 bytes sent, 1 there already" in again.stdout


def test_a_folder_goes_with_links_empty_files_and_strange_names(host: Sshd, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "deep/er").mkdir(parents=True)
    for number, name in enumerate(STRANGE):
        (tree / "deep" / name).write_text(str(number))
    (tree / "empty").touch()
    (tree / "link").symlink_to("deep/ünï")
    assert cp(host, tmp_path, str(tree), "box:in/there/").returncode == 0
    there = host.home / "in/there/tree"
    assert [(there / "deep" / name).read_text() for name in STRANGE] == [str(n) for n in range(len(STRANGE))]
    assert (there / "empty").read_bytes() == b""
    assert (there / "link").readlink() == Path("deep/ünï")
    assert not list(host.home.rglob("boom"))

    back = tmp_path / "back"
    done = cp(host, tmp_path, "box:in/there/tree", str(back))
    assert done.returncode == 0, done.stderr
    assert [(back / "box/tree/deep" / name).read_text() for name in STRANGE] == [str(n) for n in range(len(STRANGE))]
    assert not (back / "box/tree/link").is_symlink()
    assert b"a link, left out" in done.stdout


def test_from_many_hosts_each_gets_its_own_folder(host: Sshd, tmp_path: Path) -> None:
    content = big(host.home / "log", PIECE + 5)
    done = cp(host, tmp_path, "b*:log", str(tmp_path / "logs"), names=("b1", "b2"))
    assert done.returncode == 0, done.stderr
    assert {p.read_bytes() for p in (tmp_path / "logs").glob("b?/log")} == {content}


def test_a_name_that_is_not_there_fails_on_that_host(host: Sshd, tmp_path: Path) -> None:
    done = cp(host, tmp_path, "box:nothing-here", str(tmp_path / "x"))
    assert done.returncode == 1
    assert b"No such file" in done.stdout


def test_prod_wants_its_name_and_number(host: Sshd, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    fleet = str(host.fleet_file(kind="prod"))
    assert clawtui(tmp_path, "cp", str(tmp_path / "a"), "box:a", "--fleet", fleet, "--yes").returncode == 77
    assert not (host.home / "a").exists()


@pytest.mark.parametrize("words", [("a",), ("a", "b"), ("box:a", "box:b"), ("a", ":b"), ("a", "box:")])
async def test_words_that_are_no_copy_say_what_one_is(host: Sshd, words: tuple[str, ...]) -> None:
    with pytest.raises(UsageError, match="write cp SRC"):
        await Cp().draft(words, host.fleet())


async def test_what_is_not_here_is_said_before_anything_is_sent(host: Sshd, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing was sent"):
        await Cp().draft((str(tmp_path / "gone"), "box:x"), host.fleet())


def begun(host: Sshd, part: Path, content: bytes) -> None:
    """Half a copy, as the login user would have left it."""
    part.write_bytes(content)
    owner = host.home.stat()
    os.chown(part, owner.st_uid, owner.st_gid)


def connections(host: Sshd, folder: Path) -> Connections:
    return Connections(host.fleet(), SshOptions(), Places.of({"HOME": str(folder)}), Nobody())


async def test_a_copy_that_was_begun_goes_on_where_it_stopped(host: Sshd, tmp_path: Path) -> None:
    content = big(tmp_path / "model", PIECE * 3)
    (entry,) = local_tree(tmp_path / "model")
    part = host.home / f".model.{entry.sha256[:12]}.part"
    begun(host, part, content[: PIECE + 1000])
    async with connections(host, tmp_path) as links:
        copied = await upload(await links.link(host.host()), [entry], "model", into=False)
    assert copied.sent == PIECE * 2 - 1000
    assert (host.home / "model").read_bytes() == content


async def test_half_a_copy_of_other_bytes_is_never_put_in_place(host: Sshd, tmp_path: Path) -> None:
    big(tmp_path / "model", 5000)
    (entry,) = local_tree(tmp_path / "model")
    part = host.home / f".model.{entry.sha256[:12]}.part"
    begun(host, part, b"not it")
    (host.home / "model").write_text("old")
    async with connections(host, tmp_path) as links:
        with pytest.raises(FileFailed, match="another SHA-256"):
            await upload(await links.link(host.host()), [entry], "model", into=False)
    assert (host.home / "model").read_text() == "old"
    assert not part.exists()


async def test_a_file_that_changes_here_meanwhile_is_never_put_in_place(host: Sshd, tmp_path: Path) -> None:
    big(tmp_path / "model", 5000)
    (entry,) = local_tree(tmp_path / "model")
    (tmp_path / "model").write_bytes(b"x" * 5000)
    async with connections(host, tmp_path) as links:
        with pytest.raises(FileFailed, match="did the file change"):
            await upload(await links.link(host.host()), [entry], "model", into=False)
    assert not (host.home / "model").exists()


async def test_a_copy_that_does_not_fit_is_refused_before_it_is_sent(host: Sshd, tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 20)
    (entry,) = local_tree(tmp_path / "huge")
    free = os.statvfs(host.home)
    giant = replace(entry, size=free.f_bavail * free.f_frsize + (1 << 30))
    async with connections(host, tmp_path) as links:
        with pytest.raises(FileFailed, match="no room"):
            await upload(await links.link(host.host()), [giant], "huge", into=False)
    assert list(host.home.glob(".*.part")) == []


def test_a_host_cannot_lead_a_copy_out_of_its_folder() -> None:
    row = b"\0".join((b"file", b"644", b"1", b"a" * 64, b"./x/../../etc/passwd", b""))
    with pytest.raises(FileFailed, match="leads elsewhere"):
        downloads.read("box", row, "x")
    with pytest.raises(FileFailed, match="cut short"):
        downloads.read("box", b"file\0644\0", "x")


async def test_a_line_that_is_cut_is_unknown_and_the_next_call_goes_on(host: Sshd, tmp_path: Path) -> None:
    content = big(tmp_path / "model", PIECE * 6)
    (entry,) = local_tree(tmp_path / "model")
    part = host.home / f".model.{entry.sha256[:12]}.part"
    async with connections(host, tmp_path) as links:
        link = await links.link(host.host())
        task = asyncio.create_task(upload(link, [entry], "model", into=False))
        while not (part.exists() and part.stat().st_size > PIECE):
            await asyncio.sleep(0.005)
        link.connection.abort()  # type: ignore[attr-defined]  # pulling the cable is what is wanted
        with pytest.raises(Exception, match=r"goes on where this one stopped|connection"):
            await task
        await links.drop(host.host())
        copied = await upload(await links.link(host.host()), [entry], "model", into=False)
    assert 0 < copied.sent < PIECE * 6
    assert (host.home / "model").read_bytes() == content
