"""The demo behind the screens: hosts that start with the engine, after the first frame, and end with it."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from clawtui.demo.fleet import DemoFleet
from clawtui.engine.boundary import Answer, Engine, Event, Intent, Query
from clawtui.engine.boundary.plans import Outcome
from clawtui.engine.local import LocalEngine


class Stage(Engine):
    """An engine that brings its own hosts."""

    def __init__(self, demo: DemoFleet, engine: LocalEngine) -> None:
        self._demo, self._engine = demo, engine

    async def __aenter__(self) -> Self:
        """Start the hosts, then look at them."""
        await self._demo.__aenter__()
        try:
            await self._engine.__aenter__()
        except BaseException:
            await self._demo.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up first: hosts that go away at the end are no incident."""
        try:
            await self._engine.__aexit__(kind, error, trace)
        finally:
            await self._demo.__aexit__(kind, error, trace)

    def subscribe(self, *topics: str) -> AsyncIterator[Event]:
        """As the engine does."""
        return self._engine.subscribe(*topics)

    async def ask(self, query: Query) -> Answer:
        """As the engine does."""
        return await self._engine.ask(query)

    async def do(self, intent: Intent) -> Outcome:
        """As the engine does."""
        return await self._engine.do(intent)
