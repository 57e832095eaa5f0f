"""Executables of the operator's around a rollout: the plan on standard input, a deadline, 0 goes on, 75 pauses, else it fails."""

import asyncio
import os
import signal
from pathlib import Path

from clawtui.clean import clean
from clawtui.deploy.rollout import Ending

PAUSE = 75
TAIL = 400


async def run(words: tuple[str, ...], given: bytes, within_s: float) -> tuple[Ending, str]:
    """How it ended, and its last words."""
    name = Path(words[0]).name
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as failure:
        return Ending.FAILED, f"hook {words[0]} cannot be started: {failure.strerror}"
    try:
        async with asyncio.timeout(within_s):
            said, _ = await process.communicate(given)
    except TimeoutError:
        return Ending.FAILED, f"hook {name} took longer than {within_s:g} s and was ended"
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    tail = clean(said.decode("utf-8", "replace").strip().rpartition("\n")[2], limit=TAIL)
    if process.returncode == 0:
        return Ending.OK, tail
    if process.returncode == PAUSE:
        return Ending.REFUSED, f"hook {name} wants a person to look{f': {tail}' if tail else ''}"
    return Ending.FAILED, f"hook {name} ended with {process.returncode}{f': {tail}' if tail else ''}"
