"""The operator's terminal, handed to a far pty and given back as it was."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import termios
import tty
from collections.abc import Generator

import asyncssh

from clawtui.clean import clean
from clawtui.errors import LinkError, OptionRefused
from clawtui.fleet.link import Link
from clawtui.fleet.links.asyncssh.link import AsyncsshLink
from clawtui.fleet.links.openssh.link import OpensshLink

CHUNK = 65536


async def handed_over(link: Link, term: str) -> int | None:
    """Until the far shell ends; its exit status, None when the connection went."""
    if isinstance(link, OpensshLink):
        return await _by_ssh(link, term)
    if not isinstance(link, AsyncsshLink):
        raise OptionRefused(link.host.name, "a shell needs a connection of our own; use ssh")
    loop = asyncio.get_running_loop()
    keys, screen = sys.stdin.fileno(), sys.stdout.fileno()
    try:
        process = await link.connection.create_process(
            request_pty="force", term_type=term, term_size=_size(), encoding=None, stderr=asyncssh.STDOUT
        )
    except asyncssh.ChannelOpenError as error:
        words = f"gives no terminal ({clean(error.reason, limit=80)}): this key may only read, or its sshd permits none"
        raise LinkError(link.host.name, words) from error
    sys.stdout.write(f"\x1b]2;{clean(link.host.name)}\x07" if term not in ("", "dumb") else "")
    sys.stdout.flush()

    def typed() -> None:
        data = b""
        with contextlib.suppress(OSError):  # the terminal is gone: the same as its end
            data = os.read(keys, CHUNK)
        if data:
            process.stdin.write(data)
        else:
            loop.remove_reader(keys)
            process.close()

    with _raw(keys):
        loop.add_reader(keys, typed)
        loop.add_signal_handler(signal.SIGWINCH, lambda: process.change_terminal_size(*_size()))
        try:
            while data := await process.stdout.read(CHUNK):
                await asyncio.to_thread(_write, screen, data)
            await process.wait_closed()
        except asyncssh.ConnectionLost:
            return None
        finally:
            loop.remove_reader(keys)
            loop.remove_signal_handler(signal.SIGWINCH)
    return process.exit_status


async def _by_ssh(link: OpensshLink, term: str) -> int | None:
    """ssh knows how to hand a terminal over; its own signals are ours to leave alone meanwhile."""
    sys.stdout.write(f"\x1b]2;{clean(link.host.name)}\x07" if term not in ("", "dumb") else "")
    sys.stdout.flush()
    process = await asyncio.create_subprocess_exec(*link.terminal)
    try:
        status = await process.wait()
    except BaseException:
        process.terminate()
        await process.wait()
        raise
    return None if link.lost else status


def _size() -> tuple[int, int, int, int]:
    """Columns, rows, and no pixels."""
    size = shutil.get_terminal_size()
    return size.columns, size.lines, 0, 0


def _write(screen: int, data: bytes) -> None:
    """All of it; a terminal may take less at once."""
    while data:
        data = data[os.write(screen, data) :]


@contextlib.contextmanager
def _raw(keys: int) -> Generator[None]:
    """Raw, and back to what it was whatever happens."""
    before = termios.tcgetattr(keys)
    tty.setraw(keys, termios.TCSADRAIN)  # what was typed ahead belongs to the shell
    try:
        yield
    finally:
        termios.tcsetattr(keys, termios.TCSADRAIN, before)
