"""Bytes between a local socket and a TCP port on the far side of a connection, both ways until either ends."""

import asyncio
import contextlib
import socket
from typing import cast

import asyncssh

CHUNK = 65536


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
    copies = (asyncio.create_task(_copy(near_in, far_out)), asyncio.create_task(_copy(far_in, near_out)))
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)  # SSH on top of it has no use for half a line
    finally:
        for copy in copies:
            copy.cancel()
        await asyncio.gather(*copies, return_exceptions=True)
        near_out.close()
        far_out.close()


async def _copy(
    source: "asyncio.StreamReader | asyncssh.SSHReader[bytes]",
    sink: "asyncio.StreamWriter | asyncssh.SSHWriter[bytes]",
) -> None:
    with contextlib.suppress(OSError, asyncssh.Error):
        while data := await source.read(CHUNK):
            sink.write(data)
            await sink.drain()
