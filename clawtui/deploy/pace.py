"""How fast bytes move and when they will have arrived. Pure."""

from collections import deque
from dataclasses import dataclass, field

WINDOW_S = 5.0
# the rate is that of the last seconds: a line that was slow at first is not slow for ever


@dataclass(frozen=True, slots=True)
class Moved:
    """How far one host is with one blob; or all hosts with all of them."""

    host: str
    # empty for all together
    name: str
    done: int
    size: int
    rate: float = 0.0
    # bytes a second
    left_s: float | None = None
    # None: nobody can say

    @property
    def words(self) -> str:
        """For people."""
        said = f"{self.name}: {_bytes(self.done)} of {_bytes(self.size)}"
        if self.done >= self.size:
            return said
        rate = f", {_bytes(self.rate)}/s" if self.rate else ""
        return said + rate + (f", {_time(self.left_s)} left" if self.left_s is not None else "")


@dataclass(slots=True)
class Pace:
    """Of one host and blob."""

    host: str
    name: str
    size: int
    _seen: deque[tuple[float, int]] = field(default_factory=deque[tuple[float, int]])

    def at(self, now: float, done: int) -> Moved:
        """So many bytes are there now."""
        self._seen.append((now, done))
        while now - self._seen[0][0] > WINDOW_S and len(self._seen) > 2:
            self._seen.popleft()
        began, first = self._seen[0]
        rate = (done - first) / (now - began) if now > began else 0.0
        return Moved(self.host, self.name, done, self.size, rate, (self.size - done) / rate if rate > 0 else None)


def together(moved: list[Moved]) -> Moved:
    """All at once: the slowest decides when it is over."""
    running = [one for one in moved if one.done < one.size]
    left = [one.left_s for one in running]
    return Moved(
        host="",
        name="in all",
        done=sum(one.done for one in moved),
        size=sum(one.size for one in moved),
        rate=sum(one.rate for one in running),
        left_s=max((seconds for seconds in left if seconds is not None), default=None) if None not in left else None,
    )


def _bytes(count: float) -> str:
    """Decimal, as disks and lines are sold."""
    for unit in ("bytes", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            break
        count /= 1000
    return f"{count:.0f} {unit}" if unit == "bytes" or count >= 100 else f"{count:.1f} {unit}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(max(1, round(seconds)), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
