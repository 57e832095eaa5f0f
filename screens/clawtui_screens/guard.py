"""A terminal is given back even after `kill -9`: a shell that sleeps on a pipe and tidies up when nobody said goodbye.

And a terminal that vanishes ends the process: Textual's reader and writer would spin or block on it for ever.
"""

import contextlib
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator

GRACE_S = 2.0  # for hanging up links properly
_TIDY = r"""
read -r goodbye && exit 0
printf '\033[?1000l\033[?1002l\033[?1003l\033[?1004l\033[?1006l\033[?1015l\033[?2004l\033[?2048l\033[<u\033[?1049l\033[?25h' >"$1"
stty "$2" <"$1"
"""
# the modes that Textual switches on, switched off; then the line discipline as it was


@contextlib.contextmanager
def guarded() -> Generator[None]:
    """While the block runs, the end of this process by any signal gives the terminal back."""
    try:
        tty = os.ttyname(sys.stdin.fileno())
        # before anything else happens to it: a watcher that looked for itself might come too late
        saved = subprocess.run(
            ["stty", "-g"], stdin=sys.stdin, capture_output=True, text=True, check=True
        ).stdout.strip()
        watcher = subprocess.Popen(
            ["/bin/sh", "-c", _TIDY, "sh", tty, saved],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # neither ctrl+c nor a hangup of ours reaches it
        )
    except (OSError, subprocess.CalledProcessError):  # no terminal, no shell: nothing to give back, or nobody to do it
        yield
        return
    threading.Thread(target=_end_with_terminal, args=(sys.stdin.fileno(),), daemon=True, name="hangup").start()
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            watcher.communicate(b"goodbye\n", timeout=2.0)


def _end_with_terminal(terminal: int) -> None:
    """Sleeps until the terminal hangs up, then asks the application to leave and, if it cannot, leaves for it."""
    watch = select.poll()
    watch.register(terminal, 0)  # hang-up and error are told without being asked for
    watch.poll()
    os.kill(os.getpid(), signal.SIGHUP)
    time.sleep(GRACE_S)
    os._exit(128 + signal.SIGHUP)
