"""The port to one host: run a command, hold a channel, move a file."""

import socket
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from clawtui.fleet.host import Host


class Ending(StrEnum):
    """How a far command ended. A lost connection is `unknown`, never success."""

    OK = "ok"
    FAILED = "failed"
    KILLED = "killed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back from one command."""

    ending: Ending
    status: int | None
    # exit status; None when killed or unknown
    signal: str = ""
    # "KILL", "TERM" … when killed; empty where the link does not learn it
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0.0
    note: str = ""
    # why it is unknown, in words

    @property
    def text(self) -> str:
        """Standard output as text, undecodable bytes replaced, trailing newline dropped."""
        return self.stdout.decode("utf-8", "replace").rstrip("\n")


class Channel(Protocol):
    """Two-way lines to something that stays open on a host: a process or a unix socket."""

    def lines(self) -> AsyncIterator[bytes]:
        """Lines without their newline, until the far side ends; raises LinkLost when the connection goes.

        A line longer than the link's limit (1 MiB) raises WireError: a far side must not fill our memory.
        """
        ...

    async def send(self, line: bytes) -> None:
        """Write one line; waits while the far side does not read."""
        ...

    async def close(self) -> None:
        """End the channel; the connection stays."""
        ...


class Link(Protocol):
    """A held connection to one host. Every call has a deadline and raises a LinkError naming the host."""

    @property
    def host(self) -> Host:
        """Whom it leads to."""
        ...

    async def run(self, command: str, *, stdin: bytes = b"", timeout_s: float) -> Reply:
        """Run a command line by the login shell; never raises for what the command did.

        When the deadline passes or the connection goes, the answer is a Reply with ending `unknown`:
        the far command may be running still.
        """
        ...

    async def feed(self, command: str, pieces: AsyncIterator[bytes], *, stall_s: float) -> Reply:
        """Run a command whose standard input is a stream of any length, and never hold more than a few pieces of it.

        Judged like `run`; the deadline is renewed whenever the host has taken a piece. A command that ends before it has
        read everything ends the stream. What `pieces` raises comes out of here, and the channel is closed.
        """
        ...

    async def open(self, command: str) -> Channel:
        """Start a command and keep it: lines out, lines in."""
        ...

    async def open_socket(self, path: str) -> Channel:
        """Connect to a unix socket on the host (direct-streamlocal)."""
        ...

    async def open_tcp(self, address: str, port: int, end: socket.socket) -> None:
        """Join this end of a pair of sockets to a TCP port as seen from the host, and take it over.

        Raises a LinkError naming this host.
        """
        ...

    async def put(self, content: bytes, path: str, *, mode: int = 0o600, timeout_s: float) -> None:
        """Write a file: temporary name, then rename; half a file is never seen under `path`."""
        ...

    async def get(self, path: str, *, offset: int = 0, size: int = -1, timeout_s: float) -> bytes:
        """Read a file or a part of it."""
        ...

    async def close(self) -> None:
        """Hang up."""
        ...


@dataclass(frozen=True, slots=True)
class Login:
    """What is known of a connection that was made."""

    facts: Mapping[str, str] = field(default_factory=dict[str, str])
    # words: cipher, server, fingerprint
    certificate_ends: float | None = None
    # Unix time, where we came in by a certificate that ends


class Held(Link, Protocol):
    """A link as those who keep it see it."""

    @property
    def lost(self) -> bool:
        """The connection has ended."""
        ...


class Dialler(Protocol):
    """Makes connections of one technology; shared by all hosts."""

    async def dial(self, host: Host, through: Held | None) -> tuple[Held, Login]:
        """Connect and log in, or raise the LinkError that says how far it came and what to do."""
        ...

    def forget_refusals(self) -> None:
        """Ask again for what was not given."""
        ...

    async def close(self) -> None:
        """Leave nothing behind."""
        ...
