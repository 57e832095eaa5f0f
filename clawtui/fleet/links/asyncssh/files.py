"""Files on a host: SFTP, or the login shell where the host offers no SFTP."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import asyncssh

from clawtui.clean import clean
from clawtui.errors import Deadline, FileFailed, LinkLost
from clawtui.fleet.opening import Opening
from clawtui.fleet.shell_files import ShellFiles, fresh_name
from clawtui.fleet.slots import Slots


class Files:
    """Writes whole files and reads ranges."""

    def __init__(
        self,
        host: str,
        connection: asyncssh.SSHClientConnection,
        opening: Opening,
        slots: Slots,
        shell: ShellFiles,
    ) -> None:
        self._host, self._connection, self._opening = host, connection, opening
        self._slots, self._shell = slots, shell
        self._sftp_missing = False

    async def put(self, content: bytes, path: str, mode: int, timeout_s: float) -> None:
        """Temporary name beside the target, then rename."""
        if not self._sftp_missing:
            async with self._sftp(path, timeout_s) as sftp:
                if sftp:
                    await _put(sftp, content, path, fresh_name(path), mode)
                    return
        await self._shell.put(content, path, mode, timeout_s)

    async def get(self, path: str, offset: int, size: int, timeout_s: float) -> bytes:
        """A file or a part of it; more than the output limit is refused, not held in memory."""
        wanted = self._shell.wanted(path, size)
        if not self._sftp_missing:
            async with self._sftp(path, timeout_s) as sftp:
                if sftp:
                    async with sftp.open(path, "rb") as file:
                        return self._shell.whole(await file.read(wanted, offset), path)
        return await self._shell.get(path, offset, size, timeout_s)

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
