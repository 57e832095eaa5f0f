"""Who uses a host."""

from clawtui.engine.boundary.value import Value


class Process(Value, frozen=True):
    """One line of the process list; `name` and `command` are raw text from the host: clean before showing."""

    pid: int
    user: str
    name: str
    cpu: float
    """Cores."""
    memory: int
    """Bytes."""
    command: str = ""


class ProcessesQuery(Value, frozen=True):
    """→ Processes: who uses CPU and memory on a host, now or (from its process ring) at a moment."""

    host: str
    at: float | None = None


class Processes(Value, frozen=True):
    """The heaviest first."""

    host: str
    at: float
    processes: tuple[Process, ...]
    note: str = ""
