"""An engine that replays a recording: what every screen is tested against, and what a report of a fault can carry.

A recording is JSON lines of three kinds::

    {"t": 0.5, "topic": "fleet", "event": {"type": "FleetFrame", …}}
    {"query": {"type": "HostQuery", …}, "answer": {"type": "HostDetail", …}}
    {"intent": {"type": "Arm", …}, "outcome": {"type": "Outcome", …}}
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import msgspec
from msgspec.structs import replace

from clawtui.engine.boundary import Answer, Engine, Event, Intent, Query, encode
from clawtui.engine.boundary.actions import Action, Actions, ActionsQuery, Note
from clawtui.engine.boundary.charts import Limits, LimitsQuery, MedianQuery, RangeQuery
from clawtui.engine.boundary.contexts import ContextList, ContextsQuery
from clawtui.engine.boundary.forwards import Ports, PortsQuery
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery, HostDetail, HostQuery, Look
from clawtui.engine.boundary.plans import Outcome
from clawtui.engine.boundary.processes import ProcessesQuery
from clawtui.engine.boundary.rollouts import Rollouts, RolloutsQuery
from clawtui.engine.boundary.views import Views, ViewsQuery
from clawtui.engine.events import fold, topic_of
from clawtui.errors import ClawtuiError, ConfigError


@dataclass(frozen=True, slots=True)
class Heard:
    """One event of a recording."""

    t: float
    # seconds since the recording began
    topic: str
    event: Event


class _Line(msgspec.Struct, omit_defaults=True):
    t: float = 0.0
    topic: str = ""
    event: Event | None = None
    query: Query | None = None
    answer: Answer | None = None
    intent: Intent | None = None
    outcome: Outcome | None = None


class RecordedEngine:
    """Replays; `speed` 0 hands out everything at once, 1 keeps the recorded times."""

    def __init__(self, path: Path | None = None, *, speed: float = 0.0) -> None:
        self.speed = speed
        self.asked: list[Query] = []
        # every question in order, for tests
        self.done: list[Intent] = []
        # every intent in order, for tests
        self._heard: list[Heard] = []
        self._answers: dict[bytes, Answer] = {}
        self._outcomes: dict[bytes, Outcome] = {}
        if path is not None:
            self._load(path)

    @classmethod
    def of(
        cls,
        heard: Iterable[Heard] = (),
        answers: Iterable[tuple[Query, Answer]] = (),
        outcomes: Iterable[tuple[Intent, Outcome]] = (),
    ) -> "RecordedEngine":
        """A recording made of values."""
        engine = cls()
        engine._heard = list(heard)
        engine._answers = {_subject(query): answer for query, answer in answers}
        engine._outcomes = {encode(intent): outcome for intent, outcome in outcomes}
        return engine

    def _load(self, path: Path) -> None:
        decoder = msgspec.json.Decoder(_Line)
        for number, text in enumerate(path.read_bytes().splitlines(), start=1):
            try:
                line = decoder.decode(text)
            except msgspec.DecodeError as failure:
                raise ConfigError(f"not a line of a recording: {failure}", file=str(path), line=number) from failure
            if line.event is not None:
                self._heard.append(Heard(line.t, line.topic, line.event))
            elif line.query is not None and line.answer is not None:
                self._answers[_subject(line.query)] = line.answer
            elif line.intent is not None and line.outcome is not None:
                self._outcomes[encode(line.intent)] = line.outcome

    async def subscribe(self, *topics: str) -> AsyncIterator[Event]:
        """Every reader hears the whole recording; then it stays open and silent, as a live feed would."""
        started = monotonic()
        for heard in self._heard:
            if heard.topic in topics:
                if self.speed:
                    await asyncio.sleep(max(0.0, started + heard.t / self.speed - monotonic()))
                yield heard.event
        await asyncio.Event().wait()

    async def ask(self, query: Query) -> Answer:
        """The recorded answer; windows of time are ignored in finding it."""
        self.asked.append(query)
        if (answer := self._answers.get(_subject(query))) is not None:
            return answer
        match query:
            case FleetQuery():
                return self._fleet()
            case HostQuery():
                found = next((view for view in self._fleet().hosts if view.name == query.host), None)
                if found is not None:
                    return HostDetail(found)
            case LimitsQuery():
                return Limits(())
            case ViewsQuery():
                return Views(())
            case PortsQuery():
                return Ports(query.host)
            case ContextsQuery():
                return ContextList()
            case RolloutsQuery():
                return self._rollouts(query)
            case ActionsQuery():
                actions = [heard.event for heard in self._heard if isinstance(heard.event, Action)]
                return Actions(tuple(reversed(actions[-query.last :])))
            case _:
                pass
        raise ClawtuiError(f"the recording holds no answer to {type(query).__name__}")

    async def do(self, intent: Intent) -> Outcome:
        """The recorded outcome; looks and notes are accepted, everything else is refused."""
        self.done.append(intent)
        if (outcome := self._outcomes.get(encode(intent))) is not None:
            return outcome
        if isinstance(intent, Look | Note):
            return Outcome(done=True, words="")
        return Outcome(done=False, words="a recording cannot be acted on", code=77)

    def _rollouts(self, query: RolloutsQuery) -> Rollouts:
        told = [heard.event for heard in self._heard if isinstance(heard.event, Rollouts)]
        newest = told[-1].rollouts if told else ()
        return Rollouts(tuple(view for view in newest if query.id in ("", view.id)))

    def _fleet(self) -> FleetFrame:
        whole: Event | None = None
        for heard in self._heard:
            if isinstance(heard.event, FleetFrame):
                whole = heard.event if whole is None else fold(whole, heard.event)
        if not isinstance(whole, FleetFrame):
            raise ClawtuiError("the recording holds no FleetFrame")
        return replace(whole, full=True, removed=())


def _subject(query: Query) -> bytes:
    """What a query is about: the same question a minute later finds the same recorded answer."""
    match query:
        case RangeQuery():
            return encode(RangeQuery(query.host, query.metrics, 0.0, 0.0, 0))
        case ProcessesQuery():
            return encode(ProcessesQuery(query.host, None if query.at is None else 0.0))
        case ActionsQuery():
            return encode(ActionsQuery(0))
        case MedianQuery():
            return encode(MedianQuery(query.metric))
        case _:
            return encode(query)


async def record(
    engine: Engine,
    path: Path,
    *,
    topics: tuple[str, ...] = ("fleet", "actions", "prompts", "notices", "outcomes"),
    queries: tuple[Query, ...] = (),
    seconds: float = 10.0,
) -> None:
    """Write down what an engine says for some seconds, and its answers to some questions."""
    encoder = msgspec.json.Encoder()
    started = monotonic()
    with path.open("wb") as file:
        for query in queries:
            file.write(encoder.encode(_Line(query=query, answer=await engine.ask(query))) + b"\n")
        try:
            async with asyncio.timeout(seconds):
                async for event in engine.subscribe(*topics):
                    line = _Line(t=round(monotonic() - started, 3), topic=topic_of(event), event=event)
                    file.write(encoder.encode(line) + b"\n")
        except TimeoutError:
            return
