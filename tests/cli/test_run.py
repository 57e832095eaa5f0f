"""`clawtui run` against a real sshd: bytes, grouping, endings, confirmation."""

import json
import socket
from pathlib import Path

import pytest

from tests.cli.sshd import Sshd
from tests.cli.terminal import Screen, clawtui

AWKWARD = r"printf 'a\r\n\033[31mred\0\377no newline'"
BYTES = b"a\r\n\x1b[31mred\x00\xffno newline"


def test_one_host_in_a_pipe_is_exactly_its_bytes(host: Sshd, tmp_path: Path) -> None:
    done = clawtui(tmp_path, "--fleet", str(host.fleet_file()), "run", "box", "--yes", "--", AWKWARD)
    assert (done.returncode, done.stdout, done.stderr) == (0, BYTES, b"")


def test_several_hosts_in_a_pipe_are_named_on_every_line(host: Sshd, tmp_path: Path) -> None:
    fleet = str(host.fleet_file("a", "b"))
    done = clawtui(tmp_path, "--fleet", fleet, "run", "all", "--yes", "--", r"printf 'one\ntwo\n'; echo oh >&2")
    assert done.stdout == b"a: one\na: two\nb: one\nb: two\n"
    assert done.stderr == b"a: oh\nb: oh\n"
    raw = clawtui(tmp_path, "--fleet", fleet, "run", "all", "--yes", "--raw", "--", "printf x")
    assert raw.stdout == b"xx"


@pytest.mark.parametrize(
    ("command", "code", "ending", "status"),
    [("exit 0", 0, "ok", 0), ("exit 7", 1, "failed", 7), ("kill -9 $$", 1, "killed", None)],
)
def test_endings_and_codes(
    host: Sshd, tmp_path: Path, command: str, code: int, ending: str, status: int | None
) -> None:
    done = clawtui(tmp_path, "--fleet", str(host.fleet_file()), "run", "box", "--yes", "--json", "--", command)
    shown = json.loads(done.stdout)["hosts"][0]
    assert (done.returncode, shown["ending"]) == (code, ending)
    assert shown["status"] == status


def test_a_command_that_does_not_end_is_unknown_never_a_success(host: Sshd, tmp_path: Path) -> None:
    fleet = str(host.fleet_file())
    done = clawtui(tmp_path, "--fleet", fleet, "run", "box", "--yes", "--json", "--timeout", "0.5", "--", "sleep 20")
    shown = json.loads(done.stdout)["hosts"][0]
    assert (done.returncode, shown["ending"], shown["status"]) == (1, "unknown", None)
    assert "no answer within 0.5 s" in shown["words"]


def test_a_dead_host_is_named_and_the_others_answer(host: Sshd, tmp_path: Path) -> None:
    path = host.fleet_file("alive")
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        path.write_text(
            path.read_text() + f'[[host]]\nname = "dead"\naddress = "127.0.0.1"\nport = {closed.getsockname()[1]}\n'
        )
        done = clawtui(tmp_path, "--fleet", str(path), "run", "all", "--yes", "--", "echo hi")
        assert done.returncode == 1
        assert done.stdout == b"alive: hi\n"
        assert b"dead: unreached: " in done.stderr
        assert clawtui(tmp_path, "--fleet", str(path), "run", "dead", "--yes", "--", "true").returncode == 2


def test_prod_wants_name_and_count(host: Sshd, tmp_path: Path) -> None:
    fleet = str(host.fleet_file("a", "b", kind="prod"))
    words = ("--fleet", fleet, "run", "all")
    refused = [
        clawtui(tmp_path, *words, *flags, "--", "echo hi") for flags in ((), ("--yes",), ("--confirm", "test:1"))
    ]
    assert [done.returncode for done in refused] == [77, 77, 77]
    assert all(b"--confirm test:2" in done.stderr and done.stdout == b"" for done in refused)
    assert clawtui(tmp_path, *words, "--confirm", "test:2", "--", "echo hi").stdout == b"a: hi\nb: hi\n"


def test_a_terminal_groups_cleans_and_asks(host: Sshd, tmp_path: Path) -> None:
    fleet = str(host.fleet_file("gpu-01", "gpu-02", "gpu-03"))
    screen = Screen(tmp_path, "--fleet", fleet, "run", "all", "--", r"printf '\033]0;owned\007x\n'")
    screen.until(b"type y to go: ")
    screen.type("y\n")
    assert screen.end() == 0
    assert b"gpu-[01-03] (3)" in screen.seen
    assert b"\x1b]0;" not in screen.seen
    assert screen.seen.partition(b"to go: ")[2].count(b"owned") == 1


def test_saying_anything_else_does_nothing(host: Sshd, tmp_path: Path) -> None:
    screen = Screen(tmp_path, "--fleet", str(host.fleet_file()), "run", "box", "--", "touch done", NO_COLOR="1")
    screen.until(b"type y to go: ")
    screen.type("yes\n")
    assert screen.end() == 77
    assert not (host.home / "done").exists()
    assert b"\x1b[" not in screen.seen
