"""What a packager builds is whole: installed in a clean environment it runs from `/`, far from the checkout."""

import ensurepip
import json
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"clawtui", "clawtui_screens", "clawtui_agent", "clawtui_runner"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with sdist and, built from it, wheel; made from what git knows, not from what lies around."""
    tree = tmp_path_factory.mktemp("tree")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    present = b"\0".join(name for name in listed.split(b"\0") if name and (ROOT / name.decode()).exists())
    packed = subprocess.run(["tar", "--null", "-T-", "-c"], cwd=ROOT, input=present, capture_output=True, check=True)
    subprocess.run(["tar", "-x"], cwd=tree, input=packed.stdout, check=True)
    out = tmp_path_factory.mktemp("dist")
    argv = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(tree)]
    done = subprocess.run(argv, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-1500:]
    return out


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel; what it depends on is lent by a path file, so no network is needed."""
    venv = tmp_path_factory.mktemp("venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    pip = [venv / "bin/python", bundled_pip() / "pip", "--quiet", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--no-index", "--no-deps", next(built.glob("*.whl"))], check=True)
    ours = next(venv.glob("lib/python*/site-packages"))
    (ours / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")  # path files found there are not followed
    return venv / "bin/python"


def bundled_pip() -> Path:
    """The pip that Python itself carries, run from its wheel: installing it first would take most of the time."""
    folders = (Path(ensurepip.__file__).parent / "_bundled", Path("/usr/share/python-wheels"))  # the second is Debian's
    return next(wheel for folder in folders for wheel in sorted(folder.glob("pip-*.whl")))


def outside(*argv: object) -> subprocess.CompletedProcess[str]:
    """From `/`, with nothing of this environment."""
    return subprocess.run(
        [str(word) for word in argv],
        cwd="/",
        env={"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )


def test_the_wheel_holds_our_packages_and_nothing_else_at_its_top(built: Path) -> None:
    names = zipfile.ZipFile(next(built.glob("*.whl"))).namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert {"clawtui/config/settings.toml", "clawtui/config/rules.toml", "clawtui/config/fleet.example.toml"} <= set(
        names
    )


def test_the_wheel_holds_every_file_of_the_packages(built: Path) -> None:
    """A style sheet or a template that was forgotten is noticed here."""
    names = set(zipfile.ZipFile(next(built.glob("*.whl"))).namelist())
    listed = subprocess.run(
        ["git", "ls-files", "clawtui", "screens", "agents", "config"], cwd=ROOT, capture_output=True, text=True
    )
    places = (("screens/", ""), ("agents/", ""), ("config/", "clawtui/config/"))
    for file in listed.stdout.split():
        if (ROOT / file).exists():
            prefix, new = next(((old, new) for old, new in places if file.startswith(old)), ("", ""))
            assert new + file.removeprefix(prefix) in names


def test_the_source_archive_builds_without_git_and_holds_the_tests(built: Path) -> None:
    with tarfile.open(next(built.glob("*.tar.gz"))) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "LICENSE", "Makefile", "tests/house/test_wheel.py", "config/settings.toml"} <= names


def test_clawtui_runs_from_the_root_folder(python: Path) -> None:
    where = outside(
        python, "-c", "import clawtui, clawtui_agent, clawtui_runner, clawtui_screens; print(clawtui.__file__)"
    )
    assert where.stdout.startswith(str(python.parents[1])), where.stderr
    said = outside(python.with_name("clawtui"), "--version")
    assert (said.returncode, said.stdout.split()[:1]) == (0, ["clawtui"]), said.stderr


def test_the_wheel_finds_the_files_that_ship_with_it(python: Path) -> None:
    said = outside(python.with_name("clawtui"), "config", "--json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["settings"]["ui.theme"]["value"] == "clawtui-dark"


def test_the_agent_runs_from_the_wheel(python: Path) -> None:
    said = outside(python.with_name("clawtui-agent"), "once")
    assert said.returncode == 0, said.stderr
    assert "hello" in json.loads(said.stdout.splitlines()[0])
