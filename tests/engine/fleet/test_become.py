"""What is run to have something done as root, for every gate; a password stands in nothing but standard input."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from clawtui import shipped
from clawtui.errors import NoRoot
from clawtui.fleet.agent.layout import system_layout, user_layout
from clawtui.fleet.agent.scripts import VERBS, helper, placed, verb
from clawtui.fleet.allowance import MEANING, policy, rules
from clawtui.fleet.become import HELPER, HELPER_VERSION, Gate, Rights, Verdict, as_root, seen, verdict
from clawtui.fleet.host import Become

SECRET = "s3cret"
# as doas asks: without echo, on the terminal and nowhere else
ASKS = """\
import sys, termios
terminal = open("/dev/tty", "r+b", 0)
mode = termios.tcgetattr(terminal)
mode[3] &= ~termios.ECHO
termios.tcsetattr(terminal, termios.TCSANOW, mode)
terminal.write(b"password: ")
sys.exit(terminal.readline() != b"answer\\n" or sys.stdin.read() != "rest")
"""

SHIPPED = {"1": "8ef861034dc083d5be8d6cf0ed53b2cd397c1e029918d8b2ede8392871771efc"}
"""Version of the helper → SHA-256 of what lies in /usr/local/sbin."""


def rights(gate: Gate, *, password: str = "", only_helper: bool = False, terminal: bool = False) -> Rights:
    return Rights("box", gate, 1000, "ops", only_helper, terminal, password)


@pytest.mark.parametrize(
    ("given", "command", "stdin"),
    [
        (rights(Gate.LOGIN), "sh -c 'id -u'", b"in"),
        (rights(Gate.SUDO), "env LC_ALL=C sudo -k -n -- sh -c 'id -u'", b"in"),
        (rights(Gate.SUDO, password=SECRET), "env LC_ALL=C sudo -k -S -p '' -- sh -c 'id -u'", b"s3cret\nin"),
        (rights(Gate.DOAS), "env LC_ALL=C doas -n sh -c 'id -u'", b"in"),
    ],
)
def test_a_line_goes_through_its_gate(given: Rights, command: str, stdin: bytes) -> None:
    line = as_root(given, "id -u", b"in")
    assert (line.command, line.stdin) == (command, stdin)


@pytest.mark.parametrize("gate", [Gate.SUDO, Gate.DOAS])
@pytest.mark.parametrize("terminal", [False, True])
def test_a_password_is_in_no_command_and_in_no_repr(gate: Gate, *, terminal: bool) -> None:
    given = rights(gate, password=SECRET, terminal=terminal)
    line = as_root(given, "id", b"x")
    assert SECRET not in f"{line.command} {line!r} {given!r} {given.words}"
    assert line.stdin == b"s3cret\nx"


def test_who_may_run_the_helper_only_is_refused_everything_else_by_name() -> None:
    with pytest.raises(NoRoot, match=f"box: ops may run {HELPER} as root and nothing else"):
        as_root(rights(Gate.SUDO, only_helper=True), "id")
    with pytest.raises(NoRoot, match="has no root there; set become"):
        as_root(rights(Gate.OWN), "id")


def test_the_helper_is_called_by_name_where_only_that_is_allowed_and_sent_elsewhere() -> None:
    narrow = verb(rights(Gate.SUDO, only_helper=True), system_layout(), "prune", keep=("a", "b"))
    assert narrow.command == f"env LC_ALL=C sudo -k -n -- {HELPER} prune"
    assert narrow.stdin == b"keep=a\nkeep=b\n\n"
    sent = verb(rights(Gate.SUDO, password=SECRET), system_layout(), "prune", keep=("a",))
    assert sent.stdin == f"{SECRET}\n{placed()}keep=a\n\n".encode()
    assert len(sent.command) < 200  # sudo writes it into the host's log


@pytest.mark.parametrize(
    ("become", "said", "means"),
    [
        (Become.SUDO, "sudo: a password is required", Verdict.PASSWORD),
        (Become.SUDO, "Sorry, try again.\nsudo: 1 incorrect password attempt", Verdict.WRONG),
        (Become.SUDO, "sudo: no password was provided", Verdict.WRONG),
        (Become.SUDO, "sudo: sorry, you must have a tty to run sudo", Verdict.TERMINAL),
        (Become.SUDO, "Sorry, user ops is not allowed to execute '/bin/sh' as root on box.", Verdict.DENIED),
        (Become.SUDO, "ops is not in the sudoers file.", Verdict.DENIED),
        (Become.SUDO, "sudo: /usr/local/sbin/clawtui-helper: command not found", Verdict.MISSING),
        (Become.SUDO, "sudo: account validation failure, is your account locked?", Verdict.OTHER),
        (Become.SUDO, "Password: a password is required\nsome banner\nanother\nthird", Verdict.OTHER),
        (Become.DOAS, "doas: Authentication required", Verdict.PASSWORD),
        (Become.DOAS, "doas: Authentication failed", Verdict.WRONG),
        (Become.DOAS, "doas: Operation not permitted", Verdict.DENIED),
        (Become.DOAS, "doas: doas is not enabled, /etc/doas.conf: No such file or directory", Verdict.DENIED),
    ],
)
def test_what_a_gate_says_has_one_meaning(become: Become, said: str, means: Verdict) -> None:
    assert verdict(become, 1, said) is means
    assert verdict(become, 0, said) is Verdict.OPEN


def test_an_answer_that_is_none_is_said_with_harmless_text() -> None:
    with pytest.raises(NoRoot, match="restricted key") as caught:
        seen("box", Become.SUDO, "\x1b[31mwelcome\n")
    assert "\x1b" not in str(caught.value)


def test_the_helper_knows_exactly_the_verbs_that_are_allowed_and_each_has_a_meaning() -> None:
    text = shipped.read("templates/agent/helper.sh")
    known = re.search(r"^  (look [a-z_ |]+)\) \"\$1\" ;;", text, re.MULTILINE)
    assert known
    assert {"version", *known[1].split(" | ")} == set(VERBS) == set(MEANING)
    assert f"clawtui-helper {HELPER_VERSION}:" in text
    assert f"version) echo {HELPER_VERSION}" in text
    for line in rules(Become.SUDO, "ops")[1:]:
        assert re.fullmatch(rf"ops ALL=\(root\) NOPASSWD: {HELPER} [a-z_]+", line)


def test_a_version_of_the_helper_that_was_shipped_never_changes() -> None:
    """An administrator has read it and placed it: another text, even a better one, is another version."""
    assert (HELPER_VERSION, hashlib.sha256(placed().encode()).hexdigest()) == list(SHIPPED.items())[-1], (
        "helper.sh or a unit in it was changed: raise its version and HELPER_VERSION and add a line to SHIPPED; "
        "only what no release has carried may be written anew in place"
    )
    assert [int(version) for version in SHIPPED] == list(range(1, len(SHIPPED) + 1))


@pytest.mark.parametrize(
    "head", ["folder=../../etc\n\n", "folder=a b\n\n", "x=1\n\n", "keep=$(id)\n\n", "python=sh -c id\n\n"]
)
def test_the_helper_refuses_values_that_it_does_not_know(tmp_path: Path, head: str) -> None:
    layout = user_layout(str(tmp_path), "m", 1)
    done = subprocess.run(
        ["sh", "-c", helper(layout), "h", "prune"], input=head.encode(), capture_output=True, timeout=20
    )
    assert done.returncode == 1
    assert re.search(rb"takes no such value|knows no", done.stderr), done


def test_the_policy_names_files_commands_ports_and_the_digest_of_the_helper() -> None:
    for become in (Become.SUDO, Become.DOAS):
        text = policy("web-1", become, "ops")
        assert "@" not in text
        for words in ("Ports         none", HELPER, "/var/lib/clawtui-agent/", *rules(become, "ops")):
            assert words in text
    assert placed().startswith("#!/bin/sh\n# clawtui-helper 1: ")


def test_a_program_gets_a_terminal_and_keeps_its_standard_input() -> None:
    wrapper = shipped.read("templates/become/terminal.py")
    argv = [sys.executable, "-c", wrapper, "1", sys.executable, "-c", ASKS]
    done = subprocess.run(argv, input=b"answer\nrest", capture_output=True, timeout=20)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
