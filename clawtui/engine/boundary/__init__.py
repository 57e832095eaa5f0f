"""The engine boundary: `subscribe`, `ask` and `do`, and every value that crosses it.

Screens know nothing else, so they run against a recorded feed, an engine in their own process, or one at the far end of a
connection. All values are frozen msgspec structs; `encode` and `decode` take each of them to JSON and back
(one object with a `type` field). Times called `at`, `since`, `until` are unix seconds; those of a host are already
corrected by its `clock.offset`. Ages are seconds at the moment the value was made.

One subject a file: its questions, answers, intents and the values inside them. The unions below say which of them cross.
"""

from collections.abc import AsyncIterator
from functools import cache
from typing import Protocol

import msgspec

from clawtui.engine.boundary.actions import Action, Actions, ActionsQuery, Note
from clawtui.engine.boundary.charts import Limits, LimitsQuery, MedianQuery, RangeAnswer, RangeQuery
from clawtui.engine.boundary.contexts import (
    AcceptFleet,
    Candidates,
    CandidatesQuery,
    ContextList,
    ContextsQuery,
    UseContext,
    WriteContext,
)
from clawtui.engine.boundary.discover import Discovered, DiscoverQuery
from clawtui.engine.boundary.doctor import Diagnosis, DoctorQuery
from clawtui.engine.boundary.forwards import EndForward, ForwardPort, Forwards, Ports, PortsQuery
from clawtui.engine.boundary.hosts import FleetFrame, FleetQuery, HostDetail, HostQuery, Look, SampleFrame
from clawtui.engine.boundary.plans import Apply, Arm, Outcome, Plan, PlanQuery, Progress
from clawtui.engine.boundary.processes import Processes, ProcessesQuery
from clawtui.engine.boundary.prompts import AnswerPrompt, Notice, Prompt, PromptClosed
from clawtui.engine.boundary.rollouts import HoldRollout, Rollouts, RolloutsQuery
from clawtui.engine.boundary.shell import ShellCommand, ShellQuery
from clawtui.engine.boundary.value import Value
from clawtui.engine.boundary.views import RemoveView, SaveView, Views, ViewsQuery

# by topic: "fleet": FleetFrame · "host:NAME": SampleFrame · "actions": Action · "prompts": Prompt, PromptClosed
# "notices": Notice · "outcomes": Progress · "forwards": Forwards · "rollouts": Rollouts
Event = FleetFrame | SampleFrame | Action | Prompt | PromptClosed | Notice | Progress | Forwards | Rollouts

Query = (
    FleetQuery
    | HostQuery
    | LimitsQuery
    | RangeQuery
    | MedianQuery
    | ProcessesQuery
    | PlanQuery
    | ActionsQuery
    | DoctorQuery
    | DiscoverQuery
    | ShellQuery
    | ViewsQuery
    | PortsQuery
    | ContextsQuery
    | CandidatesQuery
    | RolloutsQuery
)

Answer = (
    FleetFrame
    | HostDetail
    | Limits
    | RangeAnswer
    | Processes
    | Plan
    | Actions
    | Diagnosis
    | Discovered
    | ShellCommand
    | Views
    | Ports
    | ContextList
    | Candidates
    | Rollouts
)

Intent = (
    Apply
    | Arm
    | AnswerPrompt
    | Look
    | Note
    | SaveView
    | RemoveView
    | ForwardPort
    | EndForward
    | UseContext
    | WriteContext
    | AcceptFleet
    | HoldRollout
)


class Engine(Protocol):
    """The whole boundary."""

    def subscribe(self, *topics: str) -> AsyncIterator[Event]:
        """Events of these topics from now on, each topic's present state first.

        Bounded: a reader that falls behind loses superseded frames (the newest state always arrives), never an Action,
        a Prompt or a critical Notice.
        """
        ...

    async def ask(self, query: Query) -> Answer:
        """Answer a question; raises ClawtuiError with one sentence when it can't."""
        ...

    async def do(self, intent: Intent) -> Outcome:
        """Carry out an intent; a refusal is an Outcome with done=False and code 77, not an exception."""
        ...


def encode(value: Value) -> bytes:
    """One line of JSON, without its newline."""
    return msgspec.json.encode(value)


def decode(line: bytes | str) -> Value:
    """The value that `encode` wrote; raises msgspec.ValidationError for anything else."""
    return _decoder().decode(line)


@cache
def _decoder() -> "msgspec.json.Decoder[Event | Query | Answer | Intent | Outcome]":
    """Built when the first line is read: half the boundary's import time, and an engine in process never needs it."""
    return msgspec.json.Decoder(Event | Query | Answer | Intent | Outcome)
