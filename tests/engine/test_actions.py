"""What was done is written down: whole lines, no secrets, rotated once, told to syslog."""

import json
import os
import socket
import threading
from pathlib import Path

import pytest

from clawtui.history.actions import ActionLog, Entry, operator
from clawtui.history.redact import HIDDEN, redact


def entry(number: int, **changes: object) -> Entry:
    fields: dict[str, object] = {
        "at": float(number),
        "who": "root (ana)",
        "context": "prod",
        "verb": "run",
        "hosts": ("a",),
    }
    return Entry(**(fields | {"cli": f"clawtui run a -- echo {number}"} | changes))  # type: ignore[arg-type]  # by name


def log(path: Path, keep: int = 10**6) -> ActionLog:
    return ActionLog(path / "s/actions.jsonl", keep, syslog=str(path / "none"))


def test_entries_come_back_newest_first(tmp_path: Path) -> None:
    actions = log(tmp_path)
    for number in range(5):
        actions.write(entry(number))
    assert [found.at for found in actions.last(3)] == [4.0, 3.0, 2.0]
    assert actions.last(0) == ()


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    log(tmp_path).write(entry(1))
    assert (tmp_path / "s/actions.jsonl").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700


def test_secrets_are_hidden_before_they_are_written(tmp_path: Path) -> None:
    told = log(tmp_path).write(
        entry(1, cli="clawtui run a -- x --password hunter2", commands=("TOKEN=abc123 x",), note="p")
    )
    raw = (tmp_path / "s/actions.jsonl").read_text()
    assert "hunter2" not in raw
    assert "abc123" not in raw
    assert told.commands == (f"TOKEN={HIDDEN} x",)


def test_a_full_log_becomes_the_old_one_and_both_are_read(tmp_path: Path) -> None:
    actions = log(tmp_path, keep=1000)
    for number in range(20):
        actions.write(entry(number))
    assert (tmp_path / "s/actions.jsonl.1").exists()
    assert (tmp_path / "s/actions.jsonl").stat().st_size < 1200
    assert [found.at for found in actions.last(6)] == [19.0, 18.0, 17.0, 16.0, 15.0, 14.0]


def test_half_a_line_of_somebody_who_died_spoils_no_other(tmp_path: Path) -> None:
    actions = log(tmp_path)
    actions.write(entry(1))
    with actions.path.open("ab") as file:
        file.write(b'{"at": 2, "who": "ro')
    actions.write(entry(3))
    assert [found.at for found in actions.last(9)] == [3.0, 1.0]


def test_many_writers_lose_no_line_even_while_the_file_is_rotated(tmp_path: Path) -> None:
    def write(first: int) -> None:
        mine = log(tmp_path, keep=40_000)
        for number in range(50):
            mine.write(entry(first + number))

    threads = [threading.Thread(target=write, args=(1000 * which,)) for which in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [line for path in (tmp_path / "s").iterdir() for line in path.read_bytes().splitlines()]
    assert len({json.loads(line)["at"] for line in lines}) == 200


def test_syslog_hears_of_it(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(tmp_path / "dev-log"))
        listener.settimeout(1.0)
        ActionLog(tmp_path / "a.jsonl", 10**6, syslog=str(tmp_path / "dev-log")).write(entry(1))
        assert listener.recv(4096).startswith(b'<85>clawtui: {"at":1.0')


def test_what_cannot_be_written_is_an_error_not_silence(tmp_path: Path) -> None:
    (tmp_path / "s").write_text("a file where the folder should be")
    with pytest.raises(OSError):
        log(tmp_path).write(entry(1))


def test_who_is_the_os_user_with_the_operators_name_beside() -> None:
    user = operator({})
    assert operator({"CLAWTUI_OPERATOR": "ana", "USER": "somebody else"}) == f"{user} (ana)"
    assert str(os.getuid()) or user


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("mysql --password=hunter2 -e x", "hunter2"),
        ("app --api-key 'k 1' run", "k 1"),
        ('DB_PASSWORD="a b" ./x', "a b"),
        ("curl -H 'Authorization: Bearer abc.def' http://x", "abc.def"),
        ("git clone https://ana:hunter2@host/x", "hunter2"),
        ("aws AKIAABCDEFGHIJKLMNOP", "AKIAABCDEFGHIJKLMNOP"),
        ("echo ghp_0123456789abcdef0123456789", "ghp_0123"),
        ("export AWS_SECRET_ACCESS_KEY=xyz/abc+1", "xyz/abc"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n-----END OPENSSH PRIVATE KEY-----", "abc"),
        ('{"token": "t0p"}', "t0p"),
    ],
)
def test_values_of_secrets_are_hidden(text: str, hidden: str) -> None:
    assert hidden not in redact(text)
    assert HIDDEN in redact(text)


@pytest.mark.parametrize(
    "text", ["uptime", "tail -n 5 /var/log/token.log", "http://host:8080/a@b", "echo passwords matter"]
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text
