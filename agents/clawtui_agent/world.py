"""What every collector may look at besides the kernel: configuration, shared process table, the poll loop."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, Protocol

from clawtui_agent import compose
from clawtui_agent.config import Config
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.reading import Column, Now, Value


class Watcher(Protocol):
    """The part of the poll loop that a collector needs for descriptors of its own."""

    def watch(self, fd: int, events: int, ready: Callable[[int], None]) -> None:
        """Call `ready(events)` whenever the descriptor is ready; again with other events to change them."""
        ...

    def work(self, job: Iterator[bool]) -> None:
        """Begin with it after the tick; each step is a few milliseconds, False means "not now"."""
        ...

    def forget(self, fd: int) -> None:
        """Stop watching; must come before the descriptor is closed."""
        ...


class ServiceFacts(NamedTuple):
    """What the hello line says about a service."""

    latency_is: str = ""  # "request", "first token", "first response" or "probe"
    edges_ms: tuple[float, ...] = ()
    missing: str = ""  # "metrics page: connection refused"


class World(NamedTuple):
    """Handed to every collector's `collectors` function."""

    config: Config
    table: ProcessTable
    loop: Watcher
    watched: Callable[[], bool]  # True while somebody looks at this host: metrics pages are read each second
    tell: Callable[[str, str, str], None]  # what, scope, words: an event line to every live subscriber
    facts: dict[str, ServiceFacts]  # by service; collectors write, the hello line reads
    unanswered: dict[str, str]  # services whose last probe failed, and why
    proc: str = "/proc"
    cgroups: str = "/sys/fs/cgroup"
    sys: str = "/sys"
    projects: str = compose.FOLDER  # where root's unit writes compose projects


class Collector(Protocol):
    """One subject. `columns` may be replaced by another tuple in `read`; the values follow the new one."""

    @property
    def every(self) -> int:
        """Seconds between two calls of `read`."""
        ...

    @property
    def columns(self) -> tuple[Column, ...]:
        """What `read` returns values for; the same object for as long as nothing changes."""
        ...

    def read(self, now: Now, /) -> Sequence[Value]:
        """One value a column. Raising costs these columns only: PermissionError reads "no permission"."""
        ...
