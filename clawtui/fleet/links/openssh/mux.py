"""OpenSSH's multiplexing protocol, version 4 (PROTOCOL.mux), as far as a client needs it: one control connection."""

import asyncio
import socket
import struct
from collections.abc import Sequence
from contextlib import suppress
from enum import IntEnum
from pathlib import Path
from typing import Self

VERSION = 4
LIMIT = 262_144  # bytes of one message; ssh's own limit
NEW_SESSION = 0x10000002
TERMINATE = 0x10000005
OPEN_FORWARD = 0x10000006
STDIO_FORWARD = 0x10000008
LOCAL = 1
UNIX_PORT = 0xFFFFFFFE  # "-2": the path stands where a host would
NO_ESCAPE = 0xFFFFFFFF


class Said(IntEnum):
    """Kinds of answer."""

    HELLO = 0x00000001
    OK = 0x80000001
    PERMISSION_DENIED = 0x80000002
    FAILURE = 0x80000003
    EXIT_MESSAGE = 0x80000004
    SESSION_OPENED = 0x80000006
    TTY_ALLOC_FAIL = 0x80000008


class MasterGone(Exception):
    """Nobody answers on the control socket any more."""


class MasterRefused(Exception):
    """The master, or the host behind it, said no; `str()` is its reason."""


def text(value: str | bytes) -> bytes:
    """A string on the wire."""
    data = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    return struct.pack(">I", len(data)) + data


def number(value: int | bool) -> bytes:
    """A number or flag on the wire."""
    return struct.pack(">I", value)


class Control:
    """One connection to a master's control socket; a session needs one of its own, which stays while it runs."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._held = bytearray()

    @classmethod
    async def connect(cls, path: Path) -> Self:
        """Greet; MasterGone when nobody is there."""
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.setblocking(False)
        control = cls(line)
        try:
            await asyncio.get_running_loop().sock_connect(line, str(path))
            await control._send(struct.pack(">II", Said.HELLO, VERSION))
            await control._greeted()
        except OSError as error:
            control.close()
            raise MasterGone(error.strerror or str(error)) from error
        except BaseException:
            control.close()
            raise
        return control

    async def _greeted(self) -> None:
        kind, body = await self.receive()
        if kind != Said.HELLO or struct.unpack_from(">I", body)[0] != VERSION:
            raise MasterGone(f"its ssh speaks another multiplexing protocol than version {VERSION}")

    async def session(self, command: str, ends: Sequence[int]) -> int:
        """Start a command on three file descriptors; the master's number of the channel."""
        body = b"".join(
            (
                number(1),  # request
                text(""),  # reserved
                number(0),  # no terminal
                number(0),  # no X11
                number(0),  # no agent
                number(0),  # no subsystem
                number(NO_ESCAPE),
                text(""),  # of the terminal that there is not
                text(command),
            )
        )
        return await self._opened(NEW_SESSION, body, ends)

    async def stdio_forward(self, address: str, port: int, ends: Sequence[int]) -> int:
        """Join two file descriptors to a TCP port as seen from the host."""
        return await self._opened(STDIO_FORWARD, number(1) + text("") + text(address) + number(port), ends)

    async def forward_socket(self, listen: Path, path: str) -> None:
        """Let the master listen on a unix socket here whose connections end at one there."""
        places = text(str(listen)) + number(UNIX_PORT) + text(path) + number(UNIX_PORT)
        await self._send(number(OPEN_FORWARD) + number(1) + number(LOCAL) + places)
        kind, body = await self.receive()
        if kind != Said.OK:
            raise MasterRefused(_reason(kind, body))

    async def terminate(self) -> None:
        """The master ends, and with it every channel."""
        await self._send(number(TERMINATE) + number(1))

    async def exit_status(self) -> int | None:
        """Wait until the session has ended; None when it did without a status."""
        status: int | None = None
        with suppress(MasterGone):
            while True:
                kind, body = await self.receive()
                if kind == Said.EXIT_MESSAGE:
                    status = struct.unpack_from(">II", body)[1]
        return status

    async def receive(self) -> tuple[int, bytes]:
        """The next message: its kind, and what follows."""
        size = struct.unpack(">I", await self._exactly(4))[0]
        if not 4 <= size <= LIMIT:
            raise MasterGone(f"its ssh sent a message of {size} bytes")
        message = await self._exactly(size)
        return struct.unpack_from(">I", message)[0], message[4:]

    def close(self) -> None:
        """The master ends what hangs on this connection."""
        self._line.close()

    async def _opened(self, kind: int, body: bytes, ends: Sequence[int]) -> int:
        await self._send(number(kind) + body)
        for end in ends:
            await self._hand_over(end)
        kind, answer = await self.receive()
        if kind != Said.SESSION_OPENED:
            raise MasterRefused(_reason(kind, answer))
        return int(struct.unpack_from(">II", answer)[1])

    async def _hand_over(self, end: int) -> None:
        while True:
            try:
                socket.send_fds(self._line, [b"\0"], [end])
            except BlockingIOError:
                await asyncio.sleep(0.001)
            except OSError as error:
                raise MasterGone(error.strerror or str(error)) from error
            else:
                return

    async def _send(self, message: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._line, struct.pack(">I", len(message)) + message)
        except OSError as error:
            raise MasterGone(error.strerror or str(error)) from error

    async def _exactly(self, size: int) -> bytes:
        while len(self._held) < size:
            try:
                data = await asyncio.get_running_loop().sock_recv(self._line, 4096)
            except OSError as error:
                raise MasterGone(error.strerror or str(error)) from error
            if not data:
                raise MasterGone("its ssh has ended")
            self._held += data
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken


def _reason(kind: int, body: bytes) -> str:
    """Why not, in the master's words."""
    if kind in (Said.FAILURE, Said.PERMISSION_DENIED) and len(body) >= 8:
        length = struct.unpack_from(">I", body, 4)[0]
        return body[8 : 8 + length].decode("utf-8", "replace")
    return f"answer {kind:#x}"
