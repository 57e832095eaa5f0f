"""What is shipped and what is not, and that the same files make the same bytes wherever they lie."""

import hashlib
import os
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest

from clawtui.deploy import release
from clawtui.deploy.chosen import chosen
from clawtui.deploy.digests import LARGE, Digests
from clawtui.deploy.release import Release
from clawtui.errors import ConfigError


def tree(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


def paths(folder: Path, *exclude: str) -> list[str]:
    return [file.path for file in chosen(folder, exclude)]


async def made(folder: Path, cache: Path, **how: object) -> Release:
    return await release.made(folder, cache, Digests(cache / "digests.json"), **how)  # type: ignore[arg-type]  # the test's own words


BOT = {"app.py": "print()", "lib/a.py": "", "static/index.html": "<p>"}


def test_never_shipped_is_what_belongs_to_this_machine(tmp_path: Path) -> None:
    mine = {".env": "KEY=1", "lib/.env": "", ".venv/bin/python": "", "lib/__pycache__/a.pyc": "", ".git-blame": ""}
    assert paths(tree(tmp_path, {**BOT, **mine})) == [".git-blame", "app.py", "lib/a.py", "static/index.html"]


def test_what_is_excluded_stays_here(tmp_path: Path) -> None:
    tree(tmp_path, {**BOT, "tests/t.py": "", "n.ipynb": ""})
    assert paths(tmp_path, "tests/", "*.ipynb") == sorted(BOT)


def test_git_says_what_is_ignored_and_new_files_are_shipped(tmp_path: Path) -> None:
    tree(tmp_path, {**BOT, ".gitignore": "*.log\n/data/\n", "x.log": "", "data/big": "", "kept.log": ""})
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-f", "app.py", "kept.log")
    tree(tmp_path, {"gone.py": ""})
    git(tmp_path, "add", "gone.py")
    (tmp_path / "gone.py").unlink()
    assert paths(tmp_path) == sorted([*BOT, ".gitignore", "kept.log"])
    assert paths(tmp_path / "lib") == ["a.py"]  # a folder of a repository is a source as well


def test_a_repository_inside_the_repository_is_shipped_by_its_own_rules(tmp_path: Path) -> None:
    tree(tmp_path, {**BOT, "sub/.gitignore": "*.o\n", "sub/a.c": "", "sub/a.o": ""})
    for folder in (tmp_path, tmp_path / "sub"):
        git(folder, "init", "-q")
    assert paths(tmp_path) == sorted([*BOT, "sub/.gitignore", "sub/a.c"])


def test_a_folder_that_git_ignores_as_a_whole_is_shipped_when_it_is_the_source(tmp_path: Path) -> None:
    tree(tmp_path, {".gitignore": "dist/\n", "dist/app.js": ""})
    git(tmp_path, "init", "-q")
    assert paths(tmp_path / "dist") == ["app.js"]


def test_a_repository_that_git_will_not_read_is_no_reason_to_ship_everything(tmp_path: Path) -> None:
    tree(tmp_path, BOT)
    git(tmp_path, "init", "-q")
    (tmp_path / ".git/config").write_text("[core\n")
    with pytest.raises(ConfigError, match="git does not say what is ignored: fatal: bad config"):
        chosen(tmp_path)


def test_without_a_git_here_a_repository_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tree(tmp_path, BOT)
    git(tmp_path, "init", "-q")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ConfigError, match="install git"):
        chosen(tmp_path)


def test_a_link_that_stays_inside_is_shipped_as_what_it_leads_to(tmp_path: Path) -> None:
    tree(tmp_path, {**BOT, "v2/w/weights": "w"})
    (tmp_path / "now").symlink_to("v2")
    (tmp_path / "main.py").symlink_to("app.py")
    assert paths(tmp_path) == sorted([*BOT, "main.py", "now/w/weights", "v2/w/weights"])
    git(tmp_path, "init", "-q")
    assert paths(tmp_path) == sorted([*BOT, "main.py", "now/w/weights", "v2/w/weights"])


@pytest.mark.parametrize(
    ("target", "words"),
    [("/etc/passwd", "leads out of the release"), ("missing", "leads to nothing"), (".", "leads back to a folder")],
)
def test_other_links_are_refused_by_name(tmp_path: Path, target: str, words: str) -> None:
    tree(tmp_path, BOT)
    (tmp_path / "lib/link").symlink_to(target)
    with pytest.raises(ConfigError, match=f"lib/link: {words}"):
        chosen(tmp_path)
    assert paths(tmp_path, "lib/link") == ["app.py", "lib/a.py", "static/index.html"]


def test_a_socket_and_a_name_that_no_screen_shows_are_refused(tmp_path: Path) -> None:
    tree(tmp_path, BOT)
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "run.sock"))
    with pytest.raises(ConfigError, match=r"run\.sock: is a socket, pipe or device"):
        chosen(tmp_path)
    (tmp_path / "run.sock").unlink()
    (tmp_path / "a\x1b[2Jb").write_text("")
    with pytest.raises(ConfigError, match="control characters"):
        chosen(tmp_path)
    (tmp_path / "a\x1b[2Jb").unlink()
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff")).write_text("")
    with pytest.raises(ConfigError, match="no UTF-8"):
        chosen(tmp_path)


def test_a_folder_that_is_not_there_or_empty_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such folder"):
        chosen(tmp_path / "missing")
    with pytest.raises(ConfigError, match="holds no file"):
        chosen(tmp_path)


async def test_the_archive_has_the_same_bytes_on_every_machine(tmp_path: Path) -> None:
    one, two = tree(tmp_path / "one", BOT), tree(tmp_path / "two", dict(reversed(BOT.items())))
    for path in (one / "app.py", two / "app.py"):
        path.chmod(0o700 if path.is_relative_to(one) else 0o775)
    (two / "lib/a.py").chmod(0o600)
    os.utime(two / "lib/a.py", (1, 1))
    first, second = await made(one, tmp_path / "c1"), await made(two, tmp_path / "c2")
    assert (first.digest, first.files, first.archive.sha256) == (second.digest, second.files, second.archive.sha256)
    # as they are everywhere and for good: another digest here is another release on every host
    assert first.archive.sha256 == "968240ff074c95b91880ae10050f99c38bf9b0790bd4578a91913b0d360ddb2d"
    assert first.digest == "df2ff1337cb0b2c402e4acbe4989a21ac6c9583e3908bd9d8e4c12fb4fec7378"


async def test_the_archive_holds_what_the_manifest_says(tmp_path: Path) -> None:
    folder = tree(tmp_path / "src", {**BOT, "long/" + "x" * 120 + "/ü.txt": "é"})
    (folder / "app.py").chmod(0o755)
    found = await made(folder, tmp_path / "cache")
    with tarfile.open(found.archive.source) as tar:
        held = [
            {
                "path": entry.name,
                "sha256": hashlib.sha256(content(tar, entry)).hexdigest(),
                "mode": f"{entry.mode:04o}",
            }
            for entry in tar
        ]
        assert {(entry.uid, entry.gid, entry.uname, entry.mtime) for entry in tar} == {(0, 0, "", 0)}
    assert tuple(held) == found.files
    packed = Path(found.archive.source).read_bytes()
    assert (hashlib.sha256(packed).hexdigest(), len(packed)) == (found.archive.sha256, found.archive.size)


async def test_one_byte_or_one_mode_makes_another_release(tmp_path: Path) -> None:
    folder = tree(tmp_path / "src", BOT)
    digests = {(await made(folder, tmp_path / "cache")).digest}
    (folder / "app.py").write_text("print(1)")
    digests.add((await made(folder, tmp_path / "cache")).digest)
    (folder / "app.py").chmod(0o755)
    digests.add((await made(folder, tmp_path / "cache")).digest)
    assert len(digests) == 3


async def test_a_release_that_is_made_again_is_not_packed_again(tmp_path: Path) -> None:
    folder = tree(tmp_path / "src", BOT)
    first = await made(folder, tmp_path / "cache", skip=[folder / "static/index.html"])
    before = Path(first.archive.source).stat().st_mtime_ns
    again = await made(folder, tmp_path / "cache", skip=[folder / "static/index.html"])
    assert again == first
    assert Path(again.archive.source).stat().st_mtime_ns == before
    assert [file["path"] for file in again.files] == ["app.py", "lib/a.py"]


async def test_archives_that_nobody_asked_for_in_a_month_are_taken_away(tmp_path: Path) -> None:
    folder = tree(tmp_path / "src", BOT)
    old = Path((await made(folder, tmp_path / "cache")).archive.source)
    os.utime(old, (1, old.stat().st_mtime))
    (folder / "app.py").write_text("print(1)")
    new = Path((await made(folder, tmp_path / "cache")).archive.source)
    assert list((tmp_path / "cache/releases").iterdir()) == [new]


async def test_a_disk_that_takes_no_archive_is_named(tmp_path: Path) -> None:
    folder = tree(tmp_path / "src", BOT)
    (tmp_path / "cache").write_text("in the way")
    with pytest.raises(ConfigError, match=r"cache/releases: the release could not be packed: Not a directory"):
        await made(folder, tmp_path / "cache")


def test_a_large_file_is_read_once_and_again_when_it_was_touched(tmp_path: Path) -> None:
    large, memory = tmp_path / "model.onnx", tmp_path / "digests.json"
    large.write_bytes(b"a" * LARGE)
    os.utime(large, (1000, 1000))
    assert Digests(memory).of(large) == (hashlib.sha256(b"a" * LARGE).hexdigest(), LARGE)
    with large.open("r+b") as file:
        file.write(b"b")
    os.utime(large, (1000, 1000))
    assert Digests(memory).of(large)[0] == hashlib.sha256(b"a" * LARGE).hexdigest()  # remembered: it was not read
    os.utime(large, (1001, 1001))
    assert Digests(memory).of(large)[0] == hashlib.sha256(b"b" + b"a" * (LARGE - 1)).hexdigest()


def test_a_file_as_young_as_its_digest_is_not_trusted_and_a_broken_memory_is_none(tmp_path: Path) -> None:
    large, memory = tmp_path / "model.onnx", tmp_path / "digests.json"
    large.write_bytes(b"a" * LARGE)
    Digests(memory).of(large)
    assert not memory.exists()
    memory.write_text('{"version": 1, "files": {"')
    assert Digests(memory).of(large)[1] == LARGE


def content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(entry)
    assert file
    return file.read()


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)
