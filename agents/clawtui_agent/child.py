"""A process of our own that may wait where we must not: asked on its input, heard on its output, killed when it is late."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
from collections.abc import Callable

from clawtui_agent.world import Watcher

MOST_ANSWER = 262_144  # bytes of one line


class Child:
    """At most one process at a time, also when the kernel does not let go of one that was killed."""

    def __init__(self, loop: Watcher, script: str, words: tuple[str, ...], heard: Callable[[bytes], None]) -> None:
        self._loop = loop
        self._argv = [
            sys.executable,
            "-I",
            "-S",
            os.path.join(os.path.dirname(os.path.abspath(__file__)), script),
            *words,
        ]
        self._heard = heard
        self._pid = 0
        self._in = self._out = -1
        self._half = b""

    @property
    def running(self) -> bool:
        """It can be asked."""
        return self._out >= 0

    def start(self) -> bool:
        """False while the process before is not gone: one that hangs in a driver can't even be killed."""
        if self._pid and self.ended() is None:
            return False
        theirs_in, self._out = os.pipe2(os.O_CLOEXEC)
        self._in, theirs_out = os.pipe2(os.O_CLOEXEC)
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        actions = [
            (os.POSIX_SPAWN_DUP2, theirs_in, 0),
            (os.POSIX_SPAWN_DUP2, theirs_out, 1),
            (os.POSIX_SPAWN_OPEN, 2, "/dev/null", os.O_WRONLY, 0),
        ]
        try:
            self._pid = os.posix_spawn(
                self._argv[0],
                self._argv,
                dict(os.environ),
                file_actions=actions,
                setsigdef=[signal.SIGTERM, signal.SIGINT],
            )
        except OSError:
            self._hang_up()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._loop.watch(self._in, select.POLLIN, self._readable)
        return True

    def ask(self, line: bytes) -> None:
        """One line; what it can't take is lost and shows as an answer that does not come."""
        with contextlib.suppress(OSError):
            os.write(self._out, line)

    def stop(self) -> None:
        """Kill it and let go. Nothing is lost: it only reads."""
        if self._pid:
            with contextlib.suppress(OSError):
                os.kill(self._pid, signal.SIGKILL)
        self._hang_up()
        self.ended()

    def ended(self) -> str | None:
        """How it ended, in words; None while the kernel still has it."""
        if not self._pid:
            return "it was not started"
        try:
            pid, status = os.waitpid(self._pid, os.WNOHANG)
        except OSError:
            pid, status = self._pid, 0
        if not pid:
            return None
        self._pid = 0
        self._hang_up()
        return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else f"status {os.WEXITSTATUS(status)}"

    def _readable(self, _events: int) -> None:
        try:
            data = os.read(self._in, 65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        *lines, self._half = (self._half + data).split(b"\n")
        for line in lines:
            self._heard(line)
        if not data or len(self._half) > MOST_ANSWER:
            self._hang_up()

    def _hang_up(self) -> None:
        if self._in >= 0:
            self._loop.forget(self._in)
            os.close(self._in)
            os.close(self._out)
        self._in = self._out = -1
        self._half = b""
