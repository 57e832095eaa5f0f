"""`clawtui config`: places, values, origins."""

import json
from pathlib import Path

from tests.cli.terminal import clawtui


def test_a_setting_says_where_it_comes_from(tmp_path: Path) -> None:
    folder = tmp_path / ".config/clawtui"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("version = 1\n[ssh]\nconcurrency = 7\n")
    shown = json.loads(clawtui(tmp_path, "config", "--json", CLAWTUI_UI_THEME="clawtui-light").stdout)
    assert shown["settings"]["ssh.concurrency"] == {"value": 7, "origin": f"{folder}/settings.toml:3"}
    assert shown["settings"]["ui.theme"] == {"value": "clawtui-light", "origin": "$CLAWTUI_UI_THEME"}
    assert shown["places"]["contexts"] == f"{folder}/contexts"


def test_a_wrong_setting_names_file_line_and_key(tmp_path: Path) -> None:
    folder = tmp_path / ".config/clawtui"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("version = 1\n[ssh]\nconcurency = 7\n")
    done = clawtui(tmp_path, "config")
    assert done.returncode == 78
    assert b"settings.toml:3" in done.stderr
    assert b"concurrency" in done.stderr


def test_with_origin_only_what_was_set_is_listed(tmp_path: Path) -> None:
    assert b"nothing is set" in clawtui(tmp_path, "config", "show", "--origin").stdout
    shown = clawtui(tmp_path, "config", "show", "--origin", CLAWTUI_UI_THEME="clawtui-light").stdout.decode()
    assert "$CLAWTUI_UI_THEME" in shown
    assert "ssh.concurrency" not in shown


def test_check_finds_every_wrong_file_at_once(tmp_path: Path) -> None:
    folder = tmp_path / ".config/clawtui"
    (folder / "contexts").mkdir(parents=True)
    (folder / "settings.toml").write_text("version = 1\n[ssh]\nconcurency = 7\n")
    (folder / "rules.toml").write_text('version = 1\n[rule.x]\nwhen = "cpu.bussy > 85%"\nseverity = "warning"\n')
    (folder / "contexts/eu.toml").write_text('version = 1\n[[host]]\nname = "a"\nprot = 22\n')
    (folder / "contexts/us.toml").write_text('version = 1\n[[host]]\nname = "b"\n')
    done = clawtui(tmp_path, "config", "check", "--json")
    assert done.returncode == 78
    found = {Path(one["file"]).name: one for one in json.loads(done.stdout)["files"]}
    assert "concurrency" in found["settings.toml"]["words"]
    assert found["rules.toml"]["words"].startswith("line 2: rule.x.clear")
    assert "port" in found["eu.toml"]["words"]
    assert found["us.toml"] == {"file": f"{folder}/contexts/us.toml", "ok": True, "words": "1 host"}


def test_check_of_a_sound_installation_ends_well(tmp_path: Path) -> None:
    folder = tmp_path / ".config/clawtui"
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text("version = 1\n[ssh]\nconcurrency = 7\n")
    done = clawtui(tmp_path, "config", "check", CLAWTUI_UI_THEME="clawtui-light")
    assert done.returncode == 0
    assert "settings.toml: 1 setting" in done.stdout.decode()
    assert "environment: CLAWTUI_UI_THEME" in done.stdout.decode()


def test_check_says_which_variable_names_no_setting(tmp_path: Path) -> None:
    done = clawtui(tmp_path, "config", "check", CLAWTUI_UI_TEME="clawtui-light")
    assert done.returncode == 78
    assert "CLAWTUI_UI_THEME" in done.stdout.decode()
