"""Does a lock fit the interpreter that a host runs: from the lock, or by a real pip that asks a real index."""

import os
from pathlib import Path

import pytest

from clawtui.deploy.lockfile import read_lock
from clawtui.deploy.pinned import Lock, Pinned
from clawtui.deploy.target import Target, tags
from clawtui.deploy.wheelhouse import carried, checked
from clawtui.deploy.wheels import misfits
from clawtui.errors import ClawtuiError
from clawtui.places import Places
from tests.deploy.index import LINUX, PLAIN, pinned, served, wheel

DEBIAN_12 = Target("3.11.2", "x86_64", "glibc 2.36")
DEBIAN_11_ARM = Target("3.9.2", "aarch64", "glibc 2.31")
NOBODY = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "PIP_CONFIG_FILE": "/dev/null", "PIP_RETRIES": "0"}
FILES = dict(wheel(name, "1.0", tag) for name, tag in [("plain", PLAIN), ("fast-json", LINUX), ("fast-math", LINUX)])


def lock(path: Path, text: str) -> Lock:
    (path / "requirements.lock").write_text(text)
    return read_lock(path / "requirements.lock")


def places(path: Path) -> Places:
    return Places.of({"HOME": str(path)})


def environ(index: dict[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **index}


@pytest.mark.parametrize(
    ("wheel_tag", "target", "fits"),
    [
        ("py3-none-any", DEBIAN_11_ARM, True),
        ("cp311-cp311-manylinux_2_17_x86_64", DEBIAN_12, True),
        ("cp311-cp311-manylinux2014_x86_64", DEBIAN_12, True),
        ("cp37-abi3-manylinux1_x86_64", DEBIAN_12, True),
        ("cp311-cp311-manylinux_2_38_x86_64", DEBIAN_12, False),  # its glibc is older
        ("cp311-cp311-manylinux_2_17_aarch64", DEBIAN_12, False),
        ("cp310-cp310-manylinux_2_17_x86_64", DEBIAN_12, False),
        ("cp312-abi3-manylinux_2_17_x86_64", DEBIAN_12, False),
        ("cp311-cp311-musllinux_1_2_x86_64", DEBIAN_12, False),
        ("cp39-cp39-manylinux_2_17_aarch64", DEBIAN_11_ARM, True),
        ("cp39-cp39-manylinux_2_5_aarch64", DEBIAN_11_ARM, False),  # there never was such a thing
        ("cp312-cp312-musllinux_1_1_x86_64", Target("3.12.1", "x86_64", "musl 1.2"), True),
        ("cp312-cp312-manylinux_2_17_x86_64", Target("3.12.1", "x86_64", "musl 1.2"), False),
        ("cp313-cp313t-manylinux_2_17_x86_64", Target("3.13.0", "x86_64", "glibc 2.36", abi="cp313t"), True),
        ("cp313-cp313-manylinux_2_17_x86_64", Target("3.13.0", "x86_64", "glibc 2.36", abi="cp313t"), False),
        (
            "pp310-pypy310_pp73-manylinux_2_17_x86_64",
            Target("3.10.14", "x86_64", "glibc 2.36", "pypy", "pypy310_pp73"),
            True,
        ),
    ],
)
def test_a_wheel_fits_by_its_tags(wheel_tag: str, target: Target, fits: bool) -> None:
    assert (wheel_tag in tags(target)) is fits
    one = Pinned("x", "1.0", (), wheels=(f"x-1.0-{wheel_tag}.whl",))
    assert bool(misfits(Lock(Path("uv.lock"), (one,)), target)) is not fits


def test_the_running_interpreters_own_tags_are_among_ours() -> None:
    """pip's own opinion of this machine as the oracle."""
    import platform
    import sys

    from packaging.tags import sys_tags

    target = Target(platform.python_version(), platform.machine(), " ".join(platform.libc_ver()))
    ours, theirs = tags(target), {str(tag) for tag in sys_tags()}
    assert {tag for tag in theirs if "linux" in tag or tag.endswith("-any")} == ours
    assert target.interpreter == f"cp{sys.version_info.major}{sys.version_info.minor}"


def test_each_package_without_a_wheel_is_named_with_what_there_is() -> None:
    packages = (
        Pinned("fast", "1.0", (), wheels=("fast-1.0-cp311-cp311-manylinux_2_17_x86_64.whl",)),
        Pinned("source-only", "2.0", (), wheels=()),
        Pinned("plain", "1.0", (), wheels=("plain-1.0-py3-none-any.whl",)),
    )
    said = [str(one) for one in misfits(Lock(Path("uv.lock"), packages), DEBIAN_11_ARM)]
    assert len(said) == 2
    assert said[0].startswith(
        "package fast 1.0 has no wheel for cp39 on aarch64 (glibc 2.31): there are wheels for cp311 on"
    )
    assert said[1].startswith(
        "package source-only 2.0 has no wheel for cp39 on aarch64 (glibc 2.31): there is no wheel of it at all"
    )


def test_a_lock_for_another_python_and_one_with_two_versions_are_told() -> None:
    assert "is for Python >=3.12 and the host runs 3.11.2" in str(
        misfits(Lock(Path("uv.lock"), (), requires_python=">=3.12"), DEBIAN_12)[0]
    )
    both = (Pinned("a", "1", (), wheels=()), Pinned("a", "2", (), "python_version < '3.10'", ()))
    assert misfits(Lock(Path("x"), both), DEBIAN_11_ARM)[0].package == "a"
    assert "in two versions" in str(misfits(Lock(Path("x"), both), DEBIAN_11_ARM)[0])


def test_the_index_is_asked_where_the_lock_names_no_files(tmp_path: Path) -> None:
    found = lock(tmp_path, pinned(FILES))
    with served(FILES) as index:
        assert checked(found, DEBIAN_12, places(tmp_path), environ(index)) == ()
        wrong = checked(found, DEBIAN_11_ARM, places(tmp_path), environ(index))
    assert [one.package for one in wrong] == ["fast-json", "fast-math"]
    assert str(wrong[0]).startswith(
        "package fast-json 1.0 has no wheel for cp39 on aarch64 (glibc 2.31): there are wheels for cp311 on manylinux_2_17_x86_64"
    )


def test_that_all_fits_is_remembered_and_that_something_does_not_is_asked_again(tmp_path: Path) -> None:
    found = lock(tmp_path, pinned(FILES))
    with served(FILES) as index:
        assert checked(found, DEBIAN_12, places(tmp_path), environ(index)) == ()
        assert len(checked(found, DEBIAN_11_ARM, places(tmp_path), environ(index))) == 2
    assert checked(found, DEBIAN_12, places(tmp_path), environ(NOBODY)) == ()
    with pytest.raises(ClawtuiError, match="pip could not find out"):
        checked(found, DEBIAN_11_ARM, places(tmp_path), environ(NOBODY))


def test_a_wheel_that_wants_another_python_is_told_so(tmp_path: Path) -> None:
    files = dict([wheel("new", "1.0", PLAIN, needs=">=3.10")])
    found = lock(tmp_path, pinned(files))
    with served(files) as index:
        assert checked(found, DEBIAN_12, places(tmp_path), environ(index)) == ()
        asked = [str(one) for one in checked(found, DEBIAN_11_ARM, places(tmp_path), environ(index))]
        with pytest.raises(ClawtuiError) as caught:
            carried(found, DEBIAN_11_ARM, places(tmp_path), environ(index))
    assert asked == [str(caught.value)]
    assert asked[0].startswith("package new 1.0 needs Python >=3.10, and the host runs 3.9.2")


def test_a_package_that_the_index_does_not_have_is_named(tmp_path: Path) -> None:
    name, data = wheel("gone", "1.0", PLAIN)
    found = lock(tmp_path, pinned({**FILES, name: data}))
    with served(FILES) as index:
        assert [one.package for one in checked(found, DEBIAN_12, places(tmp_path), environ(index))] == ["gone"]


def test_a_lock_that_was_made_for_another_machine_is_told(tmp_path: Path) -> None:
    there = dict(wheel("fast-json", "1.0", tag) for tag in (LINUX, "cp39-cp39-manylinux2014_aarch64"))
    found = lock(tmp_path, pinned(FILES))
    with served(FILES | there | dict([wheel("fast-math", "1.0", PLAIN)])) as index:
        wrong = checked(found, DEBIAN_11_ARM, places(tmp_path), environ(index))
    assert [one.package for one in wrong] == ["fast-json", "fast-math"]
    assert "has no hash of its wheel for cp39 on aarch64" in str(wrong[0])


@pytest.mark.parametrize(
    ("made", "target"),
    [
        (Target.of("3.11.2", "x86_64", ("glibc", "2.36"), "cpython", "cpython-311-x86_64-linux-gnu"), DEBIAN_12),
        (
            Target.of("3.12.1", "x86_64", ("", ""), "cpython", "cpython-312-x86_64-linux-musl"),
            Target("3.12.1", "x86_64", "musl 1.2"),
        ),
        (
            Target.of("3.13.0", "x86_64", ("glibc", "2.36"), "cpython", "cpython-313t-x86_64-linux-gnu"),
            Target("3.13.0", "x86_64", "glibc 2.36", abi="cp313t"),
        ),
        (
            Target.of("3.9.2", "aarch64", ("glibc", "2.31"), "cpython", "", bits=32),
            Target("3.9.2", "armv7l", "glibc 2.31"),
        ),
        (
            Target.of("3.10.14", "x86_64", ("glibc", "2.36"), "pypy", "pypy310-pp73-x86_64-linux-gnu"),
            Target("3.10.14", "x86_64", "glibc 2.36", "pypy", "pypy310_pp73"),
        ),
    ],
)
def test_a_target_is_what_an_interpreter_says_of_itself(made: Target, target: Target) -> None:
    assert made == target


def test_markers_are_the_targets_not_those_of_the_operator(tmp_path: Path) -> None:
    text = pinned(FILES).replace("fast-json==1.0", "fast-json==1.0 ; python_version >= '3.11'")
    found = lock(tmp_path, text.replace("fast-math==1.0", "fast-math==1.0 ; platform_machine == 'x86_64'"))
    with served(FILES) as index:
        assert checked(found, DEBIAN_11_ARM, places(tmp_path), environ(index)) == ()


def test_a_wheelhouse_has_exactly_what_the_target_needs_and_is_kept(tmp_path: Path) -> None:
    found = lock(tmp_path, pinned(FILES))
    own = places(tmp_path)
    with served(FILES) as index:
        folder = carried(found, DEBIAN_12, own, environ(index))
    assert {file.name for file in folder.glob("*.whl")} == set(FILES)
    assert folder.is_relative_to(own.cache)
    # the index is gone
    assert carried(found, DEBIAN_12, own, environ(NOBODY)) == folder


def test_wheels_that_are_not_those_of_the_lock_are_refused(tmp_path: Path) -> None:
    found = lock(tmp_path, pinned(FILES))
    tampered = {**FILES, next(iter(FILES)): FILES[next(iter(FILES))] + b"\0"}
    own = places(tmp_path)
    with served(tampered) as index, pytest.raises(ClawtuiError, match="DO NOT MATCH THE HASHES"):
        carried(found, DEBIAN_12, own, environ(index))
    with served(FILES) as index:  # what came of the failed attempt is no wheelhouse
        assert {file.name for file in carried(found, DEBIAN_12, own, environ(index)).glob("*.whl")} == set(FILES)


def test_a_wheelhouse_for_a_target_that_lacks_wheels_names_each(tmp_path: Path) -> None:
    found = lock(tmp_path, pinned(FILES))
    with served(FILES) as index, pytest.raises(ClawtuiError) as caught:
        carried(found, DEBIAN_11_ARM, places(tmp_path), environ(index))
    assert [line.split()[1] for line in str(caught.value).splitlines()] == ["fast-json", "fast-math"]


def test_an_index_that_nobody_answers_at_is_no_verdict_about_packages(tmp_path: Path) -> None:
    found = lock(tmp_path, pinned(FILES))
    index = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple/", "PIP_CONFIG_FILE": "/dev/null", "PIP_RETRIES": "0"}
    with pytest.raises(ClawtuiError, match="pip could not find out"):
        checked(found, DEBIAN_12, places(tmp_path), environ(index))
