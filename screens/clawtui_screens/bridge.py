"""Between the engine and the screens: events come in, messages go out, and nobody waits for anybody."""

import asyncio
from collections.abc import Callable

from textual.message import Message

from clawtui.clean import clean
from clawtui.engine.boundary import Engine, Event
from clawtui.engine.boundary.actions import Action
from clawtui.engine.boundary.forwards import Forwards
from clawtui.engine.boundary.hosts import FleetFrame, Look, SampleFrame
from clawtui.engine.boundary.plans import Progress
from clawtui.engine.boundary.prompts import Notice, Prompt, PromptClosed
from clawtui.engine.boundary.rollouts import Rollouts
from clawtui.errors import ClawtuiError
from clawtui_screens.messages import (
    ActionSeen,
    EngineFailed,
    FleetSeen,
    ForwardsSeen,
    ProgressSeen,
    PromptGone,
    PromptSeen,
    RolloutsSeen,
    SampleSeen,
    Toast,
)
from clawtui_screens.picture import NOTHING_KNOWN, Picture

TOPICS = ("fleet", "actions", "prompts", "notices", "outcomes", "forwards", "rollouts")


class Bridge:
    """Subscribes once for the whole application, and once more for the host that is being looked at."""

    def __init__(
        self, engine: Engine, post: Callable[[Message], object], clock: Callable[[], float], refresh_s: float
    ) -> None:
        self._engine, self._post, self._clock, self._refresh_s = engine, post, clock, refresh_s
        self._picture: Picture = NOTHING_KNOWN
        self._posted = float("-inf")
        self._waiting: asyncio.TimerHandle | None = None

    async def follow(self) -> None:
        """Runs as long as the application; what goes wrong becomes a badge in the bar, never a crash."""
        await self._read(*TOPICS)

    async def look(self, host: str) -> None:
        """Runs while a host is on screen: its samples each second."""
        try:
            await self._engine.do(Look(host))
            await self._read(f"host:{host}")
        finally:
            await self._engine.do(Look(""))

    async def _read(self, *topics: str) -> None:
        try:
            async for event in self._engine.subscribe(*topics):
                self._take(event)
        except ClawtuiError as error:
            self._post(EngineFailed(clean(str(error))))
        except Exception as error:  # noqa: BLE001 - the edge of a task: the screens must outlive the engine
            self._post(EngineFailed(clean(f"engine: {type(error).__name__}: {error}")))
        finally:
            if "fleet" in topics and self._waiting is not None:
                self._flush()

    def _take(self, event: Event) -> None:
        match event:
            case FleetFrame():
                self._picture = self._picture.after(event, self._clock())
                self._flush_in_time()
            case SampleFrame():
                self._post(SampleSeen(event))
            case Action():
                self._post(ActionSeen(event))
            case Prompt():
                self._post(PromptSeen(event))
            case PromptClosed():
                self._post(PromptGone(event.id))
            case Progress():
                self._post(ProgressSeen(event))
            case Forwards():
                self._post(ForwardsSeen(event.forwards))
            case Rollouts():
                self._post(RolloutsSeen(event.rollouts))
            case Notice():
                self._post(Toast(event.text, event.severity))

    def _flush_in_time(self) -> None:
        """At once when the last picture is old enough, else when it will be: at most one repaint in `refresh_s`."""
        if self._waiting is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._posted + self._refresh_s - loop.time()
        if wait <= 0:
            self._flush()
        else:
            self._waiting = loop.call_later(wait, self._flush)

    def _flush(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
        self._waiting = None
        self._posted = asyncio.get_running_loop().time()
        self._post(FleetSeen(self._picture))
