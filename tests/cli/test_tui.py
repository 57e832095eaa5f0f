"""No verb: the screens, or what stands in for them."""

import time
from pathlib import Path

from clawtui_screens.dialog import GUARD_S
from tests.cli.terminal import Screen, clawtui


def test_the_first_run_picks_hosts_names_the_context_and_shows_it(tmp_path: Path) -> None:
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh/config").write_text("Host web-1\n")
    screen = Screen(tmp_path, CLAWTUI_UI_ASCII="always")
    screen.until(b"Which of these 1 host")
    screen.until(b"web-1")
    screen.type(" \r")
    screen.until(b"a name for this fleet")
    screen.type("\r")
    screen.until(b"mine.toml")
    assert "web-1" in (tmp_path / ".config/clawtui/contexts/mine.toml").read_text()
    screen.process.terminate()
    screen.end()


def test_a_fleet_file_of_this_folder_is_offered_with_what_it_would_run(tmp_path: Path) -> None:
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "cmdb.sh").write_text('#!/bin/sh\ntouch ran\necho \'{"version": 1, "hosts": []}\'\n')
    (folder / "cmdb.sh").chmod(0o755)
    (folder / "fleet.toml").write_text(
        'version = 1\n[context]\nname = "cloned"\n[[host]]\nname = "host-of-the-clone"\naddress = "127.0.0.1"\nport = 1\n'
        '[[command]]\nrun = ["./cmdb.sh", "--all"]\n'
    )
    screen = Screen(tmp_path / "home", folder=folder, CLAWTUI_UI_ASCII="always")
    seen = screen.until(b"type yes to accept it")
    assert b"./cmdb.sh --all" in seen
    assert not (folder / "ran").exists()
    time.sleep(GUARD_S)  # what is typed sooner was not meant, and is discarded
    screen.type("yes\r")
    screen.until(b"host-of-the-clone")
    assert (folder / "ran").exists()
    screen.process.terminate()
    screen.end()


def test_several_contexts_are_chosen_from_on_screen_and_end_verbs(tmp_path: Path) -> None:
    contexts = tmp_path / ".config/clawtui/contexts"
    contexts.mkdir(parents=True)
    for name in ("east", "west"):
        (contexts / f"{name}.toml").write_text(f'version = 1\n[context]\nname = "{name}"\n[[host]]\nname = "a"\n')
    done = clawtui(tmp_path, "hosts")
    assert done.returncode == 78
    assert b"--context east or --context west" in done.stderr
    screen = Screen(tmp_path)
    screen.until(b"which context?")
    screen.type("\x1b[B\r")
    screen.until(b"west")
    screen.process.terminate()
    screen.end()


def test_a_pipe_gets_the_plain_table_and_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "fleet.toml").write_text(
        'version = 1\n[context]\nname = "c"\n[[host]]\nname = "a"\naddress = "127.0.0.1"\nport = 1\n'
    )
    done = clawtui(tmp_path, "--fleet", f"{tmp_path}/fleet.toml")
    assert b"this is no terminal" in done.stderr
    assert done.stdout.startswith(b"STATE")
    assert b"\x1b" not in done.stdout
    assert done.returncode == 2  # nothing listens there: down
    dumb = Screen(tmp_path, "--fleet", f"{tmp_path}/fleet.toml", TERM="dumb")
    dumb.until(b"TERM=dumb")
    assert dumb.end() == 2
