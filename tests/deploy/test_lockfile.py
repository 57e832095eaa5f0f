"""Locks: every line pinned and hashed, or named with its file and line; uv.lock gives what its project needs."""

from pathlib import Path

import pytest

from clawtui.deploy.lockfile import read_lock
from clawtui.deploy.target import Target
from clawtui.errors import ConfigError, Mistakes

HASH = f"--hash=sha256:{'a' * 64}"
OLD, NEW = Target("3.9.2", "x86_64", "glibc 2.31"), Target("3.11.2", "aarch64", "glibc 2.36")

UV = """version = 1
revision = 2
requires-python = ">=3.9"

[[package]]
name = "bot"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "uvicorn", extra = ["standard"] },
    { name = "tomli", marker = "python_full_version < '3.11'" },
]

[package.dev-dependencies]
dev = [{ name = "pytest" }]

[[package]]
name = "uvicorn"
version = "0.30.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "h11" }]
sdist = { url = "https://x/uvicorn-0.30.0.tar.gz", hash = "sha256:01", size = 1 }
wheels = [{ url = "https://x/uvicorn-0.30.0-py3-none-any.whl", hash = "sha256:02", size = 1 }]

[package.optional-dependencies]
standard = [{ name = "uvloop", marker = "platform_machine == 'x86_64'" }, { name = "tomli", marker = "sys_platform == 'win32'" }]

[[package]]
name = "h11"
version = "0.14.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "uvicorn" }]
wheels = [{ url = "https://x/h11-0.14.0-py3-none-any.whl", hash = "sha256:03" }]

[[package]]
name = "uvloop"
version = "0.19.0"
source = { registry = "https://pypi.org/simple" }
wheels = [
    { url = "https://x/uvloop-0.19.0-cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64.whl", hash = "sha256:04" },
    { url = "https://x/uvloop-0.19.0-cp311-cp311-macosx_10_9_x86_64.whl", hash = "sha256:05" },
]

[[package]]
name = "tomli"
version = "2.0.1"
source = { registry = "https://pypi.org/simple" }
sdist = { url = "https://x/tomli-2.0.1.tar.gz", hash = "sha256:06" }

[[package]]
name = "pytest"
version = "8.0.0"
source = { registry = "https://pypi.org/simple" }
"""


def lock(path: Path, text: str, name: str = "requirements.lock"):
    (path / name).write_text(text)
    return read_lock(path / name)


def test_continued_lines_comments_and_options_are_read_as_pip_does(tmp_path: Path) -> None:
    found = lock(
        tmp_path,
        f"# by pip-compile\n--index-url https://pypi.example/simple\nPydantic_Core==2.0 \\\n    {HASH} \\\n    {HASH}\n"
        f"    # via pydantic\n\nidna==3.10 ; python_version >= '3.10' {HASH}  # via x\nuvicorn[standard]==0.30 {HASH}\n",
    )
    assert [(one.name, one.version, len(one.hashes)) for one in found.packages] == [
        ("pydantic-core", "2.0", 2),
        ("idna", "3.10", 1),
        ("uvicorn", "0.30", 1),
    ]
    assert found.options == ("--index-url https://pypi.example/simple",)


def test_only_what_counts_for_the_hosts_interpreter_is_given_to_pip(tmp_path: Path) -> None:
    text = f"tomli==2.0 ; python_version < '3.11' {HASH}\nb==1 ; platform_machine == 'aarch64' {HASH}\na==1 {HASH}\n"
    found = lock(tmp_path, text)
    assert found.requirements(OLD) == f"a==1 {HASH}\ntomli==2.0 {HASH}\n"
    assert found.requirements(NEW) == f"a==1 {HASH}\nb==1 {HASH}\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("idna==3.10", "idna has no --hash; make a lock"),
        (f"idna>=3 {HASH}", "idna has no one version"),
        (f"idna==3.* {HASH}", "idna has no one version"),
        (f"idna==3,<4 {HASH}", "idna has no one version"),
        ("idna==3 --hash=md5:00", "idna has a hash that pip does not take: md5:00"),
        ("-r other.txt", "-r has no place in a lock"),
        ("-e .", "-e has no place in a lock"),
        ("--index-url https://u:p@x/simple", "holds a login"),
        (f"idna @ https://x/idna.whl {HASH}", "idna comes from an address"),
        (f"./idna.whl {HASH}", "is no package with its version"),
        ("\x1b]0;x\x07", "is no package with its version"),
    ],
)
def test_what_is_no_lock_is_told_by_line(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(Mistakes) as caught:
        lock(tmp_path, f"a==1 {HASH}\n\n{line}\n")
    assert [one.line for one in caught.value.each] == [3]
    assert words in str(caught.value)
    assert str(caught.value).isprintable()
    assert "u:p" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_lock_is_a_mistake(tmp_path: Path, text: str) -> None:
    with pytest.raises(Mistakes, match="names no package"):
        lock(tmp_path, text)


def test_a_lock_that_is_no_text_is_said(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read as text"):
        read_lock(tmp_path / "requirements.lock")


def test_uv_lock_gives_what_the_project_needs_on_that_host(tmp_path: Path) -> None:
    found = lock(tmp_path, UV, "uv.lock")
    names = {target: [one.name for one in sorted(found.of(target), key=lambda one: one.name)] for target in (OLD, NEW)}
    assert names == {OLD: ["h11", "tomli", "uvicorn", "uvloop"], NEW: ["h11", "uvicorn"]}
    assert (
        found.requirements(NEW) == "h11==0.14.0 --hash=sha256:03\nuvicorn==0.30.0 --hash=sha256:01 --hash=sha256:02\n"
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("version = 1\n", "version = 9\n", "is version 9 of uv's lock"),
        ("{ virtual", '{ registry = "x", virtul', "holds 0 projects of its own"),
        (
            'name = "h11"\nversion = "0.14.0"\nsource = { registry',
            'name = "h11"\nsource = { git',
            "h11 comes from no index",
        ),
    ],
)
def test_a_uv_lock_that_cannot_be_carried_out_is_told(tmp_path: Path, old: str, new: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        lock(tmp_path, UV.replace(old, new, 1), "uv.lock")


def test_a_uv_lock_with_many_markers_is_read_at_once(tmp_path: Path) -> None:
    """Forty layers of three packages, each needing all of the next under a marker of its own."""
    layers = [[f"p{layer}x{n}" for n in range(3)] for layer in range(40)]
    markers = [f"python_version >= '3.{n}'" for n in range(3)]

    def package(name: str, needs: list[str]) -> str:
        source = '{ virtual = "." }' if name == "root" else '{ registry = "x" }'
        lines = [f'{{ name = "{need}", marker = "{marker}" }}' for need, marker in zip(needs, markers, strict=False)]
        return f'[[package]]\nname = "{name}"\nversion = "1"\nsource = {source}\ndependencies = [{", ".join(lines)}]\n'

    text = "version = 1\n" + package("root", layers[0])
    for layer, below in zip(layers, [*layers[1:], []], strict=True):
        text += "".join(package(name, below) for name in layer)
    assert len(lock(tmp_path, text, "uv.lock").of(NEW)) == 120
