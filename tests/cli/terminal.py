"""clawtui as a process: in a pipe, or under a pty."""

import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

READ_S = 20.0
CLAWTUI = (sys.executable, "-m", "clawtui")


def clawtui(home: Path, *words: str, stdin: str = "", **environ: str) -> subprocess.CompletedProcess[bytes]:
    """Run it in a pipe."""
    return subprocess.run(
        [*CLAWTUI, *words], input=stdin.encode(), capture_output=True, env=environment(home, **environ), timeout=60
    )


def environment(home: Path, **more: str) -> dict[str, str]:
    """A clean one: nothing of the machine's own configuration."""
    home.mkdir(parents=True, exist_ok=True)
    return {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TERM": "xterm-256color"} | more


class Screen:
    """clawtui under a pty."""

    def __init__(self, home: Path, *words: str, folder: Path | None = None, **environ: str) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(self.master, (24, 80))
        self.process = subprocess.Popen(
            [*CLAWTUI, *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment(home, **environ),
            cwd=folder,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = b""

    def until(self, words: bytes) -> bytes:
        """Read until these words stand there."""
        end = time.monotonic() + READ_S
        while words not in self.seen:
            assert self._more(end), f"{words!r} never came; there is {self.seen!r}"
        return self.seen

    def type(self, text: str) -> None:
        """As from the keyboard."""
        os.write(self.master, text.encode())

    def end(self) -> int:
        """Read what is left; its exit code."""
        code = self.end_keeping()
        os.close(self.master)
        return code

    def end_keeping(self) -> int:
        """The same, but the terminal can still be looked at."""
        end = time.monotonic() + READ_S
        while self._more(end):
            pass
        return self.process.wait(READ_S)

    def _more(self, end: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.seen += data
        return bool(data)
