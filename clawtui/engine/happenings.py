"""What has happened to a host since we follow it: restarts, alerts' beginnings and ends, lost and found connections. Pure."""

from collections import deque
from dataclasses import dataclass, field

from clawtui.alerts.rule import Verdict
from clawtui.engine.boundary.hosts import Happening
from clawtui.metrics.sample import Hello, Key

KEPT = 128
# the newest; a host that flaps must not fill our memory


@dataclass(slots=True)
class Happenings:
    """The log of one host; times are the engine's."""

    log: deque[Happening] = field(default_factory=lambda: deque[Happening](maxlen=KEPT))

    def say(self, at: float, kind: str, words: str, metric: str = "") -> None:
        """One more; the same words at once again are one thing that happened."""
        if self.log and (self.log[-1].words, self.log[-1].metric) == (words, metric) and at - self.log[-1].at < 1.0:
            return
        self.log.append(Happening(at, kind, words, metric))

    def judged(self, at: float, rule: str, key: Key, before: Verdict, after: Verdict) -> None:
        """A rule began or ceased to fire."""
        if before.firing is not after.firing:
            verb = "fires" if after.firing else "ends"
            self.say(at, verb, f"{rule} {verb}", str(key))

    def greeted(self, at: float, before: Hello | None, after: Hello) -> None:
        """Another boot is a reboot, another process of the same boot a restart of the agent."""
        if before is None:
            return
        if before.boot_id != after.boot_id:
            self.say(at, "restart", "host rebooted")
        elif before.pid != after.pid:
            self.say(at, "restart", "agent restarted")

    def counted(self, at: float, key: Key, before: float | None, after: float | None) -> None:
        """The counter of a service's restarts went up, or its process tree went or came back."""
        if before is None or after is None:
            return
        name = key.scope.partition(":")[2]
        if key.name == "restarts" and after > before:
            self.say(at, "restart", f"{name} restarted", key.scope)
        elif key.name == "up" and (before < 0.5) is not (after < 0.5):
            self.say(at, *(("down", f"{name} went down") if after < 0.5 else ("up", f"{name} came up")), key.scope)
