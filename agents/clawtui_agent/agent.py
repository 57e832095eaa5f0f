"""The agent itself: ticks, samples, keeps, hands out; everything that lives is made here."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

from clawtui_agent.collectors import COLLECTORS
from clawtui_agent.config import Config, ConfigWrong, load
from clawtui_agent.deployed import Deployed
from clawtui_agent.hello import Identity, encode
from clawtui_agent.history import History
from clawtui_agent.loop import Loop, Ticker
from clawtui_agent.notify import Notify
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.reading import Now
from clawtui_agent.requests import Busy, answer
from clawtui_agent.ringfolder import NoRings
from clawtui_agent.sampler import Sampler, Source
from clawtui_agent.server import Server
from clawtui_agent.subscriber import Subscriber
from clawtui_agent.tiers import STEPS, TOP
from clawtui_agent.top import BODY, Top
from clawtui_agent.world import ServiceFacts, World

DEPLOYED_S, DEPLOYED_PHASE = 5, 4
TOP_PHASE = 7  # of ten seconds: when the slow collectors rest


class Agent:
    """One process, one thread; nothing in it may wait for anybody."""

    def __init__(self, config: Config, path: str = "") -> None:
        self._said = config  # as configured; `config` has what was deployed besides
        self._deployed = Deployed()
        self.config = self._with_deployed(config)
        self.path = path
        self.loop = Loop()
        self.table = ProcessTable()
        self.identity = Identity()
        self.notes: list[str] = []
        self.server: Server | None = None
        self.direct: list[Subscriber] = []  # `follow`: a subscriber without a socket
        self.facts: dict[str, ServiceFacts] = {}
        self._told_facts: dict[str, ServiceFacts] = {}
        self._told_notes: list[str] = []
        self._ticker = Ticker()
        self._at = 0
        self.history: History | None = None
        self.top = Top(config, self.table)
        self._kept_rev = -1
        self._discovering = False
        self.sampler = Sampler(self._sources(), self.tell)

    @property
    def subscribers(self) -> list[Subscriber]:
        """Everybody who may hear something."""
        return [*self.direct, *(self.server.subscribers if self.server else ())]

    def serve(self) -> None:
        """Open the socket; raises Occupied. From here on SIGTERM and SIGINT end it in order."""
        self.heed_signals()
        self.server = Server(self.loop, self.config.socket, self.config.group, self.heard)
        self.server.arrived = lambda subscriber: subscriber.say(self.hello())
        self.server.open()
        self.notes += self.server.notes

    def keep(self) -> None:
        """Open the rings; without them the agent goes on and says why."""
        history = History(self.config, BODY)
        now = int(time.time())
        try:
            history.open(self._names(), now)
            self.history = history
            self.loop.work(history.catch_up(now))
        except NoRings as error:
            history.close()
            self.notes.append(f"no rings: {error}")
        self.notes += history.notes

    def run(self) -> None:
        """Until SIGTERM or SIGINT."""
        notify = Notify(os.environ)
        notify.ready()
        while self.loop.running:
            self.turn()
            notify.alive(time.monotonic())

    def turn(self) -> None:
        """Wait for the next whole second, or for a descriptor, whichever comes first."""
        moved = self._ticker.step()
        if moved:
            self.tell("clock-step", "host", f"the clock was set by {moved:+.1f} s")
        wait = self._ticker.wait()
        if wait > 0:
            self.loop.turn(wait)
        else:
            self.tick(*self._ticker.take())

    def tick(self, at: int, lateness: float, *, everything: bool = False) -> bytes:
        """One sample: taken, kept, sent; the line that was sent is returned."""
        self._at = at
        if at % DEPLOYED_S == DEPLOYED_PHASE:
            self._look_for_releases()
        values = self.sampler.sample(Now(at, time.monotonic(), lateness), everything=everything)
        if self.facts != self._told_facts or self.notes != self._told_notes:
            self._told_facts, self._told_notes = dict(self.facts), list(self.notes)
            self.sampler.bump()
        rev = self.sampler.rev
        line = ("[%d,%d,%s]\n" % (rev, at, ",".join("null" if v is None else "%.7g" % v for v in values))).encode()
        for subscriber in self.subscribers:
            subscriber.sample(rev, line, self.hello, at)
        self._record(at, values)
        return line

    def tell(self, what: str, scope: str, words: str) -> None:
        """An event line to everybody who hears samples."""
        line = encode({"event": {"at": self._at or int(time.time()), "what": what, "scope": scope, "words": words}})
        for subscriber in self.subscribers:
            if subscriber.every:
                subscriber.say(line)

    def hello(self) -> bytes:
        """The hello line as of now."""
        sampler = self.sampler
        columns = [[*column, sampler.missing[i]] for i, column in enumerate(sampler.columns)]
        services = [{"name": s.name, **self.facts.get(s.name, ServiceFacts())._asdict()} for s in self.config.services]
        fields = self.identity.fields(self.config)
        fields.update(rev=sampler.rev, columns=columns, services=services, rings=self.rings(), notes=self.notes)
        return encode({"hello": fields})

    def rings(self) -> list[dict[str, Any]]:
        """Tiers of history, none in `follow`."""
        return self.history.tiers(time.time()) if self.history else []

    def heard(self, subscriber: Subscriber, message: dict[str, Any]) -> None:
        """A request arrived."""
        answer(self, subscriber, message)

    def reload(self) -> None:
        """Read the configuration file again; raises ConfigWrong and changes nothing when it is no good."""
        if not self.path:
            raise ConfigWrong("started without a configuration file")
        config = load(self.path)
        fixed = ("socket", "state", "group", "rings")
        changed = [key for key in fixed if getattr(config, key) != getattr(self.config, key)]
        if changed:
            raise ConfigWrong(f"{', '.join(changed)} changed: these need a restart of the agent")
        self._said = config
        self._use(self._with_deployed(config))

    def _with_deployed(self, config: Config) -> Config:
        """A process tree's agent speaks for nothing that was deployed on the machine."""
        if config.tree is not None or not config.releases:
            return config
        self._deployed.changed(config.releases)
        return self._deployed.added_to(config)

    def _look_for_releases(self) -> None:
        """Metrics follow the instances: a rollout on this host is seen within seconds."""
        if self._said.tree is None and self._said.releases and self._deployed.changed(self._said.releases):
            self._use(self._deployed.added_to(self._said))
        self.notes += [note for note in self._deployed.notes if note not in self.notes]

    def _use(self, config: Config) -> None:
        self.config = config
        self.facts.clear()
        self.top = Top(config, self.table)
        self.sampler.replace(self._sources())

    def discover(self, done: Callable[[list[dict[str, Any]], list[str]], None]) -> None:
        """Look around for services, a little at a time between the ticks; raises Busy."""
        from clawtui_agent.discover import Discovery

        if self._discovering:
            raise Busy("somebody else is having this host looked through; ask again in some seconds")
        tree = self.config.tree
        if tree is not None:
            self.table.scan(time.monotonic())
        discovery = Discovery(self.loop, self.table.below([tree.pid]) if tree else None)

        def job() -> Iterator[bool]:
            try:
                yield from discovery.steps()
            except Exception as error:  # noqa: BLE001 - the edge of a long answer: it must not end the agent
                discovery.notes.append(f"our fault: {type(error).__name__}: {error}")
            self._discovering = False
            done(discovery.rows, discovery.notes)

        self._discovering = True
        self.loop.work(job())

    def watched(self) -> bool:
        """Somebody has this host on screen."""
        return any(subscriber.watching for subscriber in self.subscribers)

    def close(self) -> None:
        """Leave nothing behind but the rings."""
        if self.server:
            self.server.close()
        if self.history:
            self.history.close()
            self.history = None
        self.sampler.stop()
        self.table.close()

    def _record(self, at: int, values: list[float | None]) -> None:
        """Into the rings; a disk that breaks costs the rings, not the agent."""
        history = self.history
        if history is None:
            return
        try:
            if self._kept_rev != self.sampler.rev:
                self._kept_rev = self.sampler.rev
                before = len(history.notes)
                history.columns(self._names(), at)
                self.notes += history.notes[before:]
            history.write(at, values)
            if at % STEPS[TOP] == TOP_PHASE:
                self.top.look(time.monotonic())
                history.write_top(at, self.top.body())
        except (OSError, NoRings) as error:
            self.history = None
            history.close()
            self.notes.append(f"no rings since {at}: {error}")
            self.tell("agent-note", "host", self.notes[-1])

    def _names(self) -> list[tuple[str, str]]:
        return [(column.scope, column.name) for column in self.sampler.columns]

    def _sources(self) -> list[Source]:
        world = World(self.config, self.table, self.loop, self.watched, self.tell, self.facts, {})
        sources: list[Source] = []
        for subject, collectors in COLLECTORS.items():
            try:
                made = collectors(world)
            except Exception as error:  # noqa: BLE001 - a subject that can't even begin is said, the others go on
                self.notes.append(f"{subject}: {type(error).__name__}: {error}")
                continue
            sources += [Source(subject, collector, len(sources) + i) for i, collector in enumerate(made)]
        return sources

    def heed_signals(self) -> None:
        """Handlers only set a flag; a pipe wakes the loop."""
        receive, send = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(send)

        def stop(_number: int, _frame: object) -> None:
            self.loop.running = False

        def woken(_events: int) -> None:
            with contextlib.suppress(BlockingIOError):
                os.read(receive, 64)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        self.loop.watch(receive, 1, woken)
