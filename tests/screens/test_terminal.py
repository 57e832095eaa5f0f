"""What headless tests never see: raw bytes, the terminal given back, exit codes."""

import os
import signal
from pathlib import Path

import pytest

from tests.screens.terminal import Terminal

HOSTILE = (
    b"\x1b]52;c;ZXZpbA", b"\x1b]0;PWNED", b"\x1b[6n\x1bP", b"\x1bP+q", b"\xc2\x9b", b"\x9b31m", b"\xe2\x80\xae",
    b"\xe2\x81\xa6", b"\x00", b"\x08 $(id)",
)  # fmt: skip
PROGRAM = "tests/screens/hostile.py"


def harmless(out: bytes) -> None:
    for sequence in HOSTILE:
        assert sequence not in out, f"{sequence!r} reached the terminal"


def test_no_hostile_text_reaches_the_terminal_from_any_place_where_it_can_be_shown() -> None:
    with Terminal(PROGRAM) as terminal:
        terminal.until(b"[/x]")
        terminal.read(1.0)
        terminal.keys("\x1b", 0.6)  # the host key's dialog
        for keys in ("jjk", "V", "y", "u", "=", "=", "=", "=", "=", "?", "?", "\x1b", "!", "y", "\x1b", "w", "z", "z"):
            terminal.keys(keys, 0.15)
        terminal.keys("&x]\r", 0.3)
        terminal.keys("\x1b", 0.3)
        terminal.keys(":evil\r", 0.8)
        terminal.keys("y", 0.8)
        terminal.keys("\x1b", 0.3)
        terminal.keys("\x10", 0.6)
        terminal.keys("web", 0.6)
        terminal.keys("\x1b", 0.4)
        terminal.keys("g\r", 1.0)
        for keys in ("i", "i", "o", "o", "?", "\x1b", "+", "m", ".", "f", "\x1b", "F", ":ctx\r", "\x1b", ":view \r"):
            terminal.keys(keys, 0.25)
        code = terminal.leave()
        harmless(terminal.out)
        assert b"Traceback" not in terminal.out
        assert code == 0
        assert terminal.given_back()
        assert b"still wrong: " in terminal.out


def test_the_terminal_is_given_back_after_a_crash() -> None:
    with Terminal(PROGRAM, "crash") as terminal:
        terminal.until(b"[/x]")
        terminal.keys("\x1b", 0.6)
        terminal.keys("w", 0.5)
        assert terminal.wait() == 70
        harmless(terminal.out)
        assert terminal.given_back()


def test_sigterm_gives_the_terminal_back() -> None:
    with Terminal(PROGRAM) as terminal:
        terminal.until(b"[/x]")
        terminal.process.terminate()
        terminal.wait()
        assert terminal.given_back()


def test_even_kill_9_in_the_middle_of_a_dialog_gives_the_terminal_back() -> None:
    with Terminal(PROGRAM) as terminal:
        terminal.until(b"[/x]")
        terminal.read(0.5)
        terminal.process.kill()
        assert terminal.given_back()


def test_also_where_the_machine_is_slow_to_say_how_the_terminal_was(tmp_path: Path) -> None:
    slow = tmp_path / "stty"
    slow.write_text('#!/bin/sh\n[ "$1" != -g ] || sleep 1\nPATH=${PATH#*:} exec stty "$@"\n')
    slow.chmod(0o755)
    with Terminal(PROGRAM, PATH=f"{tmp_path}:{os.environ['PATH']}") as terminal:
        terminal.until(b"[/x]")
        terminal.process.kill()
        assert terminal.given_back()


def test_a_terminal_that_vanishes_ends_it_as_a_hangup_does() -> None:
    with Terminal(PROGRAM) as terminal:
        terminal.until(b"[/x]")
        terminal.vanish()
        assert terminal.process.wait(30) in (129, -signal.SIGHUP)


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_a_locale_without_unicode_gets_ascii_only(locale: str) -> None:
    program = "import sys; sys.argv=['x']; from tests.screens.plain import main; main()"
    with Terminal("-c", program, LC_ALL=locale, LANG=locale, PYTHONUTF8="0", PYTHONCOERCECLOCALE="0") as terminal:
        terminal.until(b"gpu-007")
        terminal.keys("jj", 0.4)
        assert terminal.out.isascii()


def test_what_is_typed_ahead_of_a_prompt_lands_in_it() -> None:
    with Terminal("-c", "from tests.screens.plain import main; main()") as terminal:
        terminal.until(b"gpu-007")
        terminal.read(0.5)
        terminal.keys(":host gpu-011\r", 0.0)
        terminal.until("› gpu-011".encode())


@pytest.mark.parametrize("ignored", [False, True])
def test_a_terminal_that_vanishes_ends_the_application(ignored: bool) -> None:
    program = "from tests.screens.plain import main; main()"
    if ignored:  # as under nohup
        program = f"import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN); {program}"
    with Terminal("-c", program) as terminal:
        terminal.until(b"HOST")
        spare = os.dup(terminal.master)
        os.close(terminal.slave)
        os.close(terminal.master)
        os.close(spare)
        terminal.master, terminal.slave = (os.open(os.devnull, os.O_RDONLY) for _ in range(2))
        terminal.process.wait(timeout=30)
