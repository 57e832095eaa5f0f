"""An act from its plan to what came of it: asked for, shown, confirmed, carried out."""

from clawtui.engine.boundary.value import Value


class PlanQuery(Value, frozen=True):
    """→ Plan: what would be done. Words are those of the command line after `clawtui`: ("run", "web*", "--", "uptime")."""

    words: tuple[str, ...]


class Plan(Value, frozen=True):
    """What the plan dialog shows and `--confirm` confirms: exactly what `Apply` will do."""

    id: str
    title: str
    """"RUN uptime on 12 hosts in PROD"."""
    hosts: tuple[str, ...]
    lines: tuple[str, ...]
    """What happens, host by host where it differs; what needs root; what is skipped and why."""
    reverts: str
    """What undoes it, or "cannot be undone"."""
    cli: str
    """The command line that does the same."""
    confirm: str
    """What must be typed: "prod 2" (context and count), or "y"."""
    needs_arming: bool
    refused: str = ""
    """Not empty: it cannot be done, and why."""


class Apply(Value, frozen=True):
    """Carry out a plan that was shown. `confirm` is what the operator typed."""

    plan: str
    confirm: str


class Arm(Value, frozen=True):
    """Let acting verbs through for some minutes in a read-only context; 0 ends it."""

    minutes: float = 10.0


class HostOutcome(Value, frozen=True):
    """What came of an act on one host."""

    host: str
    ending: str
    """ok, failed, killed, unknown, unreached, skipped."""
    words: str = ""
    status: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    seconds: float = 0.0


class Progress(Value, frozen=True):
    """One host of a plan that is being carried out is done: sent on the topic "outcomes" as it happens."""

    plan: str
    outcome: HostOutcome


class Outcome(Value, frozen=True):
    """What came of an intent. `code` is the exit code that a verb ends with."""

    done: bool
    words: str
    code: int = 0
    hosts: tuple[HostOutcome, ...] = ()
