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
