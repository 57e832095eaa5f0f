"""The engine boundary: `subscribe`, `ask` and `do`, and every value that crosses it.

Screens know nothing else, so they run against a recorded feed, an engine in their own process, or one at the far end of a
connection. All values are frozen msgspec structs; `encode` and `decode` take each of them to JSON and back
(one object with a `type` field). Times called `at`, `since`, `until` are unix seconds; those of a host are already
corrected by its `clock.offset`. Ages are seconds at the moment the value was made.
"""

from collections.abc import AsyncIterator
from enum import StrEnum
from functools import cache
from typing import Protocol

import msgspec


class State(StrEnum):
    """Host states, worst first; `rank` orders the fleet table."""

    DOWN = "down"
    CRITICAL = "critical"
    REFUSED = "refused"
    STALE = "stale"
    WARNING = "warning"
    NO_AGENT = "no-agent"
    DRAINED = "drained"
    UNKNOWN = "unknown"
    LOADING = "loading"
    OK = "ok"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(State).index(self)


class Severity(StrEnum):
    """How bad a breached rule or a notice is."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Value(msgspec.Struct, frozen=True, tag=True, tag_field="type"):
    """Root of everything that crosses the boundary."""


# ---------------------------------------------------------------- what a fleet looks like


class Breach(Value, frozen=True):
    """A rule that does not hold on a host now."""

    rule: str
    metric: str
    """`str(Key)`: "cpu.busy", "service:bot latency.p95"."""
    value: float
    limit: float
    above: bool
    """True: value > limit is bad; False: value < limit is bad."""
    unit: str
    severity: Severity
    since: float
    """When the value first crossed the limit without coming back."""
    held_s: float = 0.0
    """How long the rule wants it held; a breach that has not been held that long is not listed."""


class Limit(Value, frozen=True):
    """A threshold to draw: from the same rules that judge."""

    rule: str
    metric: str
    """Metric name without scope: it applies in every scope that has it."""
    limit: float
    above: bool
    unit: str
    severity: Severity
    hold_s: float = 0.0


class ServiceView(Value, frozen=True):
    """One service on one host."""

    name: str
    state: State
    metrics: dict[str, float | None] = {}
    latency_is: str = "request"
    exact: bool = True
    """False: the limit lies between two bucket edges, so latency.p95 is interpolated there."""
    missing: str = ""


class MountView(Value, frozen=True):
    """One real file system."""

    path: str
    metrics: dict[str, float | None] = {}


class DeviceView(Value, frozen=True):
    """One GPU."""

    name: str
    metrics: dict[str, float | None] = {}


class HostView(Value, frozen=True):
    """One row of the fleet: all that the table and the strip below it show."""

    name: str
    state: State
    badges: tuple[str, ...] = ()
    why: str = ""
    """The reason in words: "ssh refused, 3 tries", "p95 812 > 500 ms"."""
    remedy: str = ""
    """What the operator can do about it, as a sentence or a command; may be empty."""
    since: float | None = None
    """When this state began."""
    age_s: float | None = None
    """Seconds since the last sample arrived; None before the first. The reader adds the time it holds the value."""
    period_s: float = 1.0
    groups: tuple[str, ...] = ()
    site: str = ""
    region: str = ""
    labels: dict[str, str] = {}
    address: str = ""
    via: str = ""
    """The bastion before it, or the one of those before it that is at fault."""
    behind: str = ""
    """What is wrong with that bastion, where this keeps the host from being seen: "lost", "refused", "not trusted yet"."""
    metrics: dict[str, float | None] = {}
    services: tuple[ServiceView, ...] = ()
    mounts: tuple[MountView, ...] = ()
    devices: tuple[DeviceView, ...] = ()
    breaches: tuple[Breach, ...] = ()
    """Worst first."""
    spark: tuple[float | None, ...] = ()
    """The last 30 min of `spark_metric`: 60 values of 30 s each, oldest first."""
    spark_metric: str = ""
    """The breached metric; else response time where there is one; else cpu.busy. As `str(Key)`."""
    sparks: dict[str, tuple[float | None, ...]] = {}
    """The same 30 min for the overview metrics (cpu.busy, memory.available, latency.p95, errors.ratio), by `str(Key)`;
    only in answers to HostQuery, to keep frames small."""
    clock_offset: float | None = None
    fingerprint: str = ""
    agent: str = ""
    """Version of its agent; empty where there is none."""
    context: str = ""
    """Set where several contexts are shown together: then `name` is CONTEXT/HOST."""


class Summary(Value, frozen=True):
    """The bar and the first line of the fleet screen."""

    context: str
    kind: str
    """prod, staging or dev."""
    read_only: bool
    armed_until: float | None
    """Unix time when arming ends; None when not armed."""
    counts: dict[str, int]
    """Hosts by state."""
    headline: str
    """What is wrong, which host, since when, in words."""
    watcher: str = ""
    """Who notifies; empty means nobody is paged, and the bar says so."""
    source: str = ""
    """Where the fleet comes from: the file's path, "ssh_config (no fleet file)" …"""
    problems: tuple[str, ...] = ()
    """Things that are wrong with the operator's own set-up, each with its remedy."""
    certificate_ends: float | None = None
    """Unix time when the first of the certificates that we came in by ends; None where there is none."""
    contexts: dict[str, str] = {}
    """Where several contexts are shown together: each one's name and kind."""


class Happening(Value, frozen=True):
    """Something that happened to a host while we followed it."""

    at: float
    kind: str
    """fires, ends (a rule), restart, down, up (a service), lost, back (the host)."""
    words: str
    metric: str = ""
    """The rule's metric, or the scope that it is about; empty for the host itself."""


class Process(Value, frozen=True):
    """One line of the process list; `name` and `command` are raw text from the host: clean before showing."""

    pid: int
    user: str
    name: str
    cpu: float
    """Cores."""
    memory: int
    """Bytes."""
    command: str = ""


class Action(Value, frozen=True):
    """One line of actions.jsonl: an act or a note, and the commands it stood for."""

    at: float
    who: str
    """OS user, plus CLAWTUI_OPERATOR where set: "root (ana)"."""
    context: str
    verb: str
    hosts: tuple[str, ...]
    cli: str
    """The clawtui command line that does the same."""
    commands: tuple[str, ...] = ()
    """The ssh commands that ran, secrets replaced."""
    outcome: str = ""
    """ok, failed, refused, unknown, and how many hosts each."""
    note: str = ""


# ---------------------------------------------------------------- subscribe: topics and events
# "fleet": FleetFrame · "host:NAME": SampleFrame · "actions": Action · "prompts": Prompt, PromptClosed
# "notices": Notice · "outcomes": Progress · "forwards": Forwards


class FleetFrame(Value, frozen=True):
    """What changed since the frame before; at most a few a second. The first one after subscribing holds all hosts."""

    at: float
    summary: Summary
    hosts: tuple[HostView, ...] = ()
    """Changed or new."""
    removed: tuple[str, ...] = ()
    full: bool = False
    """`hosts` is the whole fleet: forget what was known before."""


class SampleFrame(Value, frozen=True):
    """One live sample of the host that is being looked at, by engine time."""

    host: str
    at: float
    values: dict[str, float | None]
    """By `str(Key)`; every column that the host offers."""


class Prompt(Value, frozen=True):
    """A question that only the operator can answer: an unknown host key, a passphrase."""

    id: str
    kind: str
    """"host-key" and "host-keys" (answer yes or no), "secret" (answer is never shown or logged), "touch" (no answer)."""
    host: str
    title: str
    text: str
    fingerprint: str = ""


class PromptClosed(Value, frozen=True):
    """A prompt that needs no answer any more."""

    id: str


class Notice(Value, frozen=True):
    """A toast."""

    severity: Severity
    text: str


class ForwardView(Value, frozen=True):
    """A port of this machine that leads to one on a host."""

    id: str
    host: str
    local: int
    """Listens on 127.0.0.1 alone."""
    remote: int
    since: float
    sent: int = 0
    """Bytes to the host."""
    received: int = 0
    running: int = 0
    """Connections through it now."""
    words: str = ""
    """Why the last connection failed; empty when it did not."""


class Forwards(Value, frozen=True):
    """All forwarded ports, in the order in which they were opened."""

    forwards: tuple[ForwardView, ...] = ()


# ---------------------------------------------------------------- ask: queries and answers


class FleetQuery(Value, frozen=True):
    """→ FleetFrame with everything."""


class HostQuery(Value, frozen=True):
    """→ HostDetail."""

    host: str


class ColumnView(Value, frozen=True):
    """One metric that a host offers."""

    metric: str
    unit: str
    period_s: float
    missing: str = ""


class HostDetail(Value, frozen=True):
    """Everything known about one host."""

    view: HostView
    columns: tuple[ColumnView, ...] = ()
    facts: dict[str, str] = {}
    """Words for `i` inspect: address, jump chain, key fingerprint, cipher, agent version, boot id, kernel, origin …"""
    happenings: tuple[Happening, ...] = ()
    """What the engine has seen happen since it follows this host, oldest first."""


class LimitsQuery(Value, frozen=True):
    """→ Limits: what the charts draw."""


class Limits(Value, frozen=True):
    """All thresholds in force."""

    limits: tuple[Limit, ...]


class RangeQuery(Value, frozen=True):
    """→ RangeAnswer: history of one host from its rings, thinned to about `points` steps keeping extremes."""

    host: str
    metrics: tuple[str, ...]
    """`str(Key)` each."""
    start: float
    end: float
    points: int = 300


class RangeAnswer(Value, frozen=True):
    """Parallel lists, oldest first; None = nothing recorded. `low`, `mean`, `high` hold one list per metric asked for."""

    host: str
    metrics: tuple[str, ...]
    step_s: float
    times: tuple[float, ...]
    low: tuple[tuple[float | None, ...], ...]
    mean: tuple[tuple[float | None, ...], ...]
    high: tuple[tuple[float | None, ...], ...]
    note: str = ""
    """Why it is short, or how it was read: "read by SFTP, the agent is dead"."""


class MedianQuery(Value, frozen=True):
    """→ RangeAnswer with host "": the fleet's median of one metric over the last 30 min (30 s steps)."""

    metric: str
    host: str = ""
    """Of whose context; needed only where several are shown together."""


class ProcessesQuery(Value, frozen=True):
    """→ Processes: who uses CPU and memory on a host, now or (from its process ring) at a moment."""

    host: str
    at: float | None = None


class Processes(Value, frozen=True):
    """The heaviest first."""

    host: str
    at: float
    processes: tuple[Process, ...]
    note: str = ""


class PlanQuery(Value, frozen=True):
    """→ Plan: what would be done. Words are those of the command line after `clawtui`: ("run", "web*", "--", "uptime")."""

    words: tuple[str, ...]


class Plan(Value, frozen=True):
    """What the plan dialog shows and `--confirm` confirms: exactly what `Apply` will do."""

    id: str
    title: str
    """"RUN uptime on 12 hosts in PROD"."""
    hosts: tuple[str, ...]
    lines: tuple[str, ...]
    """What happens, host by host where it differs; what needs root; what is skipped and why."""
    reverts: str
    """What undoes it, or "cannot be undone"."""
    cli: str
    """The command line that does the same."""
    confirm: str
    """What must be typed: "prod 2" (context and count), or "y"."""
    needs_arming: bool
    refused: str = ""
    """Not empty: it cannot be done, and why."""


class ActionsQuery(Value, frozen=True):
    """→ Actions, newest first."""

    last: int = 200


class Actions(Value, frozen=True):
    """The last acts and notes."""

    actions: tuple[Action, ...]


class DoctorQuery(Value, frozen=True):
    """→ Diagnosis of one host."""

    host: str


class Finding(Value, frozen=True):
    """One thing that doctor looked at."""

    what: str
    """name, tcp, host key, auth, shell, python, agent, disk, clock."""
    state: str
    """ok, warning, failed, skipped."""
    words: str
    remedy: str = ""


class Diagnosis(Value, frozen=True):
    """In the order in which one depends on the other; what comes after a failure is skipped."""

    host: str
    findings: tuple[Finding, ...]


class DiscoverQuery(Value, frozen=True):
    """→ Discovered: what could be a service on one host. Changes nothing."""

    host: str


class Proposal(Value, frozen=True):
    """One `[[service]]` to paste into a fleet file."""

    name: str
    toml: str
    why: tuple[str, ...]
    """What was seen, a sentence each."""
    known: bool
    """Its metrics page is of a kind that is read."""


class Discovered(Value, frozen=True):
    """Services with a page that is known first."""

    host: str
    via: str
    """ "its agent", "a script over SSH" """
    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...] = ()


class ShellQuery(Value, frozen=True):
    """→ ShellCommand: how to open a shell on a host from the operator's terminal."""

    host: str


class ShellCommand(Value, frozen=True):
    """An argument list to run with the terminal handed over."""

    argv: tuple[str, ...]


class PortsQuery(Value, frozen=True):
    """→ Ports: where the services of a host are known to listen."""

    host: str


class PortView(Value, frozen=True):
    """A port and who listens there."""

    port: int
    words: str


class Ports(Value, frozen=True):
    """By number."""

    host: str
    ports: tuple[PortView, ...] = ()


class SavedView(Value, frozen=True):
    """How somebody wants the fleet listed, by name."""

    name: str
    sort: str = "triage"
    reverse: bool = False
    group: str = ""
    filters: tuple[str, ...] = ()
    wide: bool = False
    """All columns."""
    window_s: float = 1800.0
    """Of the charts."""


class ViewsQuery(Value, frozen=True):
    """→ Views."""


class Views(Value, frozen=True):
    """All saved views, by name."""

    views: tuple[SavedView, ...]


class ContextsQuery(Value, frozen=True):
    """→ ContextList: which contexts there are."""


class ContextView(Value, frozen=True):
    """One context that can be shown."""

    name: str
    kind: str = ""
    read_only: bool = True
    hosts: int = 0
    source: str = ""
    problem: str = ""
    """Why it cannot be shown; empty when it can."""


class ContextList(Value, frozen=True):
    """All of them, and those on screen now."""

    contexts: tuple[ContextView, ...] = ()
    chosen: tuple[str, ...] = ()


class CandidatesQuery(Value, frozen=True):
    """→ Candidates: what ssh knows of hosts, for a first context; nothing is connected to."""


class Candidate(Value, frozen=True):
    """A host that could be picked."""

    name: str
    address: str = ""
    source: str = ""
    """Where it is written: file and line."""


class Candidates(Value, frozen=True):
    """Hosts to make a first context of."""

    hosts: tuple[Candidate, ...] = ()
    hashed: int = 0
    """Further known_hosts entries whose names cannot be read."""
    problems: tuple[str, ...] = ()


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
)


# ---------------------------------------------------------------- do: intents and outcomes


class Apply(Value, frozen=True):
    """Carry out a plan that was shown. `confirm` is what the operator typed."""

    plan: str
    confirm: str


class Arm(Value, frozen=True):
    """Let acting verbs through for some minutes in a read-only context; 0 ends it."""

    minutes: float = 10.0


class AnswerPrompt(Value, frozen=True):
    """Answer a Prompt; `text` is "yes", "no" or the secret itself (never logged, never in a repr)."""

    id: str
    text: str

    def __repr__(self) -> str:
        return f"AnswerPrompt(id={self.id!r}, text=…)"


class Look(Value, frozen=True):
    """Which host is on screen ("" for none): its sources are read each second and its samples are sent."""

    host: str


class Note(Value, frozen=True):
    """Something worth a line in actions.jsonl that is no act: a shell was opened, data were exported."""

    verb: str
    hosts: tuple[str, ...]
    cli: str
    note: str = ""


class SaveView(Value, frozen=True):
    """Keep a view for the next time; one of the same name is replaced."""

    view: SavedView


class RemoveView(Value, frozen=True):
    """Forget a view."""

    name: str


class ForwardPort(Value, frozen=True):
    """Open a port on this machine that leads to one on a host; not guarded, recorded. It ends with the engine."""

    host: str
    remote: int
    local: int | None = None
    """None: the same number where it is free, else any; 0: any."""


class EndForward(Value, frozen=True):
    """Close a forwarded port."""

    id: str


class UseContext(Value, frozen=True):
    """Show another context from now on, or "all" of them in one list."""

    name: str


class WriteContext(Value, frozen=True):
    """Write a first context from picked candidates, as `hosts --pick --write` does; it is not shown by that."""

    name: str
    hosts: tuple[str, ...]


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
)


class HostOutcome(Value, frozen=True):
    """What came of an act on one host."""

    host: str
    ending: str
    """ok, failed, killed, unknown, unreached, skipped."""
    words: str = ""
    status: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0.0


class Progress(Value, frozen=True):
    """One host of a plan that is being carried out is done: sent on the topic "outcomes" as it happens."""

    plan: str
    outcome: HostOutcome


class Outcome(Value, frozen=True):
    """What came of an intent. `code` is the exit code that a verb ends with."""

    done: bool
    words: str
    code: int = 0
    hosts: tuple[HostOutcome, ...] = ()


Event = FleetFrame | SampleFrame | Action | Prompt | PromptClosed | Notice | Progress | Forwards


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
