"""Programs with a deadline: their lines are heard as they come, and when time is up the whole group is killed."""

import ctypes
import os
import select
import signal
import subprocess
import time
from typing import Callable, Dict, List, NamedTuple, Optional, Sequence

from clawtui_runner.fault import Fault

ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LC_ALL": "C.UTF-8",
    "PYTHONUNBUFFERED": "1",
}
GRACE_S = 5.0  # between being asked to end and being made to
LINE = 4000  # characters of one line that are worth carrying
KEPT = 400  # lines that an answer may be looked for in
PR_SET_PDEATHSIG = 1


class Result(NamedTuple):
    """How it ended and what it said, both streams in one."""

    status: int
    lines: List[str]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)

    def tail(self, count: int = 5) -> str:
        """The last lines in one sentence's room."""
        return " · ".join([line for line in self.lines if line.strip()][-count:])[-600:]


def run(
    argv: Sequence[str],
    until: float,
    *,
    hear: Callable[[str], None] = lambda _: None,
    given: bytes = b"",
    env: Optional[Dict[str, str]] = None,
    cwd: str = "/",
) -> Result:
    """Run to the end, or to `until` of the monotonic clock: then its whole group is killed and Fault("deadline") told."""
    try:
        process = _start(argv, env, cwd)
    except OSError as error:
        raise Fault("failed", f"{argv[0]}: {error.strerror or error}") from error
    lines: List[str] = []

    def heard(line: str) -> None:
        lines.append(line)
        del lines[:-KEPT]
        hear(line)

    try:
        _talk(process, given, until, heard)
    except Fault:
        raise Fault(
            "deadline", f"{argv[0]}: not done in time, killed; it last said: {Result(0, lines).tail(3)}"
        ) from None
    finally:
        if process.poll() is None:
            end(process)
    return Result(process.wait(), lines)


def _start(argv: Sequence[str], env: Optional[Dict[str, str]], cwd: str) -> "subprocess.Popen[bytes]":
    libc = ctypes.CDLL(None)

    def dies_with_us() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    return subprocess.Popen(
        list(argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**ENVIRONMENT, **(env or {})},
        cwd=cwd,
        start_new_session=True,
        preexec_fn=dies_with_us,
    )


def _talk(process: "subprocess.Popen[bytes]", given: bytes, until: float, heard: Callable[[str], None]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    out, into, data = process.stdout.fileno(), process.stdin.fileno(), b""
    quiet_until = 0.0
    os.set_blocking(into, False)
    if not given:
        process.stdin.close()
    while True:
        readable, writable, _ = select.select(
            [out], [into] if given else [], [], min(0.2, max(0.0, until - time.monotonic()))
        )
        if writable:
            given = _feed(process, given)
        if readable:
            piece = os.read(out, 65536)
            *lines, data = (data + piece).split(b"\n")
            for line in lines:
                heard(_line(line))
            if not piece:
                break
        elif process.poll() is not None:
            # a daemon that it left behind may hold the other end of the pipe for ever
            quiet_until = quiet_until or time.monotonic() + 0.3
            if time.monotonic() > quiet_until:
                break
        _in_time(until)
    if data:
        heard(_line(data))
    process.stdout.close()
    while process.poll() is None:
        _in_time(until)
        time.sleep(0.01)


def _in_time(until: float) -> None:
    if time.monotonic() > until:
        raise Fault("deadline", "")


def _feed(process: "subprocess.Popen[bytes]", given: bytes) -> bytes:
    assert process.stdin is not None
    try:
        given = given[os.write(process.stdin.fileno(), given[:65536]) :]
    except BrokenPipeError:
        given = b""
    if not given:
        process.stdin.close()
    return given


def _line(line: bytes) -> str:
    # a progress bar writes over itself: its last state is the line
    return line.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace")[:LINE]


def end(process: "subprocess.Popen[bytes]") -> None:
    """The whole group: asked, then made to."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
        except ProcessLookupError:
            break
        try:
            process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            continue
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
