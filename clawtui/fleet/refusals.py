"""Why a connection was not made, in the same sentences whatever link was tried. Pure."""

import errno
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from clawtui.clean import clean
from clawtui.errors import AuthFailed, HostKeyChanged, HostKeyUnknown, LinkError, Unreachable
from clawtui.fleet.host import Host
from clawtui.fleet.known_hosts import Known, Verdict, spelled


class Stage(IntEnum):
    """How far an attempt came."""

    DIALLED = 0
    CONNECTED = 1
    # TCP, or the way through a bastion, is there
    GREETED = 2
    # the host has said which SSH server it is
    AUTHENTICATING = 3
    # its key was accepted; now it is our turn


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was tried."""

    host: Host
    user: str
    timeout_s: float
    via: str = ""
    # the bastion it goes through

    @property
    def where(self) -> str:
        """Address and port, and the bastion."""
        place = spelled(self.host.target, self.host.port)
        return f"{place} through {self.via}" if self.via else place


def timed_out(attempt: Attempt, stage: Stage) -> LinkError:
    """The deadline came first."""
    where, seconds = attempt.where, f"{attempt.timeout_s:g} s"
    words = {
        Stage.DIALLED: f"{where}: no answer within {seconds}; host down, or a firewall drops packets",
        Stage.CONNECTED: f"{where} accepts TCP but sends no SSH banner within {seconds}; its sshd hangs, or it is no sshd",
        Stage.GREETED: f"{where} stopped during key exchange; nothing more within {seconds}",
        Stage.AUTHENTICATING: f"{where} did not answer the login within {seconds}; is its PAM or disk stuck?",
    }
    return Unreachable(attempt.host.name, words[stage])


def dropped(attempt: Attempt, stage: Stage, said: str) -> LinkError:
    """The host ended the connection by itself."""
    name, where = attempt.host.name, attempt.where
    if stage is Stage.AUTHENTICATING:
        return AuthFailed(name, f"{where} ended the connection during login: {said}")
    if stage is Stage.GREETED:
        words = "ended the connection during key exchange: no algorithm in common, or its sshd is restarting"
        return Unreachable(name, f"{where} {words} ({said})")
    words = (
        "closed the connection before saying who it is: MaxStartups reached, "
        "a penalty for failed logins (PerSourcePenalties)"
    )
    return Unreachable(name, f"{where} {words}, or it is no sshd ({said})")


def too_many_keys(attempt: Attempt, count: int) -> LinkError:
    """sshd counts every offered key as a failure."""
    words = f"{attempt.where}: too many keys offered ({count}); name one: identities"
    return AuthFailed(attempt.host.name, words)


@dataclass(frozen=True, slots=True)
class Denied:
    """What was offered to a host that let nobody in."""

    tried: Sequence[str]
    problems: Sequence[str]
    # keys that could not be used
    unanswered: Sequence[str]
    # questions that nobody answered
    banner: str = ""
    refused: bool = False
    # answers were given, and they were wrong


def denied(attempt: Attempt, how: Denied) -> LinkError:
    """Nothing that we have opens this door."""
    name = attempt.host.name
    words = f"{attempt.where} does not let {clean(attempt.user)} in; tried: {', '.join(how.tried) or 'no key at all'}"
    if how.problems:
        words += f"; not usable: {'; '.join(how.problems)}"
    if how.banner:
        words += f"; it says: {how.banner}"
    if how.unanswered:
        asked = ", ".join(dict.fromkeys(repr(title) for title in how.unanswered))
        return AuthFailed(name, f"{words}. It asks for {asked} and got no answer; connect from a terminal to give it")
    if how.refused:
        return AuthFailed(name, f"{words}. The answers to its questions were not accepted")
    return AuthFailed(name, f"{words}. Put a key of yours into its authorized_keys")


def no_agreement(attempt: Attempt, said: str) -> LinkError:
    """Ciphers, key exchanges, kinds of host key."""
    return Unreachable(attempt.host.name, f"{attempt.where}: no algorithm in common: {said}")


def unresolved(attempt: Attempt, said: str) -> LinkError:
    """A name without an address."""
    name = clean(attempt.host.target, limit=200)
    return Unreachable(attempt.host.name, f"the name {name} does not resolve ({said})")


def no_route(attempt: Attempt, number: int, said: str) -> LinkError:
    """The network's own answer."""
    match number:
        case errno.ECONNREFUSED:
            words = "refuses the connection: no sshd listens there"
        case errno.EHOSTUNREACH | errno.ENETUNREACH:
            words = "no route to it; is the network or the VPN up?"
        case errno.ECONNRESET | errno.EPIPE:
            words = "reset the connection before the login: MaxStartups, a penalty (PerSourcePenalties), a firewall, or a restart"
        case _:
            words = said
    return Unreachable(attempt.host.name, f"{attempt.where}: {words}")


FORWARDS_NO_TCP = "forwards no TCP: AllowTcpForwarding yes and PermitOpen would let it"


def cannot_reach(address: str, port: int, said: str) -> str:
    """What a bastion says of a host behind it."""
    return f"cannot reach {spelled(address, port)}: {said}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A host key as it was seen on the wire."""

    kind: str
    fingerprint: str
    key: str = ""
    # "ssh-ed25519 AAAA…", where it is known


def not_vouched(attempt: Attempt, verdict: Verdict, shown: Shown, known: Known, revoked_in: str = "") -> LinkError:
    """The key is unknown, another one, or revoked."""
    name = attempt.host.name
    if verdict is Verdict.UNKNOWN:
        words = f"host key not known: {shown.kind} {shown.fingerprint}; compare it, then: clawtui trust {name}"
        return HostKeyUnknown(name, words, key=shown.key, fingerprint=shown.fingerprint)
    if verdict is Verdict.REVOKED:
        line = next((key for key in known.revoked if key.fingerprint == shown.fingerprint), None)
        words = (
            f"its key {shown.fingerprint} is revoked in {revoked_in or (line.origin if line else 'a known_hosts file')}"
        )
        if line and line.replaced:
            words += f" (its old one, {clean(line.comment, limit=200)})"
        return HostKeyChanged(name, f"{words}; connection refused", fingerprint=shown.fingerprint)
    trusted = known.trusted or known.authorities or known.keys
    places = ", ".join(dict.fromkeys(f"{key.kind} {key.fingerprint} in {key.origin}" for key in trusted[:3]))
    words = (
        f"KEY CHANGED: it shows {shown.kind} {shown.fingerprint}, trusted is {places or 'another one'}; "
        "somebody may be in between, or it was rebuilt"
    )
    return HostKeyChanged(name, words, fingerprint=shown.fingerprint)


def bad_certificate(attempt: Attempt, said: str, known: Known) -> LinkError:
    """A host certificate that does not hold: what is wrong with it, and who can mend it."""
    return HostKeyChanged(attempt.host.name, f"{_mended(attempt.host, said, known)}; connection refused")


def _mended(host: Host, said: str, known: Known) -> str:
    name = clean(host.host_key_alias or host.target, limit=200)
    if "expired" in said:
        return "its host certificate has expired; its owner signs its key anew (ssh-keygen -s CA -h)"
    if "not yet valid" in said:
        return "its host certificate is not valid yet; is its clock, or the signer's, right?"
    if "principal" in said:
        return f"its host certificate is not for the name {name}; sign its key anew with -n {name}"
    if "revoked" in said:
        lines = ", ".join(str(key.origin) for key in known.revoked)
        return f"its host certificate is of no use: {said} ({lines})"
    return f"its host certificate is not valid: {said}"
