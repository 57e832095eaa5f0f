"""`clawtui config`: places, values, origins."""

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.terminal import CLAWTUI, Screen, clawtui, environment


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


COMMAND = """version = 1
[context]
name = "cloned"
[[host]]
name = "a"
[[command]]
run = ["./cmdb.sh", "--all"]
[[service]]
name = "bot"
hosts = "of-cmdb"
unit = "bot.service"
"""
CMDB = """#!/bin/sh
touch ran
echo '{"version": 1, "hosts": [{"name": "of-cmdb"}]}'
"""


def cloned(folder: Path) -> Path:
    """A fleet file whose hosts come from a program that leaves a trace."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cmdb.sh").write_text(CMDB)
    (folder / "cmdb.sh").chmod(0o755)
    (folder / "fleet.toml").write_text(COMMAND)
    return folder / "fleet.toml"


def test_check_runs_a_program_only_when_asked_and_says_what_it_did_not_run(tmp_path: Path) -> None:
    folder = tmp_path / ".config/clawtui/contexts"
    cloned(folder).rename(folder / "eu.toml")
    done = clawtui(tmp_path, "config", "check")
    assert done.returncode == 0
    assert "eu.toml: 1 host; not run: ./cmdb.sh --all (--run runs them)" in done.stdout.decode()
    assert not (folder / "ran").exists()
    ran = clawtui(tmp_path, "config", "check", "--run")
    assert "eu.toml: 2 hosts\n" in ran.stdout.decode()
    assert (folder / "ran").exists()


def test_check_does_not_run_ansible_or_match_exec(tmp_path: Path) -> None:
    folder = tmp_path / ".config/clawtui/contexts"
    folder.mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin/ansible-inventory"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\nexit 1\n")
    program.chmod(0o755)
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text(f"Match exec 'touch {tmp_path}/ran'\n User u\nHost lab\n")
    (folder / "inventory").write_text("[web]\nw1\nw2\n")
    (folder / "eu.toml").write_text(
        'version = 1\n[[ansible]]\nsource = "inventory"\n[[ssh_config]]\nhosts = ["lab"]\nmatch_exec = true\n'
    )
    path = f"{tmp_path}/bin:{environment(tmp_path)['PATH']}"
    done = clawtui(tmp_path, "config", "check", PATH=path)
    assert done.returncode == 0, done.stdout
    assert "eu.toml: 3 hosts; not run: ansible-inventory -i inventory; Match exec in" in done.stdout.decode()
    assert not (tmp_path / "ran").exists()
    assert clawtui(tmp_path, "config", "check", "--run", PATH=path).returncode == 78
    assert (tmp_path / "ran").exists()


def within(folder: Path, home: Path, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """clawtui, called in a folder."""
    command = [sys.executable, "-m", "clawtui", *words]
    return subprocess.run(command, cwd=folder, env=environment(home), input=b"", capture_output=True, timeout=60)


def test_a_fleet_file_of_this_folder_counts_once_it_was_accepted(tmp_path: Path) -> None:
    file, home = cloned(tmp_path / "repo"), tmp_path / "home"
    refused = within(file.parent, home, "hosts")
    assert refused.returncode == 78
    assert b"clawtui config accept" in refused.stderr
    asked = within(file.parent, home, "config", "accept")
    assert (asked.returncode, b"nobody can be asked here" in asked.stderr) == (77, True)
    assert not (file.parent / "ran").exists()
    assert within(file.parent, home, "config", "accept", "--yes").returncode == 0
    assert b"of-cmdb" in within(file.parent, home, "hosts").stdout
    assert b"already" in within(file.parent, home, "config", "accept", "fleet.toml").stdout
    (file.parent / "cmdb.sh").write_text(CMDB + "# changed\n")
    assert within(file.parent, home, "hosts").returncode == 78


def test_accept_shows_every_command_and_wants_a_whole_yes(tmp_path: Path) -> None:
    file = cloned(tmp_path / "repo")
    (file.parent / "ssh").write_text("Host behind\n ProxyCommand ./tunnel %h\n")
    file.write_text(COMMAND + '[[ssh_config]]\nfile = "ssh"\nhosts = ["behind"]\n')
    for answer, code, words in (("y\r", 77, b"not accepted"), ("yes\r", 0, b"counts in its folder")):
        screen = Screen(tmp_path / "home", "config", "accept", str(file))
        seen = screen.until(b"type yes to let it count")
        assert b"./cmdb.sh --all" in seen
        assert b"ProxyCommand ./tunnel behind" in seen
        screen.type(answer)
        screen.until(words)
        assert screen.end() == code
    assert not (file.parent / "ran").exists()


def test_a_file_that_changes_while_it_is_read_is_not_accepted(tmp_path: Path) -> None:
    file = cloned(tmp_path / "repo")
    screen = Screen(tmp_path / "home", "config", "accept", str(file))
    screen.until(b"type yes to let it count")
    file.write_text(COMMAND + "# more\n")
    screen.type("yes\r")
    screen.until(b"was changed while it was read")
    assert screen.end() == 77
    assert not (tmp_path / "home/.local/state/clawtui/accepted").exists()


def test_what_belongs_to_one_word_is_refused_beside_another(tmp_path: Path) -> None:
    assert clawtui(tmp_path, "config", "show", "--run").returncode == 64
    assert clawtui(tmp_path, "config", "check", "fleet.toml").returncode == 64


def test_check_tells_all_that_is_wrong_in_the_service_of_this_folder(tmp_path: Path) -> None:
    path = tmp_path / "bot/service.toml"
    path.parent.mkdir()

    def check() -> subprocess.CompletedProcess[bytes]:
        command, environ = [*CLAWTUI, "config", "check"], environment(tmp_path)
        return subprocess.run(command, cwd=path.parent, env=environ, capture_output=True, timeout=60)

    path.write_text('version = 1\nname = "Bot"\nhots = "a"\n[run]\ncommand = "x"\n')
    done = check()
    assert done.returncode == 78
    lines = done.stdout.decode().splitlines()
    assert f"✗ {path}: line 2: name: 'Bot' is no name of a service" in lines[1]
    assert len(lines) > 3
    path.write_text('version = 1\nname = "bot"\nhosts = "a"\n[run]\ncommand = "/x {socket}"\n')
    assert check().stdout.decode() == f"● {path}: bot on a\n"
