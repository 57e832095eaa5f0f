"""Files on a host: SFTP, or the login shell where the host offers no SFTP."""

import asyncio
import contextlib
import secrets
import shlex
from collections.abc import AsyncGenerator
from typing import Protocol

import asyncssh

from clawtui.clean import clean
from clawtui.errors import Deadline, FileFailed, LinkLost
from clawtui.fleet.link import Ending, Reply
from clawtui.fleet.links.asyncssh.opening import Opening
from clawtui.fleet.links.asyncssh.slots import Slots


class Run(Protocol):
    """`Link.run`."""

    async def __call__(self, command: str, *, stdin: bytes = b"", timeout_s: float) -> Reply:
        """Run a command line."""
        ...


class Files:
    """Writes whole files and reads ranges."""

    def __init__(
        self,
        host: str,
        connection: asyncssh.SSHClientConnection,
        opening: Opening,
        slots: Slots,
        run: Run,
        size_limit: int,
    ) -> None:
        self._host, self._connection, self._opening = host, connection, opening
        self._slots, self._run = slots, run
        self._limit = size_limit
        self._sftp_missing = False

    async def put(self, content: bytes, path: str, mode: int, timeout_s: float) -> None:
        """Temporary name beside the target, then rename."""
        folder, _, name = path.rpartition("/")
        fresh = f"{folder}/" if folder or path.startswith("/") else ""
        fresh += f".{name}.{secrets.token_hex(4)}"
        if not self._sftp_missing:
            async with self._sftp(path, timeout_s) as sftp:
                if sftp:
                    await _put(sftp, content, path, fresh, mode)
                    return
        await self._put_by_shell(content, path, fresh, mode, timeout_s)

    async def get(self, path: str, offset: int, size: int, timeout_s: float) -> bytes:
        """A file or a part of it; more than the output limit is refused, not held in memory."""
        if size > self._limit:
            raise FileFailed(self._host, f"{path}: {size} bytes at once are beyond output_limit = {self._limit}")
        wanted = size if size >= 0 else self._limit + 1
        if not self._sftp_missing:
            async with self._sftp(path, timeout_s) as sftp:
                if sftp:
                    async with sftp.open(path, "rb") as file:
                        return self._whole(await file.read(wanted, offset), path)
        return self._whole(await self._get_by_shell(path, offset, wanted, timeout_s), path)

    def _whole(self, content: bytes, path: str) -> bytes:
        if len(content) > self._limit:
            raise FileFailed(self._host, f"{path}: larger than output_limit = {self._limit} bytes; read it in parts")
        return content

    @contextlib.asynccontextmanager
    async def _sftp(self, path: str, timeout_s: float) -> AsyncGenerator[asyncssh.SFTPClient | None]:
        """An SFTP client, or None where the host has no such subsystem; its failures are translated here."""
        sftp: asyncssh.SFTPClient | None = None
        try:
            async with asyncio.timeout(timeout_s):
                sftp = await self._start_sftp()
                yield sftp
        except TimeoutError:
            raise Deadline(self._host, f"{path}: no answer within {timeout_s:g} s") from None
        except asyncssh.SFTPError as error:
            self._lost(path)
            raise FileFailed(self._host, f"{path}: {clean(error.reason, limit=200)}") from error
        except (asyncssh.Error, OSError) as error:
            self._lost(path)
            raise FileFailed(self._host, f"{path}: {clean(str(error), limit=200)}") from error
        finally:
            if sftp:
                self._end_sftp(sftp)

    async def _start_sftp(self) -> asyncssh.SFTPClient | None:
        await self._slots.take()
        try:
            return await self._opening.wait(self._sftp_client(), self._end_sftp)
        except (asyncssh.ChannelOpenError, asyncssh.SFTPError):
            self._slots.free()
            if self._connection.is_closed():
                raise
            self._sftp_missing = True
            return None
        except (asyncssh.Error, OSError):
            self._slots.free()
            raise

    async def _sftp_client(self) -> asyncssh.SFTPClient:
        return await self._connection.start_sftp_client()

    def _end_sftp(self, sftp: asyncssh.SFTPClient | None) -> None:
        if sftp:
            sftp.exit()
        self._slots.free()

    def _lost(self, path: str) -> None:
        if self._connection.is_closed():
            raise LinkLost(self._host, f"connection lost at {path}; whether it was written is not known")

    async def _put_by_shell(self, content: bytes, path: str, fresh: str, mode: int, timeout_s: float) -> None:
        """`cat` into the temporary file; a short one (the line was cut) is never renamed."""
        new, old = shlex.quote(fresh), shlex.quote(path)
        command = (
            f"umask 077 && cat > {new} && [ $(wc -c < {new}) -eq {len(content)} ] && chmod {mode:o} {new} "
            f"&& mv -f {new} {old} || {{ rm -f {new}; exit 1; }}"
        )
        await self._checked(command, path, content, timeout_s)

    async def _get_by_shell(self, path: str, offset: int, size: int, timeout_s: float) -> bytes:
        quoted = shlex.quote(path)
        command = f"[ -r {quoted} ] || {{ cat {quoted}; exit 1; }}; tail -c +{offset + 1} {quoted} | head -c {size}"
        reply = await self._checked(command, path, b"", timeout_s)
        return reply.stdout + (b"?" if reply.note else b"")  # cut at the limit: one byte beyond it says so

    async def _checked(self, command: str, path: str, stdin: bytes, timeout_s: float) -> Reply:
        reply = await self._run(command, stdin=stdin, timeout_s=timeout_s)
        if reply.ending is Ending.OK:
            return reply
        said = clean(reply.stderr.decode("utf-8", "replace").strip(), limit=200)
        words = f"{path}: {reply.note or said or f'exit status {reply.status}'}"
        if reply.ending is Ending.UNKNOWN:
            raise (LinkLost if self._connection.is_closed() else Deadline)(self._host, words)
        raise FileFailed(self._host, words)


async def _put(sftp: asyncssh.SFTPClient, content: bytes, path: str, fresh: str, mode: int) -> None:
    attributes = asyncssh.SFTPAttrs(permissions=0o600)
    try:
        async with sftp.open(fresh, "xb", attributes) as file:
            await file.write(content)
            await file.setstat(asyncssh.SFTPAttrs(permissions=mode))
            with contextlib.suppress(asyncssh.SFTPOpUnsupported):
                await file.fsync()
        try:
            await sftp.posix_rename(fresh, path)
        except asyncssh.SFTPOpUnsupported:
            await sftp.rename(fresh, path)
    except BaseException:
        with contextlib.suppress(asyncssh.Error, OSError):
            await sftp.remove(fresh)
        raise
