"""Files on a host by its login shell alone, for links and hosts without SFTP."""

import secrets
import shlex
from collections.abc import Callable
from typing import Protocol

from clawtui.clean import clean
from clawtui.errors import Deadline, FileFailed, LinkLost
from clawtui.fleet.link import Ending, Reply


class Run(Protocol):
    """`Link.run`."""

    async def __call__(self, command: str, *, stdin: bytes = b"", timeout_s: float) -> Reply:
        """Run a command line."""
        ...


def fresh_name(path: str) -> str:
    """A name beside the target that nobody has seen before."""
    folder, _, name = path.rpartition("/")
    before = f"{folder}/" if folder or path.startswith("/") else ""
    return f"{before}.{name}.{secrets.token_hex(4)}"


class ShellFiles:
    """Writes whole files and reads ranges; more than `limit` bytes are refused, not held in memory."""

    def __init__(self, host: str, run: Run, lost: Callable[[], bool], limit: int) -> None:
        self._host, self._run, self._lost, self._limit = host, run, lost, limit

    async def put(self, content: bytes, path: str, mode: int, timeout_s: float) -> None:
        """`cat` into the temporary file; a short one (the line was cut) is never renamed."""
        new, old = shlex.quote(fresh_name(path)), shlex.quote(path)
        command = (
            f"umask 077 && cat > {new} && [ $(wc -c < {new}) -eq {len(content)} ] && chmod {mode:o} {new} "
            f"&& mv -f {new} {old} || {{ rm -f {new}; exit 1; }}"
        )
        await self._checked(command, path, content, timeout_s)

    async def get(self, path: str, offset: int, size: int, timeout_s: float) -> bytes:
        """A file or a part of it."""
        wanted = self.wanted(path, size)
        quoted = shlex.quote(path)
        command = f"[ -r {quoted} ] || {{ cat {quoted}; exit 1; }}; tail -c +{offset + 1} {quoted} | head -c {wanted}"
        reply = await self._checked(command, path, b"", timeout_s)
        return self.whole(reply.stdout + (b"?" if reply.note else b""), path)  # cut at the limit: one byte more says so

    def wanted(self, path: str, size: int) -> int:
        """How many bytes to ask for, one beyond the limit where the size is not given."""
        if size > self._limit:
            raise FileFailed(self._host, f"{path}: {size} bytes at once are beyond output_limit = {self._limit}")
        return size if size >= 0 else self._limit + 1

    def whole(self, content: bytes, path: str) -> bytes:
        """The content, unless it is more than may be held."""
        if len(content) > self._limit:
            raise FileFailed(self._host, f"{path}: larger than output_limit = {self._limit} bytes; read it in parts")
        return content

    async def _checked(self, command: str, path: str, stdin: bytes, timeout_s: float) -> Reply:
        reply = await self._run(command, stdin=stdin, timeout_s=timeout_s)
        if reply.ending is Ending.OK:
            return reply
        said = clean(reply.stderr.decode("utf-8", "replace").strip(), limit=200)
        words = f"{path}: {reply.note or said or f'exit status {reply.status}'}"
        if reply.ending is Ending.UNKNOWN:
            raise (LinkLost if self._lost() else Deadline)(self._host, words)
        raise FileFailed(self._host, words)
