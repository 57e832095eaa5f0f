"""Nothing outlives the demo: every process of it dies with the one that started it."""

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence

PR_SET_PDEATHSIG, PR_SET_NAME = 1, 15
MARK = "CLAWTUI_DEMO"
# environment variable with the demo's folder: by it the janitor knows what belongs to this demo, and to no other


def leash() -> Callable[[], None]:
    """A function for a child to call: from then on the kernel kills it when its parent ends (Linux; elsewhere nothing).

    The C library is looked up here, so that the call itself is safe between fork and exec.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def hold() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)

    return hold


def hold(parent: int) -> None:
    """Put this process on the leash of `parent`; ends it when the parent was faster."""
    leash()()
    if os.getppid() != parent:
        os._exit(0)


def call_me(name: str) -> None:
    """The short name in process lists (Linux; elsewhere the command line must do)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode()[:15], 0, 0, 0)


async def orphaned(parent: int) -> None:
    """Return when the parent is gone: the leash of systems where the kernel holds none."""
    while os.getppid() == parent:  # noqa: ASYNC110  nobody sends an event for this
        await asyncio.sleep(1.0)


def start(argv: Sequence[str], environ: Mapping[str, str], log: str, folder: str = "/") -> int:
    """Start a program on our leash, its output in `log`; answers its pid."""
    held, parent = leash(), os.getpid()
    pid = os.fork()
    if pid:
        return pid
    try:
        held()
        if os.getppid() == parent:
            os.chdir(folder)
            nothing = os.open(os.devnull, os.O_RDONLY)
            words = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            for source, target in ((nothing, 0), (words, 1), (words, 2)):
                os.dup2(source, target)
            os.execvpe(argv[0], list(argv), dict(environ))  # noqa: S606  a shell is what we avoid
    finally:
        os._exit(127)
