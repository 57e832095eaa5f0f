"""`clawtui init`: from a folder to a service.toml and a lock, with a real pip and an index on loopback."""

import json
from pathlib import Path

import pytest

from clawtui.deploy.lockfile import read_lock
from clawtui.deploy.spec_file import read_spec
from tests.cli.terminal import clawtui
from tests.deploy.index import PLAIN, served, wheel

APP = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/healthz")\ndef h(): ...\n'
INDEX = dict(wheel(name, "1.0", PLAIN) for name in ("fastapi", "uvicorn", "tomli"))
FLEET = 'version = 1\n[context]\nname = "t"\nkind = "dev"\n[[host]]\nname = "web-1"\naddress = "192.0.2.7"\n'
NOWHERE = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/",
    "PIP_CONFIG_FILE": "/dev/null",
    "PIP_RETRIES": "0",
    "PATH": "/nonexistent",
}
# a PATH without uv: its locks come of an index that speaks JSON


def project(path: Path, **files: str) -> Path:
    folder = path / "bot"
    folder.mkdir()
    for name, text in {"app.py": APP, **files}.items():
        (folder / name.replace("_", ".")).write_text(text)
    return folder


def with_fleet(path: Path, text: str = FLEET) -> None:
    contexts = path / ".config/clawtui/contexts"
    contexts.mkdir(parents=True)
    (contexts / "t.toml").write_text(text)


def test_a_folder_becomes_a_spec_that_is_right_and_a_lock_that_holds_its_server(tmp_path: Path) -> None:
    folder = project(tmp_path, requirements_txt="fastapi\n")
    with served(INDEX) as index:
        done = clawtui(tmp_path, "init", str(folder), "--host", "web-1", "--json", **NOWHERE | index)
    assert done.returncode == 0, done.stderr
    said, spec = json.loads(done.stdout), read_spec(folder)
    assert (said["file"], said["left"]) == (str(folder / "service.toml"), [])
    assert said["next"] == f"clawtui deploy plan {folder}/service.toml"
    assert (spec.name, spec.hosts) == ("bot", "web-1")
    lock = read_lock(folder / "requirements.lock")
    assert [one.name for one in lock.packages] == ["fastapi", "uvicorn"]
    assert spec.environment.lock == folder / "requirements.lock"


def test_a_fleet_of_one_host_needs_no_name_of_it(tmp_path: Path) -> None:
    with_fleet(tmp_path)
    folder = project(tmp_path, requirements_lock=f"uvicorn==1 --hash=sha256:{'0' * 64}\n")
    assert clawtui(tmp_path, "init", str(folder)).returncode == 0
    spec = read_spec(folder)
    assert spec.proxy is not None
    assert (spec.hosts, spec.proxy.names) == ("web-1", ("192.0.2.7",))


def test_an_address_that_nginx_would_not_answer_to_gives_way_to_the_services_name(tmp_path: Path) -> None:
    with_fleet(tmp_path, FLEET.replace("192.0.2.7", "2001:db8::7"))
    folder = project(tmp_path, requirements_lock=f"uvicorn==1 --hash=sha256:{'0' * 64}\n")
    assert clawtui(tmp_path, "init", str(folder)).returncode == 0
    spec = read_spec(folder)
    assert spec.proxy is not None
    assert spec.proxy.names == ("bot",)


def test_where_it_runs_is_asked_for_where_the_fleet_does_not_tell(tmp_path: Path) -> None:
    with_fleet(tmp_path, FLEET + '[[host]]\nname = "web-2"\n')
    folder = project(tmp_path)
    done = clawtui(tmp_path, "init", str(folder))
    assert done.returncode == 64
    assert b"--host HOST, or a selector: t has web-1, web-2" in done.stderr
    assert not (folder / "service.toml").exists()


def test_what_is_there_stays_as_it_is(tmp_path: Path) -> None:
    folder = project(tmp_path, service_toml="mine\n")
    done = clawtui(tmp_path, "init", str(folder), "--host", "web-1")
    assert done.returncode == 77
    assert (folder / "service.toml").read_text() == "mine\n"
    (folder / "service.toml").unlink()
    (folder / "service.toml").symlink_to("elsewhere")
    assert clawtui(tmp_path, "init", str(folder), "--host", "web-1").returncode == 77
    assert not (folder / "elsewhere").exists()


def test_a_lock_without_hashes_stays_as_it_is_and_is_what_the_new_one_is_made_of(tmp_path: Path) -> None:
    folder = project(tmp_path, requirements_lock="fastapi==1.0\n")
    with served(INDEX) as index:
        done = clawtui(tmp_path, "init", str(folder), "--host", "web-1", **NOWHERE | index)
    assert done.returncode == 0, done.stdout
    assert (folder / "requirements.lock").read_text() == "fastapi==1.0\n"
    assert read_spec(folder).environment.lock == folder / "service.lock"


def test_a_lock_that_cannot_be_made_is_left_to_do_with_the_command_for_it(tmp_path: Path) -> None:
    folder = project(tmp_path, requirements_txt="fastapi\n")
    done = clawtui(tmp_path, "init", str(folder), "--host", "web-1", **NOWHERE)
    assert done.returncode == 1
    assert b"make it: uv pip compile --universal --generate-hashes requirements.txt -o requirements.lock" in done.stdout
    assert (folder / "service.toml").exists()
    assert not (folder / "requirements.lock").exists()


def test_imports_that_no_list_speaks_for_are_named(tmp_path: Path) -> None:
    folder = project(tmp_path, helper_py="import numpy, json\nimport app\n")
    with served(INDEX) as index:
        done = clawtui(tmp_path, "init", str(folder), "--host", "web-1", "--json", **NOWHERE | index)
    left = json.loads(done.stdout)["left"]
    assert done.returncode == 1
    assert len(left) == 1
    assert "which packages numpy come from" in left[0]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nowhere",), 64, b"is no folder"),
        ((".", "--host", "web-1"), 78, b"holds nothing that starts"),
        ((".", "--name", "Bad Name"), 64, b"--name 'Bad Name' is no name of a service"),
        ((".", "--domain", "https://x"), 64, b"--domain 'https://x' is no host name"),
    ],
)
def test_what_is_no_project_is_said_in_one_sentence(
    words: tuple[str, ...], code: int, said: bytes, tmp_path: Path
) -> None:
    done = clawtui(tmp_path, "init", str(tmp_path / words[0]), *words[1:])
    assert done.returncode == code
    assert said in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_secret_that_is_not_set_is_left_to_do(tmp_path: Path) -> None:
    folder = project(
        tmp_path,
        secret_py='import os\nos.environ["API_KEY"]\n',
        requirements_lock=f"uvicorn==1 --hash=sha256:{'0' * 64}\n",
    )
    done = clawtui(tmp_path, "init", str(folder), "--host", "web-1")
    assert done.returncode == 1
    assert b"to do: secret API_KEY: $API_KEY is not set" in done.stdout
