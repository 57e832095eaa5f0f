"""What every collector may look at besides the kernel: configuration, shared process table, the poll loop."""

from __future__ import annotations

from typing import Callable, NamedTuple, Protocol

from clawtui_agent.config import Config
from clawtui_agent.proctable import ProcessTable
from clawtui_agent.reading import Column, Now, Value


class Watcher(Protocol):
    """The part of the poll loop that a collector needs for descriptors of its own."""

    def watch(self, fd: int, events: int, ready: Callable[[int], None]) -> None:
        """Call `ready(events)` whenever the descriptor is ready; again with other events to change them."""
        ...

    def forget(self, fd: int) -> None:
        """Stop watching; must come before the descriptor is closed."""
        ...


class ServiceFacts(NamedTuple):
    """What the hello line says about a service."""

    latency_is: str = ""  # "request" or "first token"
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
    proc: str = "/proc"
    cgroups: str = "/sys/fs/cgroup"


class Collector(Protocol):
    """One subject. `columns` may be replaced by another tuple in `read`; the values follow the new one."""

    every: int  # seconds between two calls of `read`
    columns: tuple[Column, ...]

    def read(self, now: Now) -> list[Value]:
        """One value a column. Raising costs these columns only: PermissionError reads "no permission"."""
        ...
