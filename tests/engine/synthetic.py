"""An engine that makes its fleet up from a seed: for benches and for tests with more hosts than this machine can hold.

The same seed gives the same numbers at the same tick. Trouble is placed by position, worst kinds first, when `trouble` is on.
`step()` publishes one tick by hand; entered as a context manager it ticks by itself at `hz`.
"""

import asyncio
import math
import time
from collections.abc import Iterable
from typing import Self

from clawtui.engine.boundary import Answer, Event, Intent, Query
from clawtui.engine.boundary.actions import Action, Actions, ActionsQuery, Note
from clawtui.engine.boundary.charts import Limits, LimitsQuery, MedianQuery, RangeAnswer, RangeQuery
from clawtui.engine.boundary.contexts import ContextList, ContextsQuery, ContextView, UseContext, WriteContext
from clawtui.engine.boundary.doctor import Diagnosis, DoctorQuery, Finding
from clawtui.engine.boundary.forwards import EndForward, ForwardPort, Forwards, ForwardView, Ports, PortsQuery, PortView
from clawtui.engine.boundary.hosts import (
    Breach,
    ColumnView,
    FleetFrame,
    FleetQuery,
    HostDetail,
    HostQuery,
    HostView,
    Look,
    MountView,
    SampleFrame,
    ServiceView,
    Summary,
)
from clawtui.engine.boundary.plans import Apply, Arm, HostOutcome, Outcome, Plan, PlanQuery, Progress
from clawtui.engine.boundary.processes import Process, Processes, ProcessesQuery
from clawtui.engine.boundary.prompts import AnswerPrompt
from clawtui.engine.boundary.shell import ShellCommand, ShellQuery
from clawtui.engine.boundary.value import Severity, State
from clawtui.engine.boundary.views import RemoveView, SavedView, SaveView, Views, ViewsQuery
from clawtui.engine.events import fold, keeping
from clawtui.errors import ClawtuiError
from clawtui.feed import Feed, Reader
from tests.engine.synthetic_ground import BLIND, GIB, LIMITS, TROUBLE, UNITS, made_up


class SyntheticEngine:
    """`hosts` hosts named gpu-001 … at `hz`, of one context."""

    def __init__(
        self,
        hosts: int = 200,
        *,
        seed: int = 7,
        hz: float = 1.0,
        trouble: bool = True,
        services: int = 1,
        kind: str = "prod",
        at: float = 0.0,
    ) -> None:
        self.hosts, self.seed, self.hz, self.trouble, self.kind = hosts, seed, hz, trouble, kind
        self.services = services
        self.tick = 0
        self.epoch = at or time.time()
        # engine time of tick 0; fix it for snapshots
        self.armed_until: float | None = None
        self.actions: list[Action] = []
        self.done: list[Intent] = []
        self.looked = ""
        self.plans: dict[str, Plan] = {}
        self.forwards = Forwards()
        self.saved: dict[str, SavedView] = {}
        self.names = [f"gpu-{number:03d}" for number in range(1, hosts + 1)]
        self.views: dict[str, HostView] = {}
        self.feed: Feed[Event] = Feed(keeping, fold, self._present)
        self._task: asyncio.Task[None] | None = None
        self._advance()

    @property
    def at(self) -> float:
        """Engine time of this tick."""
        return self.epoch + self.tick / self.hz

    # ------------------------------------------------------------ life

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *exc: object) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.feed.close()

    async def _run(self) -> None:
        started = asyncio.get_running_loop().time()
        while True:
            self.step()
            due = started + self.tick / self.hz
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))

    def step(self) -> FleetFrame:
        """One tick: new numbers everywhere, one frame, one sample of the host that is looked at."""
        self.tick += 1
        before = self.views
        self._advance()
        frame = self.frame(full=False, hosts=[view for name, view in self.views.items() if view != before.get(name)])
        self.feed.publish("fleet", frame)
        if self.looked:
            values = {key: self.value(self.looked, key, self.at) for key in UNITS}
            self.feed.publish(f"host:{self.looked}", SampleFrame(self.looked, self.at, values))
        return frame

    def change(self, view: HostView) -> None:
        """Put a view of your own in place until the next tick, and tell the readers."""
        self.views[view.name] = view
        self.feed.publish("fleet", self.frame(full=False, hosts=[view]))

    # ------------------------------------------------------------ numbers

    def value(self, host: str, metric: str, at: float) -> float:
        """The number of a metric at a moment: waves and noise, the same for the same seed."""
        n = int(host[4:]) - 1
        state = TROUBLE[n][0] if self.trouble and n in TROUBLE else State.OK
        return made_up(n, metric, at - self.epoch, self.seed, state)

    def _advance(self) -> None:
        self.views = {name: self._view(n, name) for n, name in enumerate(self.names)}

    def _view(self, n: int, name: str) -> HostView:
        state, why, remedy = TROUBLE[n] if self.trouble and n in TROUBLE else (State.OK, "", "")
        metrics: dict[str, float | None] = {}
        services: tuple[ServiceView, ...] = ()
        mounts: tuple[MountView, ...] = ()
        if state not in BLIND:
            values = {key: self.value(name, key, self.at) for key in UNITS}
            metrics = {key: value for key, value in values.items() if " " not in key}
            service = {key.partition(" ")[2]: value for key, value in values.items() if " " in key}
            services = (
                ServiceView("bot", State.WARNING if state is State.WARNING else State.OK, {"up": 1.0, **service}),
                *(ServiceView(f"model-{m}", State.OK, {"up": 1.0, **service}) for m in range(2, self.services + 1)),
            )
            mounts = (MountView("/", {"mount.used_ratio": metrics["disk.used_ratio"], "mount.free": 40.0 * GIB}),)
        spark_metric = "service:bot latency.p95"
        return HostView(
            name=name,
            state=state,
            why=why,
            remedy=remedy.format(host=name),
            since=self.epoch - 250 - 10 * n,
            age_s=(41.0 + self.tick if state is State.STALE else None) if state in BLIND else 0.4,
            groups=("gpu", "canary") if n % 12 == 2 else ("gpu",),
            site=("eu", "us")[n % 2],
            region=("eu-central-1", "us-east-1")[n % 2],
            labels={"rack": f"r{n % 7}"},
            address=f"10.0.{n // 250}.{n % 250 + 1}",
            metrics=metrics,
            services=services,
            mounts=mounts,
            breaches=self._breaches(state, services, metrics),
            spark=() if state in BLIND and state is not State.STALE else self._spark(name, spark_metric),
            spark_metric=spark_metric,
            clock_offset=0.002 * (n % 5),
            fingerprint=f"SHA256:{n:043d}",
            agent="" if state is State.NO_AGENT else "0.1.0",
        )

    def _breaches(
        self, state: State, services: tuple[ServiceView, ...], metrics: dict[str, float | None]
    ) -> tuple[Breach, ...]:
        since = self.epoch - 250
        if state is State.WARNING:
            value = services[0].metrics["latency.p95"] or 0.0
            return (
                Breach("latency-high", "service:bot latency.p95", value, 0.5, True, "s", Severity.WARNING, since, 5.0),
            )
        if state is State.CRITICAL:
            value = metrics["memory.available"] or 0.0
            return (
                Breach("memory-low", "memory.available", value, 500e6, False, "bytes", Severity.CRITICAL, since, 5.0),
            )
        return ()

    def _spark(self, name: str, metric: str) -> tuple[float | None, ...]:
        newest = int(self.at / 30) * 30.0
        if name in self.views and self.views[name].spark and int((self.at - 1 / self.hz) / 30) * 30 == newest:
            return self.views[name].spark
        return tuple(self.value(name, metric, newest - 30 * back) for back in range(59, -1, -1))

    # ------------------------------------------------------------ the boundary

    def summary(self) -> Summary:
        """The bar of this tick."""
        counts: dict[str, int] = {}
        for view in self.views.values():
            counts[view.state] = counts.get(view.state, 0) + 1
        words = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()) if state != State.OK)
        return Summary(
            context="synthetic",
            kind=self.kind,
            read_only=True,
            armed_until=self.armed_until,
            counts=counts,
            headline=words or f"all {self.hosts} hosts well",
            source="synthetic",
        )

    def frame(self, *, full: bool, hosts: Iterable[HostView]) -> FleetFrame:
        """A frame of these hosts."""
        return FleetFrame(self.at, self.summary(), tuple(hosts), (), full)

    def _present(self, topic: str) -> Iterable[Event]:
        return [self.frame(full=True, hosts=self.views.values())] if topic == "fleet" else []

    def subscribe(self, *topics: str) -> Reader[Event]:
        """As the port says."""
        return self.feed.subscribe(*topics)

    async def ask(self, query: Query) -> Answer:
        """Every question has an answer here."""
        match query:
            case FleetQuery():
                return self.frame(full=True, hosts=self.views.values())
            case HostQuery():
                columns = tuple(ColumnView(key, unit, 1.0) for key, unit in UNITS.items())
                return HostDetail(self._known(query.host), columns, {"address": self._known(query.host).address})
            case LimitsQuery():
                return Limits(LIMITS)
            case RangeQuery():
                self._known(query.host)
                return self._range(query.host, query.metrics, query.start, query.end, query.points)
            case MedianQuery():
                return self._range(self.names[0], (query.metric,), self.at - 1800, self.at, 60)
            case ProcessesQuery():
                rows = tuple(Process(100 + n, "bot", f"worker-{n}", 1.0 / (n + 1), 10**8 // (n + 1)) for n in range(20))
                return Processes(query.host, query.at or self.at, rows)
            case PlanQuery():
                return self._plan(query.words)
            case _:
                return self._operators(query)

    def _operators(self, query: Query) -> Answer:
        """What is asked by whoever acts."""
        match query:
            case ActionsQuery():
                return Actions(tuple(reversed(self.actions[-query.last :])))
            case DoctorQuery():
                return Diagnosis(
                    query.host, (Finding("name", "ok", "resolves"), Finding("tcp", "ok", "answers in 2 ms"))
                )
            case ContextsQuery():
                return ContextList((ContextView("synthetic", self.kind, hosts=self.hosts),), ("synthetic",))
            case PortsQuery():
                return Ports(query.host, (PortView(8000, "bot"), PortView(9100, "node-exporter")))
            case ViewsQuery():
                return Views(tuple(self.saved.values()))
            case ShellQuery():
                return ShellCommand(("ssh", self._known(query.host).address))
            case _:
                raise ClawtuiError(f"nobody answers {type(query).__name__}")

    def _known(self, host: str) -> HostView:
        if (view := self.views.get(host)) is None:
            raise ClawtuiError(f"no host {host} in context synthetic")
        return view

    def _range(self, host: str, metrics: tuple[str, ...], start: float, end: float, points: int) -> RangeAnswer:
        step = max(1.0, math.ceil((end - start) / max(1, points)))
        times = tuple(start + step * n for n in range(int((end - start) / step)))
        mean = tuple(tuple(self.value(host, metric, at) for at in times) for metric in metrics)
        return RangeAnswer(host, metrics, step, times, mean, mean, mean)

    def _plan(self, words: tuple[str, ...]) -> Plan:
        hosts = tuple(name for name in self.names if words[1].rstrip("*") in name) if len(words) > 1 else ()
        title = f"{words[0].upper()} {' '.join(words[2:])} on {len(hosts)} hosts in {self.kind.upper()}"
        cli = "clawtui " + " ".join(words)
        refused = "" if hosts else f"no host matches {words[1] if len(words) > 1 else '(nothing)'}"
        plan_id = f"p{len(self.plans) + 1}"
        plan = Plan(
            plan_id,
            title,
            hosts,
            ("as the login user",),
            "cannot be undone",
            cli,
            f"synthetic {len(hosts)}",
            True,
            refused,
        )
        self.plans[plan_id] = plan
        return plan

    async def do(self, intent: Intent) -> Outcome:
        """Arming, plans and looks behave as the real ones; nothing is touched."""
        self.done.append(intent)
        match intent:
            case Arm():
                self.armed_until = self.at + 60 * intent.minutes if intent.minutes else None
                self.feed.publish("fleet", self.frame(full=False, hosts=()))
                return Outcome(done=True, words="armed" if intent.minutes else "read-only again")
            case Look():
                self.looked = intent.host
                return Outcome(done=True, words="")
            case Note():
                self._act(intent.verb, intent.hosts, intent.cli, "ok")
                return Outcome(done=True, words="")
            case AnswerPrompt():
                return Outcome(done=True, words="")
            case ForwardPort():
                view = ForwardView(
                    f"f{len(self.done)}", intent.host, intent.local or intent.remote, intent.remote, self.at
                )
                self.forwards = Forwards((*self.forwards.forwards, view))
                self.feed.publish("forwards", self.forwards)
                return Outcome(done=True, words=f"127.0.0.1:{view.local} → {intent.host}:{intent.remote}")
            case EndForward():
                self.forwards = Forwards(tuple(f for f in self.forwards.forwards if f.id != intent.id))
                self.feed.publish("forwards", self.forwards)
                return Outcome(done=True, words="closed")
            case UseContext() | WriteContext():
                return Outcome(done=False, words="synthetic is the only context", code=78)
            case SaveView():
                self.saved[intent.view.name] = intent.view
                return Outcome(done=True, words="")
            case RemoveView():
                self.saved.pop(intent.name, None)
                return Outcome(done=True, words="")
            case Apply():
                return self._apply(self.plans[intent.plan], intent.confirm)

    def _apply(self, plan: Plan, confirm: str) -> Outcome:
        if plan.needs_arming and self.armed_until is None:
            return Outcome(done=False, words="the context is read-only: A arms for 10 min", code=77)
        if confirm != plan.confirm:
            return Outcome(done=False, words=f"type {plan.confirm} to confirm", code=77)
        outcomes = tuple(HostOutcome(name, "ok", status=0, stdout=b"done\n", seconds=0.1) for name in plan.hosts)
        for outcome in outcomes:
            self.feed.publish("outcomes", Progress(plan.id, outcome))
        self._act(plan.title.split()[0].lower(), plan.hosts, plan.cli, f"ok on {len(plan.hosts)}")
        return Outcome(done=True, words=f"ok on {len(plan.hosts)} hosts", hosts=outcomes)

    def _act(self, verb: str, hosts: tuple[str, ...], cli: str, outcome: str) -> None:
        action = Action(self.at, "ana", "synthetic", verb, hosts, cli, outcome=outcome)
        self.actions.append(action)
        self.feed.publish("actions", action)
