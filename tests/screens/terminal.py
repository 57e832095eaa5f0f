"""A real pseudo terminal with the real application in it: bytes out, keys in."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
ESCAPES = re.compile(r"(?:\x1b\[[0-9;?]*[ -/]*[@-~])+")


def legible(out: bytes) -> str:
    """Text in the order in which it was drawn."""
    return ESCAPES.sub("|", out.decode(errors="replace"))


class Terminal:
    """Runs a Python program under a pty; answers nothing that it asks, as a poor terminal would."""

    def __init__(self, *program: str, columns: int = 120, lines: int = 40, **environ: str) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.before = termios.tcgetattr(self.slave)
        self.out = b""
        env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        env |= {"PYTHONPATH": str(ROOT), **environ}
        for told in ("NO_COLOR", "COLUMNS", "LINES"):  # the window has a size of its own
            env.pop(told, None)
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", *program],
            stdin=self.slave, stdout=self.slave, stderr=self.slave, cwd=ROOT, env=env, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.vanish()

    def vanish(self) -> None:
        """As when its window is closed, or the multiplexer's server is killed."""
        for end in ("master", "slave"):
            if (handle := getattr(self, end)) >= 0:
                os.close(handle)
                setattr(self, end, -1)

    def read(self, seconds: float) -> bytes:
        """What comes within some time."""
        until, fresh = time.monotonic() + seconds, b""
        while (left := until - time.monotonic()) > 0:
            if select.select([self.master], [], [], left)[0]:
                fresh += os.read(self.master, 1 << 16)
        self.out += fresh
        return fresh

    def until(self, words: bytes, seconds: float = 30.0) -> float:
        """Read until these bytes have come after what was read before; how long it took."""
        begun, fresh = time.monotonic(), b""
        while words not in fresh:
            left = begun + seconds - time.monotonic()
            assert left > 0, f"{words!r} did not come: {legible(fresh)[-6000:]}"
            if select.select([self.master], [], [], min(left, 0.2))[0]:
                chunk = os.read(self.master, 1 << 16)
                fresh += chunk
                self.out += chunk
        return time.monotonic() - begun

    def keys(self, keys: str, seconds: float = 0.25) -> bytes:
        """Press, and read what comes of it."""
        os.write(self.master, keys.encode())
        return self.read(seconds)

    def leave(self, seconds: float = 60.0) -> int:
        """Peel off what is open, leave and say yes, until the program ends; its exit code."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            for key in ("\x1b", "q", "y"):
                if self.process.poll() is None:
                    self.keys(key, 0.4)
        return self.wait()

    def wait(self, seconds: float = 15.0) -> int:
        """Read to the end of the program; its exit code."""
        until = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < until:
            self.read(0.1)
        self.read(0.1)
        return self.process.wait(timeout=1)

    def given_back(self, seconds: float = 30.0) -> bool:
        """Whether it is restored in time; somebody other than the program may do that after its end."""
        until = time.monotonic() + seconds
        while not self.restored and time.monotonic() < until:
            self.read(0.05)
        return self.restored

    @property
    def restored(self) -> bool:
        """Line discipline as before, cursor shown, alternate screen and mouse left."""
        same = termios.tcgetattr(self.slave)[:4] == self.before[:4]
        shown = self.out.rfind(b"\x1b[?25h") > self.out.rfind(b"\x1b[?25l")
        left = self.out.rfind(b"\x1b[?1049l") > self.out.rfind(b"\x1b[?1049h")
        mouse = self.out.rfind(b"\x1b[?1000l") > self.out.rfind(b"\x1b[?1000h")
        return same and shown and left and mouse
