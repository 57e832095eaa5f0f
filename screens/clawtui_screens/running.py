"""The engine's life beside the screens: it starts once something is painted, and how it ends is said in words."""

import asyncio
import contextlib
from collections.abc import Callable

from clawtui.clean import clean
from clawtui.engine.boundary import Engine
from clawtui.errors import ClawtuiError
from clawtui_screens.bridge import Bridge

FIRST_PICTURE_S = 0.5  # an engine that shows nothing before it runs is started all the same


async def run(engine: Engine, bridge: Bridge, painted: asyncio.Event, failed: Callable[[str], object]) -> None:
    """Until the bridge has read everything or the engine has failed, and then the words of why."""
    try:
        async with contextlib.AsyncExitStack() as stack:
            reading = asyncio.create_task(bridge.follow(), name="bridge")
            stack.callback(reading.cancel)
            # what is known without asking anybody stands on screen before the engine loads its heavy parts
            await asyncio.wait([asyncio.create_task(painted.wait())], timeout=FIRST_PICTURE_S)
            if isinstance(engine, contextlib.AbstractAsyncContextManager):
                await stack.enter_async_context(engine)
            await reading
    except ClawtuiError as error:
        failed(clean(str(error)))
    except Exception as error:  # noqa: BLE001 - the edge of a task: what is on screen must stay readable
        failed(clean(f"engine: {type(error).__name__}: {error}"))
