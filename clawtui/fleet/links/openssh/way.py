"""The way through a bastion that another connection of ours holds: a socket here that leads to the host."""

import asyncio
import socket
from pathlib import Path
from types import TracebackType
from typing import Self

from clawtui.errors import LinkError
from clawtui.fleet.host import Host
from clawtui.fleet.link import Held


class WayThrough:
    """Listens for ssh and joins it to the host; what fails there is kept for the words."""

    def __init__(self, host: Host, through: Held, path: Path) -> None:
        self._host, self._through, self.path = host, through, path
        self.failed: LinkError | None = None
        self.joined = False
        self._door = socket.socket(socket.AF_UNIX)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Open the door."""
        self._door.setblocking(False)
        self._door.bind(str(self.path))
        self._door.listen(1)
        self._task = asyncio.create_task(self._join(), name=f"way to {self._host.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Shut it; what has been joined stays."""
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._door.close()
        self.path.unlink(missing_ok=True)

    async def _join(self) -> None:
        while True:
            end, _ = await asyncio.get_running_loop().sock_accept(self._door)
            end.setblocking(False)
            try:
                await self._through.open_tcp(self._host.target, self._host.port, end)
                self.joined = True
            except LinkError as error:
                self.failed = error
                end.close()
            except BaseException:
                end.close()
                raise
