"""The support bundle: everything that helps, and none of the secrets that were planted in every place."""

import json
import stat
import tarfile
from pathlib import Path

from tests.cli.terminal import clawtui

SECRETS = ("hunter2", "s3cr3t-token", "AKIAIOSFODNN7EXAMPLE", "ghp_abcdefghijklmnopqrstuvwxyz0123", "correct-horse")


def planted(home: Path) -> None:
    """A secret in every file that goes in."""
    config, state = home / ".config/clawtui", home / ".local/state/clawtui"
    (config / "contexts").mkdir(parents=True)
    state.mkdir(parents=True)
    (config / "settings.toml").write_text("version = 1\n[ssh]\nconcurrency = 7\n")
    (config / "contexts/eu.toml").write_text(
        'version = 1\n[[host]]\nname = "web-1"\naddress = "10.0.0.1"\nlabels = { api_key = "s3cr3t-token" }\n'
        '# become_password = "correct-horse"\n# run = ["./cmdb.py", "correct-horse"]\n'
    )
    (state / "log").write_text("Traceback: password=hunter2 AKIAIOSFODNN7EXAMPLE\n")
    (state / "actions.jsonl").write_text(
        json.dumps({"cli": "clawtui run web -- deploy --token ghp_abcdefghijklmnopqrstuvwxyz0123"}) + "\n"
    )


def test_it_helps_and_holds_no_secret(tmp_path: Path) -> None:
    planted(tmp_path)
    file = tmp_path / "b.tar.gz"
    done = clawtui(tmp_path, "bundle", str(file), DB_PASSWORD="hunter2", CLAWTUI_OPERATOR="ana")
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        texts = {m.name: (archive.extractfile(m) or file.open("rb")).read().decode() for m in archive.getmembers()}
    whole = "\n".join(texts.values())
    assert not [secret for secret in SECRETS if secret in whole]
    assert "concurrency" in texts["clawtui-bundle/config.txt"]
    assert "10.0.0.1" in texts["clawtui-bundle/user/contexts/eu.toml"]
    assert "DB_PASSWORD" in texts["clawtui-bundle/environment.txt"]
    assert "CLAWTUI_OPERATOR=ana" in texts["clawtui-bundle/environment.txt"]
    assert "asyncssh" in texts["clawtui-bundle/versions.txt"]
    assert all(name.removeprefix("clawtui-bundle/") in done.stdout.decode() for name in texts)


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "b.tar.gz").write_text("mine")
    done = clawtui(tmp_path, "bundle", str(tmp_path / "b.tar.gz"))
    assert done.returncode == 77
    assert (tmp_path / "b.tar.gz").read_text() == "mine"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    done = clawtui(tmp_path, "bundle", str(tmp_path / "no/b.tar.gz"))
    assert done.returncode == 70
    assert b"No such file or directory" in done.stderr


def test_a_host_that_cannot_be_looked_at_is_part_of_it(tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    clawtui(tmp_path, "bundle", str(file), "--doctor", "web-9")
    with tarfile.open(file) as archive:
        found = archive.extractfile("clawtui-bundle/doctor/web-9.txt")
        assert found is not None
        assert b"fleet file" in found.read()
