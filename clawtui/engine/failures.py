"""What a failure means for a host's row: its contact, the words, and what to do. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from clawtui.engine.standing import Contact, Standing
from clawtui.errors import (
    AgentError,
    AuthFailed,
    ClawtuiError,
    FileFailed,
    HostKeyChanged,
    HostKeyUnknown,
    LinkError,
    LinkLost,
    OptionRefused,
    WireError,
)

CAN_WAIT = (HostKeyChanged, HostKeyUnknown)
# tried again by themselves, slowly: somebody may have settled it with `clawtui trust` elsewhere


@dataclass(frozen=True, slots=True)
class Meaning:
    """Where a host stands after a failure."""

    contact: Contact
    words: str
    remedy: str = ""
    behind: str = ""
    # the bastion whose fault it is


def of_source(failure: AgentError | WireError, standing: Standing) -> Meaning:
    """Ssh works; what tells the numbers does not."""
    name, noun = standing.host.name, standing.chosen.noun
    who = "its agent" if noun == "agent" else noun
    if isinstance(failure, WireError):
        words = f"{who} cannot be understood: {str(failure).removeprefix(f'{name}: ')}"
        remedy = f"clawtui agent upgrade {name}" if not standing.chosen.agentless else f"clawtui doctor {name}"
        return Meaning(Contact.NO_AGENT, words, remedy)
    if standing.chosen.reads_only:
        remedy = f"have the agent started on {name}: this key may only read"
        return Meaning(Contact.NO_AGENT, failure.reason, remedy)
    usual = f"clawtui doctor {name}" if standing.chosen.agentless else f"clawtui agent install {name}"
    remedy = failure.remedy or ("" if "upgrade" in failure.reason else usual)
    gone = f"{who} is gone: " if standing.arrived is not None and not failure.reason.startswith(who) else ""
    return Meaning(Contact.NO_AGENT, f"{gone}{failure.reason}", remedy)


def of_link(failure: LinkError, standing: Standing) -> Meaning:
    """Ssh does not work."""
    name = standing.host.name
    if failure.behind:
        return _behind(failure, name)
    match failure:
        case HostKeyChanged():
            trust = f"clawtui trust --replace {name} --fingerprint SHA256:… --reason …"
            remedy = f"ask its owner; if it was built anew, with the fingerprint that its console shows: {trust}"
            return Meaning(Contact.REFUSED, failure.reason, remedy)
        case HostKeyUnknown():
            return _untrusted(failure.reason, name)
        case AuthFailed() | OptionRefused():
            return Meaning(Contact.REFUSED, failure.reason, f"clawtui doctor {name}")
        case LinkLost() if standing.contact in (Contact.LIVE, Contact.NO_AGENT):
            return Meaning(Contact.LOST, f"connection lost: {failure.reason}")
        case FileFailed():
            return Meaning(Contact.NO_AGENT, failure.reason, f"clawtui doctor {name}")
        case _:
            tries = f", {standing.tries + 1} tries" if standing.tries else ""
            return Meaning(Contact.DOWN, f"{failure.reason}{tries}", f"clawtui doctor {name}")


def _behind(failure: LinkError, name: str) -> Meaning:
    """A bastion is at fault, and is told as such."""
    bastion = failure.behind
    words = f"behind {failure.reason.removeprefix('bastion ')}"
    if not failure.reason.startswith("bastion "):  # the line went with the bastion's while it was being made
        words = f"behind {bastion}, whose connection was lost"
    match failure:
        case HostKeyUnknown():
            return _untrusted(words, name, bastion)
        case AuthFailed() | OptionRefused() | HostKeyChanged():
            return Meaning(Contact.REFUSED, words, f"clawtui doctor {name}", bastion)
        case _:
            return Meaning(Contact.DOWN, words, f"clawtui doctor {name}", bastion)


def _untrusted(reason: str, name: str, bastion: str = "") -> Meaning:
    """The reason ends with what to do, which is shown once, beside it."""
    words, _, remedy = reason.partition(", then: ")
    return Meaning(Contact.UNTRUSTED, words, remedy or f"clawtui trust {name}", bastion)


def first_of(group: ExceptionGroup[Exception]) -> Exception:
    """The failure that ended a connection: a lost line rather than what it broke on its way."""
    leaves = list(_leaves(group))
    ours = [leaf for leaf in leaves if isinstance(leaf, ClawtuiError)]
    return next((leaf for leaf in ours if isinstance(leaf, LinkLost)), (ours or leaves)[0])


def _leaves(group: ExceptionGroup[Exception]) -> Iterable[Exception]:
    for inner in group.exceptions:
        if isinstance(inner, ExceptionGroup):
            yield from _leaves(cast("ExceptionGroup[Exception]", inner))
        else:
            yield inner
