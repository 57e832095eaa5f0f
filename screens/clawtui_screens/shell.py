"""`x`: the terminal is handed over to ssh while our loop, and with it every collector, goes on."""

import asyncio
import shlex
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager

from clawtui.engine.boundary import Engine
from clawtui.engine.boundary.actions import Note
from clawtui.engine.boundary.shell import ShellCommand, ShellQuery
from clawtui.errors import ClawtuiError

READS_ONLY = 77
"""What the agent's proxy ends with where it is a key's forced command."""


async def open_shell(engine: Engine, host: str, suspended: Callable[[], AbstractContextManager[None]]) -> str:
    """Runs until the shell ends; gives back a sentence when something was wrong with it."""
    answer = await engine.ask(ShellQuery(host))
    if not isinstance(answer, ShellCommand):
        raise ClawtuiError(f"{host}: the engine offers no shell")
    argv = answer.argv
    loop = asyncio.get_running_loop()
    with suspended():
        loop.add_signal_handler(signal.SIGINT, lambda: None)  # ctrl+c belongs to ssh, which gets it too
        try:
            process = await asyncio.create_subprocess_exec(*argv)
            status = await process.wait()
        except OSError as error:
            raise ClawtuiError(
                f"{host}: {argv[0]} could not be started: {error.strerror}; install the OpenSSH client"
            ) from error
        finally:
            loop.remove_signal_handler(signal.SIGINT)
    await engine.do(Note("shell", (host,), shlex.join(argv), f"ended with {status}"))
    if status == READS_ONLY:
        return f"shell on {host} ended with {status}: with that code a key that may only read refuses to open one"
    return f"shell on {host} ended with {status}" if status else ""
