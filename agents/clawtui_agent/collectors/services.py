"""Services: the process tree behind a systemd unit, a cgroup or a pid file."""

from __future__ import annotations

import os

from clawtui_agent.config import Service
from clawtui_agent.find import find
from clawtui_agent.reading import NO_PERMISSION, Column, Now, Rate, Value
from clawtui_agent.tree import Tree, Usage
from clawtui_agent.world import ServiceFacts, World

FILES_EACH = 10  # seconds between two counts of open files
MOST = 200  # members whose open files are counted; beyond that the count costs more than it tells


class ServiceTree:
    """One service: is it up, what does it use, how often did it start again."""

    every = 1

    def __init__(self, world: World, service: Service) -> None:
        scope = f"service:{service.name}"
        self.columns = (
            Column(scope, "up", "bool", 1.0),
            Column(scope, "process.cpu", "cores", 1.0),
            Column(scope, "process.memory", "bytes", 1.0),
            Column(scope, "process.threads", "count", 1.0),
            Column(scope, "process.files", "count", float(FILES_EACH)),
            Column(scope, "restarts", "count", 1.0),
        )
        self._world = world
        self._service = service
        self._scope = scope
        self._alone = not service.metrics and service.probe is None  # nobody else tells the hello line about it
        self._tree = Tree(world.table)
        self._cgroup_rate = Rate()
        self._up: bool | None = None
        self._oldest: int | None = None  # when the oldest process began, in clock ticks after boot
        self._restarts = 0
        self._files: Value = None
        self._counted = -1e9

    def read(self, now: Now) -> list[Value]:
        """CPU comes from the cgroup where there is one: it forgets nobody."""
        found = find(self._world, self._service)
        if self._alone:
            self._world.facts[self._service.name] = ServiceFacts(missing=found.missing if found.unknown else "")
        if found.unknown:
            return [*[found.missing] * 5, float(self._restarts)]
        usage = self._tree.measure(found.roots, now.clock)
        alive = any(stat.state not in b"ZX" for stat in usage.members)
        unanswered = self._world.unanswered.get(self._service.name, "")
        up = alive and not unanswered
        self._follow(alive, usage)
        self._say(up, unanswered if alive else found.missing)
        if not alive:
            words = found.missing
            return [0.0, words or None, words or None, words or None, words or None, float(self._restarts)]
        cpu = usage.cpu if found.spent is None else self._cgroup_rate(found.spent, now.clock)
        threads = float(sum(stat.threads for stat in usage.members))
        if now.clock - self._counted >= FILES_EACH:
            self._counted = now.clock
            self._files = self._count([stat.pid for stat in usage.members])
        return [float(up), cpu, float(usage.memory), threads, self._files, float(self._restarts)]

    def _follow(self, up: bool, usage: Usage) -> None:
        """A start is a new oldest process; the first one that is seen is none."""
        if up:
            oldest = min(stat.started for stat in usage.members)
            if self._oldest is not None and oldest > self._oldest:
                self._restarts += 1
                self._cgroup_rate.forget()
            self._oldest = oldest

    def _say(self, up: bool, missing: str) -> None:
        """A service is up while its processes live and its probe, where it has one, is answered."""
        if self._up is not None and up != self._up:
            words = "started" if up else missing or "no process left"
            self._world.tell("service-up" if up else "service-down", self._scope, words)
        self._up = up

    def _count(self, pids: list[int]) -> Value:
        if len(pids) > MOST:
            return f"more than {MOST} processes"
        count = 0
        for pid in pids:
            try:
                count += len(os.listdir(f"{self._world.proc}/{pid}/fd"))
            except PermissionError:
                return NO_PERMISSION
            except OSError:
                continue  # it ended meanwhile
        return float(count)


def collectors(world: World) -> list[ServiceTree]:
    """One for each service that names its processes."""
    return [ServiceTree(world, s) for s in world.config.services if s.has_processes]
