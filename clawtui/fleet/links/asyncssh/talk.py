"""What is said to a command on its standard input: all at once, or as a stream."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from clawtui.fleet.links.asyncssh.session import ReplySession

Renew = Callable[[], None]
Talk = Callable[[ReplySession, Renew], Awaitable[None]]


async def converse(session: ReplySession, stdin: bytes) -> None:
    """Say it and wait for the end."""
    assert session.chan is not None
    if stdin:
        with suppress(BrokenPipeError):  # it ended before it could be told anything, as `false` does: its end says how
            session.chan.write(stdin)
    session.chan.write_eof()
    await session.ended.wait()


async def pour(session: ReplySession, pieces: AsyncIterator[bytes], renew: Renew) -> None:
    """Piece by piece, as fast as the host takes them."""
    assert session.chan is not None
    async for piece in pieces:
        if session.over:
            break
        with suppress(BrokenPipeError):
            session.chan.write(piece)
        await session.writable.wait()
        renew()
    if not session.over:
        session.chan.write_eof()
    await session.ended.wait()
