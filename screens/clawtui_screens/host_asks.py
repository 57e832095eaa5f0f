"""What the host screen asks the engine; every answer, and every refusal in words, comes back as a message."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual.message import Message

from clawtui.clean import clean
from clawtui.engine.boundary import (
    Actions,
    ActionsQuery,
    HostDetail,
    HostQuery,
    Limit,
    Limits,
    LimitsQuery,
    MedianQuery,
    Processes,
    ProcessesQuery,
    RangeAnswer,
    RangeQuery,
)
from clawtui.engine.boundary import Engine as EnginePort
from clawtui.errors import ClawtuiError
from clawtui_screens.host_history import POINTS
from clawtui_screens.widgets.chart_frame import Mark

DAY_S = 86_400.0
Span = tuple[float, float]


@dataclass(eq=False)
class Learned(Message, bubble=False):
    """What the host is and which limits hold; a part that could not be had is in `troubles`."""

    detail: HostDetail | None
    limits: tuple[Limit, ...] | None
    marks: tuple[Mark, ...]
    troubles: tuple[str, ...]


@dataclass(eq=False)
class HistoryCame(Message, bubble=False):
    """The past of some metrics, for the window that was asked about."""

    metrics: tuple[str, ...]
    span: Span | None
    # None: the live window
    answer: RangeAnswer | None
    words: str = ""


@dataclass(eq=False)
class OverlayCame(Message, bubble=False):
    """A curve to compare with: the fleet's median, or the same time yesterday."""

    kind: str
    metrics: tuple[str, ...]
    answer: RangeAnswer | None
    words: str = ""


@dataclass(eq=False)
class ProcessesCame(Message, bubble=False):
    """The process list, or why there is none."""

    answer: Processes | None
    words: str = ""


class HostAsks:
    """Questions about one host; each is awaited in a worker of the screen."""

    def __init__(self, engine: EnginePort, host: str, post: Callable[[Message], object]) -> None:
        self._engine, self._host, self._post = engine, host, post

    async def learn(self) -> None:
        """Facts, columns, limits and what was done to this host; one that fails leaves the others standing."""
        detail: HostDetail | None = None
        limits: tuple[Limit, ...] | None = None
        marks: tuple[Mark, ...] = ()
        troubles: list[str] = []
        for query in (LimitsQuery(), HostQuery(self._host), ActionsQuery()):
            try:
                match await self._engine.ask(query):
                    case HostDetail() as answer:
                        detail = answer
                    case Limits() as answer:
                        limits = answer.limits
                    case Actions() as answer:
                        mine = (a for a in answer.actions if self._host in a.hosts)
                        marks = tuple(
                            Mark(a.at, clean(f"{a.verb} ({a.who.partition(' ')[0]})", limit=24)) for a in mine
                        )
                    case _:
                        pass
            except ClawtuiError as error:
                troubles.append(clean(str(error), limit=200))
        self._post(Learned(detail, limits, marks, tuple(troubles)))

    async def history(self, metrics: tuple[str, ...], span: Span, *, live: bool) -> None:
        """One query for all of them."""
        kept = None if live else span
        try:
            answer = await self._range(metrics, span)
            self._post(HistoryCame(metrics, kept, answer))
        except ClawtuiError as error:
            self._post(HistoryCame(metrics, kept, None, clean(str(error), limit=200)))

    async def yesterday(self, metrics: tuple[str, ...], span: Span) -> None:
        """The same window a day before."""
        try:
            answer = await self._range(metrics, (span[0] - DAY_S, span[1] - DAY_S))
            self._post(OverlayCame("yesterday", metrics, answer))
        except ClawtuiError as error:
            self._post(OverlayCame("yesterday", metrics, None, clean(str(error), limit=200)))

    async def median(self, metrics: Sequence[str]) -> None:
        """The fleet's median, a query a metric; the first refusal ends it."""
        for metric in metrics:
            try:
                answer = await self._engine.ask(MedianQuery(metric))
                self._post(OverlayCame("median", (metric,), answer if isinstance(answer, RangeAnswer) else None))
            except ClawtuiError as error:
                self._post(OverlayCame("median", (metric,), None, clean(str(error), limit=200)))
                return

    async def processes(self, at: float | None) -> None:
        """Now, or from the ring."""
        try:
            answer = await self._engine.ask(ProcessesQuery(self._host, at))
            self._post(ProcessesCame(answer if isinstance(answer, Processes) else None))
        except ClawtuiError as error:
            self._post(ProcessesCame(None, clean(str(error), limit=200)))

    async def _range(self, metrics: tuple[str, ...], span: Span) -> RangeAnswer:
        answer = await self._engine.ask(RangeQuery(self._host, metrics, span[0], span[1], POINTS))
        if not isinstance(answer, RangeAnswer):
            raise ClawtuiError(f"{self._host}: the engine answered with {type(answer).__name__}")
        return answer
