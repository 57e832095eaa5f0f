"""What the host screen asks the engine; every answer, and every refusal in words, comes back as a message."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from textual.message import Message

from clawtui.clean import clean
from clawtui.engine.boundary import Answer, Engine, Query
from clawtui.engine.boundary.actions import Actions, ActionsQuery, Note
from clawtui.engine.boundary.charts import Limit, Limits, LimitsQuery, MedianQuery, RangeAnswer, RangeQuery
from clawtui.engine.boundary.hosts import HostDetail, HostQuery
from clawtui.engine.boundary.processes import Processes, ProcessesQuery
from clawtui.engine.boundary.value import Severity
from clawtui.errors import ClawtuiError
from clawtui_screens.export import save_beside
from clawtui_screens.host_history import POINTS
from clawtui_screens.messages import Toast
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
    window_s: float
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

    def __init__(self, engine: Engine, host: str, post: Callable[[Message], object]) -> None:
        self._engine, self._host, self._post = engine, host, post

    async def learn(self) -> None:
        """Facts, columns, limits and what was done to this host; one that fails leaves the others standing."""
        detail: HostDetail | None = None
        limits: tuple[Limit, ...] | None = None
        marks: tuple[Mark, ...] = ()
        troubles: list[str] = []
        for query in (LimitsQuery(), HostQuery(self._host), ActionsQuery()):
            answer, words = await self._ask(query)
            match answer:
                case HostDetail():
                    detail = answer
                case Limits():
                    limits = answer.limits
                case Actions():
                    mine = (a for a in answer.actions if self._host in a.hosts)
                    marks = tuple(Mark(a.at, clean(f"{a.verb} ({a.who.partition(' ')[0]})", limit=24)) for a in mine)
                case _:
                    troubles.append(words)
        self._post(Learned(detail, limits, marks, tuple(troubles)))

    async def facts(self) -> None:
        """What changes by itself; a refusal was told when the host was opened."""
        answer, _ = await self._ask(HostQuery(self._host))
        if isinstance(answer, HostDetail):
            self._post(Learned(answer, None, (), ()))

    async def history(self, metrics: tuple[str, ...], span: Span, *, live: bool) -> None:
        """One query for all of them."""
        answer, words = await self._range(metrics, span)
        self._post(HistoryCame(metrics, None if live else span, span[1] - span[0], answer, words))

    async def yesterday(self, metrics: tuple[str, ...], span: Span) -> None:
        """The same window a day before."""
        answer, words = await self._range(metrics, (span[0] - DAY_S, span[1] - DAY_S))
        self._post(OverlayCame("yesterday", metrics, answer, words))

    async def median(self, metrics: Sequence[str]) -> None:
        """The fleet's median, a query a metric; the first refusal ends it."""
        for metric in metrics:
            answer, words = await self._ask(MedianQuery(metric, self._host))
            self._post(OverlayCame("median", (metric,), answer if isinstance(answer, RangeAnswer) else None, words))
            if answer is None:
                return

    async def processes(self, at: float | None) -> None:
        """Now, or from the ring."""
        answer, words = await self._ask(ProcessesQuery(self._host, at))
        self._post(ProcessesCame(answer if isinstance(answer, Processes) else None, words))

    async def export(self, name: str, words: str) -> None:
        """A new file in the working directory, and a line in actions.jsonl."""
        try:
            path = await asyncio.to_thread(save_beside, Path.cwd() / name, words)
        except ClawtuiError as error:
            self._post(Toast(str(error), Severity.CRITICAL))
            return
        self._post(Toast(f"written: {path}"))
        try:
            await self._engine.do(Note("export", (self._host,), f"clawtui status {self._host} --json", str(path)))
        except ClawtuiError as error:
            self._post(Toast(f"the export was not recorded: {error}", Severity.WARNING))

    async def _range(self, metrics: tuple[str, ...], span: Span) -> tuple[RangeAnswer | None, str]:
        answer, words = await self._ask(RangeQuery(self._host, metrics, span[0], span[1], POINTS))
        return answer if isinstance(answer, RangeAnswer) else None, words

    async def _ask(self, query: Query) -> tuple[Answer | None, str]:
        """The answer, or the reason why there is none."""
        try:
            return await self._engine.ask(query), ""
        except ClawtuiError as error:
            return None, clean(str(error), limit=200)
        except Exception as error:  # noqa: BLE001 - the edge of a task: one chart says it, the screen lives on
            return None, clean(
                f"{self._host}: {type(query).__name__} failed: {type(error).__name__}: {error}", limit=200
            )
