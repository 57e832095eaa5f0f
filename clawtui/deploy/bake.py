"""What the gates read while a wave bakes: how hosts do, from their agents or from the service's own answers."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from clawtui.deploy.carrier import Carrier
from clawtui.deploy.gate import Reading, Traffic, gates
from clawtui.deploy.plan import RolloutPlan
from clawtui.deploy.rollout import At, RolloutState

Measured = Callable[[int, tuple[str, ...]], Mapping[str, Traffic]]
# a wave, hosts: what their agents have seen of the service since it began to bake, of those that tell


@dataclass(slots=True)
class Probes:
    """Answers of the service on one host since a wave began to bake; what gates read where no agent tells."""

    asked: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list[float])
    healthy: bool | None = None

    def add(self, *, well: bool, seconds: float) -> None:
        """One more."""
        self.asked, self.failed, self.healthy = self.asked + 1, self.failed + (not well), well
        self.seconds.append(seconds)

    @property
    def traffic(self) -> Traffic:
        """As requests."""
        return Traffic(self.asked, self.failed, p95(self.seconds), self.healthy)


@dataclass(slots=True)
class Bake:
    """Reads once each time it is asked; a new wave begins with nothing."""

    plan: RolloutPlan
    measured: Measured
    _wave: int = -1
    _probes: dict[str, Probes] = field(default_factory=dict[str, Probes])

    async def readings(self, state: RolloutState, carriers: Mapping[str, Carrier]) -> tuple[Reading, ...]:
        """The wave that bakes is the canary; all other hosts that serve are what it is compared with."""
        wave = max(index for index in state.baking if index not in state.passed)
        if wave != self._wave:
            self._wave = wave
            self._probes.clear()
        canary = [name for name in self.plan.waves[wave].hosts if state.hosts[name].at is At.VERIFIED]
        others = [host.name for host in state.hosts.values() if host.name not in canary and host.at is not At.LEFT]
        await asyncio.gather(*(self._probe(name, carriers[name]) for name in canary))
        seen = self.measured(wave, (*canary, *others))
        by_agents = all(name in seen for name in canary)
        mine = together(self._of(name, seen, by_agents=by_agents) for name in canary)
        theirs = together(seen[name] for name in others if name in seen) if by_agents else Traffic()
        return gates(self.plan.pace.gates, mine, theirs)

    def _of(self, name: str, seen: Mapping[str, Traffic], *, by_agents: bool) -> Traffic:
        probes = self._probes.get(name, Probes())
        if not by_agents:
            return probes.traffic
        agent = seen[name]
        return Traffic(agent.requests, agent.errors, agent.p95, probes.healthy)

    async def _probe(self, name: str, carrier: Carrier) -> None:
        if (answer := await carrier.healthy()) is not None:
            well, seconds = answer
            self._probes.setdefault(name, Probes()).add(well=well, seconds=seconds)


def p95(seconds: list[float]) -> float | None:
    """The nearest rank; None where nothing was measured."""
    ordered = sorted(seconds)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))] if ordered else None


def together(each: Iterable[Traffic]) -> Traffic:
    """Of several hosts: sums, and the slowest; healthy where all of them are."""
    known = list(each)
    answers = [one.healthy for one in known]
    healthy = False if False in answers else None if None in answers or not answers else True
    slow = [one.p95 for one in known if one.p95 is not None]
    requests, errors = sum(one.requests for one in known), sum(one.errors for one in known)
    return Traffic(requests, errors, max(slow, default=None), healthy)
