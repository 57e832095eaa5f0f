"""A program of the operator's own machine, run to its end: never longer than a deadline, never more output than a limit."""

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ERRORS_KEPT = 4096
LOOK_S = 0.2
WAIT_S = 0.005
_CHUNK = 65_536


class ProgramFailed(Exception):
    """It could not be started, took too long or said too much; the words follow its name."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended and what it said."""

    status: int
    out: bytes
    err: bytes

    @property
    def complaint(self) -> str:
        """The last thing it said on its standard error, for a sentence."""
        lines = [line.strip() for line in self.err.decode("utf-8", "replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else ""


def run_program(
    argv: Sequence[str], *, deadline_s: float, limit: int, folder: Path, environ: Mapping[str, str]
) -> Ended:
    """Without input, in a session of its own that is ended as a whole; ProgramFailed where there is no answer to use."""
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=dict(environ),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or str(error)
        raise ProgramFailed(f"could not be started: {reason}") from error
    with process:
        end = time.monotonic() + deadline_s
        try:
            out, err = _outputs(process, end, limit)
            _await_end(process.pid, end)
        except TimeoutError as error:
            raise ProgramFailed(f"gave no answer within {deadline_s:g} s and was ended") from error
        finally:
            os.killpg(
                process.pid, signal.SIGKILL
            )  # whatever it left behind; not waited for yet, its id is still its own
        return Ended(process.wait(), out, err)


def _outputs(process: subprocess.Popen[bytes], end: float, limit: int) -> tuple[bytes, bytes]:
    assert process.stdout, "a pipe was asked for"
    assert process.stderr, "a pipe was asked for"
    out, err = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, out)
        selector.register(process.stderr, selectors.EVENT_READ, err)
        while selector.get_map():
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            ready = selector.select(min(left, LOOK_S))
            if not ready and _ended(process.pid):
                break  # a child that it left behind holds the pipe
            for key, _ in ready:
                data = os.read(key.fd, _CHUNK)
                key.data.extend(data)
                if not data:
                    selector.unregister(key.fileobj)
            del err[:-ERRORS_KEPT]
            if len(out) > limit:
                raise ProgramFailed(f"printed more than {limit // 1024} KiB and was ended")
    return bytes(out), bytes(err)


def _await_end(pid: int, end: float) -> None:
    while not _ended(pid):
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(WAIT_S)


def _ended(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
