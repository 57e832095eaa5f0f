"""A shell on a host, in the operator's terminal."""

from clawtui.engine.boundary.value import Value


class ShellQuery(Value, frozen=True):
    """→ ShellCommand: how to open a shell on a host from the operator's terminal."""

    host: str


class ShellCommand(Value, frozen=True):
    """An argument list to run with the terminal handed over."""

    argv: tuple[str, ...]
