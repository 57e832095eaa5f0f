"""What agents see of a service while a wave bakes: requests, errors and the slowest p95, summed sample by sample."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from clawtui.deploy.gate import Traffic
from clawtui.engine.follower import Follower
from clawtui.metrics.sample import Key

LONGEST_S = 15.0
# a gap between two samples that still counts with the rate of the later one


@dataclass(slots=True)
class Seen:
    """Of one host since its wave began to bake."""

    at: float | None = None
    requests: float = 0.0
    errors: float = 0.0
    p95: float | None = None


@dataclass(slots=True)
class Watch:
    """Looks at the newest samples each time it is asked; forgets everything when another wave bakes."""

    followers: Mapping[str, Follower]
    service: str
    _wave: int = -1
    _seen: dict[str, Seen] = field(default_factory=dict[str, Seen])

    def look(self, wave: int, hosts: tuple[str, ...]) -> None:
        """Take what is new."""
        if wave != self._wave:
            self._wave = wave
            self._seen.clear()
        for host in hosts:
            self._take(host)

    def traffic(self, host: str) -> Traffic | None:
        """None where no agent tells of it."""
        seen = self._seen.get(host)
        return Traffic(seen.requests, seen.errors, seen.p95) if seen else None

    def _take(self, host: str) -> None:
        follower = self.followers.get(host)
        standing = follower.standing if follower else None
        if standing is None or standing.hello is None or standing.sample is None:
            return
        keys = [column.key for column in standing.hello.columns]
        values = dict(zip(keys, standing.sample.values, strict=True))
        rate = values.get(Key(f"service:{self.service}", "requests.rate"))
        if rate is None:
            return
        seen = self._seen.setdefault(host, Seen())
        now = standing.sample.at
        gone = 0.0 if seen.at is None else min(LONGEST_S, max(0.0, now - seen.at))
        seen.at = now
        seen.requests += rate * gone
        seen.errors += (values.get(Key(f"service:{self.service}", "errors.rate")) or 0.0) * gone
        p95 = values.get(Key(f"service:{self.service}", "latency.p95"))
        if gone and p95 is not None:
            seen.p95 = max(seen.p95 or 0.0, p95)
