"""What keeps a host from being reached or measured."""

from clawtui.engine.boundary.value import Value


class DoctorQuery(Value, frozen=True):
    """→ Diagnosis of one host."""

    host: str


class Finding(Value, frozen=True):
    """One thing that doctor looked at."""

    what: str
    """name, tcp, host key, auth, shell, python, agent, disk, clock."""
    state: str
    """ok, warning, failed, skipped."""
    words: str
    remedy: str = ""


class Diagnosis(Value, frozen=True):
    """In the order in which one depends on the other; what comes after a failure is skipped."""

    host: str
    findings: tuple[Finding, ...]
