"""The engine's life beside the screens: it starts once something is painted, and how it ends is said in words."""

import asyncio
import contextlib
from collections.abc import Callable

from clawtui.clean import clean
from clawtui.engine.boundary import Engine
from clawtui.errors import ClawtuiError
from clawtui_screens.bridge import Bridge

FIRST_PICTURE_S = 0.5  # an engine that shows nothing before it runs is started all the same
END_S = 5.0


class Running:
    """What is read of the engine: the fleet as long as the application lives, one host while it is on screen."""

    def __init__(self, engine: Engine, bridge: Bridge, failed: Callable[[str], object]) -> None:
        self._engine, self._bridge, self._failed = engine, bridge, failed
        self.painted = asyncio.Event()
        # set by the application when the first picture stands on screen
        self._life: asyncio.Task[None] | None = None
        self._look: asyncio.Task[None] | None = None

    def start(self) -> None:
        """In a task of its own."""
        self._life = asyncio.create_task(self._run())

    def look(self, host: str) -> None:
        """Samples of this host come each second from now on; of none, with an empty name."""
        if self._look is not None:
            self._look.cancel()
        self._look = asyncio.create_task(self._bridge.look(host)) if host else None

    async def end(self) -> None:
        """What the bridge reads, then the engine."""
        for task in (self._look, self._life):
            if task is not None:
                task.cancel()
                await asyncio.wait([task], timeout=END_S)

    async def _run(self) -> None:
        """Until the bridge has read everything or the engine has failed, and then the words of why."""
        try:
            async with contextlib.AsyncExitStack() as stack:
                reading = asyncio.create_task(self._bridge.follow(), name="bridge")
                stack.callback(reading.cancel)
                # what is known without asking anybody stands on screen before the engine loads its heavy parts
                await asyncio.wait([asyncio.create_task(self.painted.wait())], timeout=FIRST_PICTURE_S)
                if isinstance(self._engine, contextlib.AbstractAsyncContextManager):
                    await stack.enter_async_context(self._engine)
                await reading
        except ClawtuiError as error:
            self._failed(clean(str(error)))
        except Exception as error:  # noqa: BLE001 - the edge of a task: what is on screen must stay readable
            self._failed(clean(f"engine: {type(error).__name__}: {error}"))
