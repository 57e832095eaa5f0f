"""What could be a service on a host."""

from clawtui.engine.boundary.value import Value


class DiscoverQuery(Value, frozen=True):
    """→ Discovered: what could be a service on one host. Changes nothing."""

    host: str


class Proposal(Value, frozen=True):
    """One `[[service]]` to paste into a fleet file."""

    name: str
    toml: str
    why: tuple[str, ...]
    """What was seen, a sentence each."""
    known: bool
    """Its metrics page is of a kind that is read."""


class Discovered(Value, frozen=True):
    """Services with a page that is known first."""

    host: str
    via: str
    """ "its agent", "a script over SSH" """
    proposals: tuple[Proposal, ...]
    notes: tuple[str, ...] = ()
