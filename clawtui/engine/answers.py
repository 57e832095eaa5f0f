"""Answers to every question that changes nothing."""

import asyncio
import difflib
import time
from collections.abc import Mapping

from msgspec.structs import replace

from clawtui.alerts.rule import Rule
from clawtui.engine.boundary import Answer, Query
from clawtui.engine.boundary.actions import ActionsQuery
from clawtui.engine.boundary.charts import Limit, Limits, LimitsQuery, MedianQuery, RangeAnswer, RangeQuery
from clawtui.engine.boundary.contexts import ContextList, ContextsQuery, ContextView
from clawtui.engine.boundary.discover import Discovered, DiscoverQuery, Proposal
from clawtui.engine.boundary.doctor import Diagnosis, DoctorQuery, Finding
from clawtui.engine.boundary.forwards import PortsQuery
from clawtui.engine.boundary.hosts import ColumnView, FleetFrame, FleetQuery, HostDetail, HostQuery
from clawtui.engine.boundary.processes import Process, Processes, ProcessesQuery
from clawtui.engine.boundary.rollouts import RolloutsQuery
from clawtui.engine.boundary.shell import ShellCommand, ShellQuery
from clawtui.engine.boundary.value import Severity
from clawtui.engine.boundary.views import Views, ViewsQuery
from clawtui.engine.facts import facts
from clawtui.engine.follower import Follower
from clawtui.engine.forwards import known_ports
from clawtui.engine.frames import Frames
from clawtui.engine.journal import Journal
from clawtui.engine.past import past
from clawtui.engine.saved_views import ViewStore
from clawtui.engine.shell import shell_argv
from clawtui.engine.standing import Contact
from clawtui.errors import AgentError, ClawtuiError, Refused, UsageError
from clawtui.fleet.connections import Connections
from clawtui.fleet.host import Fleet, Host
from clawtui.metrics.sample import Key
from clawtui.metrics.series import STEP_S, medians
from clawtui.places import Places

SPARKS = ("cpu.busy", "memory.available", "latency.p95", "errors.ratio")


class Answers:
    """Reads what the followers know, or asks their agents."""

    def __init__(
        self,
        fleet: Fleet,
        rules: tuple[Rule, ...],
        places: Places,
        links: Connections,
        followers: Mapping[str, Follower],
        frames: Frames,
        journal: Journal,
    ) -> None:
        self._fleet, self._rules, self._places, self._links = fleet, rules, places, links
        self._followers, self._frames, self._journal = followers, frames, journal

    async def answer(self, query: Query, armed_until: float | None) -> Answer:
        """One answer; ClawtuiError says in one sentence why there is none."""
        match query:
            case FleetQuery():
                return self._whole(armed_until)
            case HostQuery():
                return self._detail(self._follower(query.host))
            case LimitsQuery():
                return Limits(tuple(_limit(rule) for rule in self._rules))
            case RangeQuery():
                return await past(self._follower(query.host), self._links, query, time.time())
            case MedianQuery():
                return self._median(Key.parse(query.metric))
            case ProcessesQuery():
                return await self._processes(self._follower(query.host), query.at)
            case DoctorQuery():
                return await self._diagnosis(self._host(query.host))
            case DiscoverQuery():
                return await self._discovered(self._host(query.host))
            case _:
                return await self._operators(query)

    async def _operators(self, query: Query) -> Answer:
        """What whoever sits before the screen asks for himself."""
        match query:
            case ActionsQuery():
                return self._journal.last(query.last)
            case ContextsQuery():
                return self._context()
            case PortsQuery():
                return known_ports(self._host(query.host))
            case ViewsQuery():
                return Views(await asyncio.to_thread(ViewStore(self._places.views).all))
            case RolloutsQuery():
                from clawtui.engine.deploying.following import history

                return await asyncio.to_thread(history, self._places, self._fleet.name, query)
            case ShellQuery():
                return self._shell(self._follower(query.host))
            case _:
                raise ClawtuiError(f"nobody answers {type(query).__name__}")

    def _shell(self, follower: Follower) -> ShellCommand:
        if follower.standing.chosen.reads_only:
            raise Refused(
                f"{follower.host.name}: this key cannot open a shell, it may only read; "
                "log in with another one (IdentityFile in ssh_config)"
            )
        return ShellCommand(shell_argv(self._fleet, follower.host, self._places))

    def _host(self, name: str) -> Host:
        if (host := self._fleet.host(name)) is None:
            near = difflib.get_close_matches(name, [host.name for host in self._fleet.hosts], 3)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"no host {name} in context {self._fleet.name}{hint}")
        return host

    def _follower(self, name: str) -> Follower:
        return self._followers[self._host(name).name]

    def _context(self) -> ContextList:
        """This engine knows one."""
        fleet, policy = self._fleet, self._fleet.policy
        view = ContextView(fleet.name, str(policy.kind), policy.read_only, len(fleet.hosts), fleet.origin.file)
        return ContextList((view,), (fleet.name,)) if fleet.name else ContextList()

    def _whole(self, armed_until: float | None) -> FleetFrame:
        return self._frames.full(time.time(), time.monotonic(), armed_until)

    def _detail(self, follower: Follower) -> HostDetail:
        standing, now = follower.standing, time.time()
        row = self._frames.look(follower.host.name, now, time.monotonic())
        sparks = {str(key): series.values(now) for key, series in standing.series.items() if key.name in SPARKS}
        hello = standing.hello
        columns = tuple(ColumnView(str(c.key), c.unit, c.period_s, c.missing) for c in hello.columns) if hello else ()
        known = facts(follower.host, standing, self._links)
        return HostDetail(replace(row, sparks=sparks), columns, known, tuple(standing.happenings.log))

    def _median(self, key: Key) -> RangeAnswer:
        """From what the engine keeps of every host; the fleet's own clock is the axis."""
        now = time.time()
        rows = [
            series.values(now)
            for follower in self._followers.values()
            if (series := follower.standing.series.get(key)) is not None
        ]
        middle = medians(rows)
        last = now // STEP_S * STEP_S
        times = tuple(last - STEP_S * back for back in range(len(middle) - 1, -1, -1))
        note = f"median of {len(rows)} hosts" if rows else f"no host keeps {key} for the last half hour"
        return RangeAnswer("", (str(key),), STEP_S, times, (middle,), (middle,), (middle,), note)

    async def _processes(self, follower: Follower, at: float | None) -> Processes:
        standing, source = follower.standing, follower.source
        if source is None or source.hello is None or standing.silence:
            words = standing.silence or standing.words or "its agent is not connected"
            raise AgentError(follower.host.name, f"its processes cannot be asked for: {words}")
        offset = standing.offset or 0.0
        if isinstance(source.answering, str):
            raise AgentError(follower.host.name, source.answering)
        top = await source.answering.top(None if at is None else at + offset)
        rows = tuple(Process(p.pid, p.user, p.name, p.cpu, p.memory, p.command) for p in top.processes)
        return Processes(follower.host.name, top.at - offset, rows, top.note)

    async def _diagnosis(self, host: Host) -> Diagnosis:
        from clawtui.fleet.doctor import examine

        findings = await examine(self._fleet, host, self._links, self._places)
        if (follower := self._followers[host.name]).standing.contact is not Contact.LIVE:
            follower.nudge()  # somebody is mending it
        return Diagnosis(host.name, tuple(Finding(f.what, f.state, f.words, f.remedy) for f in findings))

    async def _discovered(self, host: Host) -> Discovered:
        from clawtui.fleet.agent.discover import discover
        from clawtui.fleet.agent.proposals import proposals

        found = await discover(await self._links.link(host))
        proposed, notes = proposals(host.name, found.rows)
        values = tuple(Proposal(one.name, one.toml, one.why, one.known) for one in proposed)
        return Discovered(host.name, found.via, values, (*found.notes, *notes))


def _limit(rule: Rule) -> Limit:
    when = rule.when
    return Limit(rule.name, when.metric, when.limit, when.above, rule.unit, Severity(rule.severity), rule.hold_s)
