"""Bytes between a local socket and a TCP port on the far side of a connection; each direction ends by itself."""

import asyncio
import contextlib
import socket
from typing import cast

import asyncssh

CHUNK = 65_536


async def join(
    connection: asyncssh.SSHClientConnection, address: str, port: int, end: socket.socket
) -> "asyncio.Task[None]":
    """Open the far side, then copy in a task of its own; takes `end` over."""
    try:
        far = cast(
            "tuple[asyncssh.SSHReader[bytes], asyncssh.SSHWriter[bytes]]",
            await connection.open_connection(address, port, encoding=None),
        )
        near_in, near_out = await asyncio.open_unix_connection(sock=end)
    except BaseException:
        end.close()
        raise
    return asyncio.create_task(_both(near_in, near_out, *far), name=f"join {address}:{port}")


async def _both(
    near_in: asyncio.StreamReader,
    near_out: asyncio.StreamWriter,
    far_in: "asyncssh.SSHReader[bytes]",
    far_out: "asyncssh.SSHWriter[bytes]",
) -> None:
    try:
        async with asyncio.TaskGroup() as copies:
            copies.create_task(_copy(near_in, far_out))
            copies.create_task(_copy(far_in, near_out))
    finally:
        near_out.close()
        far_out.close()


async def _copy(
    source: "asyncio.StreamReader | asyncssh.SSHReader[bytes]",
    sink: "asyncio.StreamWriter | asyncssh.SSHWriter[bytes]",
) -> None:
    """Until its source ends; then the sink is told so, and may go on answering."""
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await source.read(CHUNK):
            sink.write(data)
            await sink.drain()
        if sink.can_write_eof():
            sink.write_eof()
