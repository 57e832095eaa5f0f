"""A terminal is given back even after `kill -9`: a shell that sleeps on a pipe and tidies up when nobody said goodbye."""

import contextlib
import os
import subprocess
import sys
import termios
from collections.abc import Generator

_TIDY = r"""
saved=$(stty -g <"$1") || exit 0
read -r goodbye && exit 0
printf '\033[?1000l\033[?1002l\033[?1003l\033[?1004l\033[?1006l\033[?1015l\033[?2004l\033[?2048l\033[<u\033[?1049l\033[?25h' >"$1"
stty "$saved" <"$1"
"""
# the modes that Textual switches on, switched off; then the line discipline as it was


@contextlib.contextmanager
def guarded() -> Generator[None]:
    """While the block runs, the end of this process by any signal gives the terminal back."""
    try:
        tty = os.ttyname(sys.stdin.fileno())
        termios.tcgetattr(sys.stdin.fileno())
        watcher = subprocess.Popen(
            ["/bin/sh", "-c", _TIDY, "sh", tty],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # neither ctrl+c nor a hangup of ours reaches it
        )
    except (OSError, termios.error):  # no terminal, no shell: nothing to give back, or nobody to do it
        yield
        return
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            watcher.communicate(b"goodbye\n", timeout=2.0)
