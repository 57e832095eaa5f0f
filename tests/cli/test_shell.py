"""`clawtui shell` under a pty: what is typed arrives, the terminal comes back as it was, a line is kept."""

import json
import termios
from pathlib import Path

import pytest

from clawtui.fleet.host import Transport
from tests.cli.sshd import Sshd
from tests.cli.terminal import Screen, clawtui


@pytest.mark.parametrize("transport", list(Transport))
def test_a_shell_is_handed_over_recorded_and_given_back(host: Sshd, tmp_path: Path, transport: Transport) -> None:
    screen = Screen(tmp_path, "--fleet", str(host.fleet_file(transport=transport)), "shell", "box")
    before = termios.tcgetattr(screen.master)
    screen.until(b"not guarded, only recorded")
    screen.type("echo $((6*7)); stty size; exit 3\r")
    assert screen.end_keeping() == 1
    assert b"42" in screen.seen
    assert termios.tcgetattr(screen.master)[:4] == before[:4]
    notes = [json.loads(line) for line in (tmp_path / ".local/state/clawtui/actions.jsonl").read_text().splitlines()]
    assert [note["note"] for note in notes] == ["opened", "ended with 3"]


def test_without_a_terminal_it_says_what_to_write(host: Sshd, tmp_path: Path) -> None:
    done = clawtui(tmp_path, "--fleet", str(host.fleet_file()), "shell", "box")
    assert done.returncode == 64
    assert b"clawtui run HOST -- COMMAND" in done.stderr
