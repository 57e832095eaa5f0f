"""Why a connection was not made: the library's exceptions become our LinkErrors, in words, in this one place."""

import errno
import socket
from dataclasses import dataclass, field

import asyncssh
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED

from clawtui.clean import clean
from clawtui.errors import AuthFailed, HostKeyChanged, HostKeyUnknown, LinkError, OptionRefused, Unreachable
from clawtui.fleet.host import Host
from clawtui.fleet.known_hosts import Known, Verdict, fingerprint, public_line, spelled
from clawtui.fleet.links.asyncssh.identities import LockedKeyPair


@dataclass(slots=True)
class Progress:
    """How far one attempt came."""

    host: Host
    known: Known
    user: str
    # who logs in
    timeout_s: float
    via: str = ""
    # the bastion it goes through
    connection: asyncssh.SSHClientConnection | None = None
    # set when TCP (or the tunnel) is there
    shown: tuple[str, bytes] | None = None
    # kind and blob of the host's key, or of the authority that signed it
    verdict: Verdict | None = None
    authenticating: bool = False
    banner: str = ""
    tried: list[asyncssh.SSHKeyPair] = field(default_factory=list[asyncssh.SSHKeyPair])
    problems: list[str] = field(default_factory=list[str])

    @property
    def where(self) -> str:
        """Address and port, and the bastion."""
        place = spelled(self.host.target, self.host.port)
        return f"{place} through {self.via}" if self.via else place

    @property
    def greeted(self) -> bool:
        """The host has said which SSH server it is."""
        return bool(self.connection and self.connection.get_extra_info("server_version"))

    def facts(self) -> dict[str, str]:
        """Words about the connection that was made."""
        assert self.connection is not None
        kind, blob = self.shown or ("", b"")
        key = self.connection.get_server_host_key()
        if not blob and key:  # vouched for by an authority
            kind, blob = f"{key.get_algorithm()} (certificate)", key.public_data
        facts = {
            "address": self.where,
            "user": str(self.connection.get_extra_info("username")),
            "server": clean(str(self.connection.get_extra_info("server_version")), limit=80),
            "cipher": str(self.connection.get_extra_info("send_cipher")),
            "host key": kind,
            "fingerprint": fingerprint(blob),
        }
        if self.tried:
            used = self.tried[-1]
            facts["key"] = (
                f"{clean(used.get_comment() or '?', limit=60)} ({used.get_algorithm()}, {used.get_key_type()})"
            )
        if self.banner:
            facts["banner"] = self.banner
        if left_out := self.host.ssh_options.get("left out"):
            facts["ssh_config, left out"] = left_out
        return facts


def translated(error: BaseException, progress: Progress) -> LinkError:
    """The LinkError that this exception means at this point."""
    match error:
        case TimeoutError():
            return _timed_out(progress)
        case asyncssh.HostKeyNotVerifiable():
            return _host_key(error, progress)
        case asyncssh.PermissionDenied():
            return _denied(progress)
        case asyncssh.KeyExchangeFailed():
            return _no_agreement(error, progress)
        case asyncssh.ChannelOpenError():
            return _no_tunnel(error, progress)
        case asyncssh.Error():
            return _dropped(error, progress)
        case OSError():
            return _no_route(error, progress)
        case _:
            return OptionRefused(progress.host.name, f"its SSH options cannot be used: {_short(error)}")


def _short(error: BaseException) -> str:
    return clean(str(error), limit=200)


def _timed_out(progress: Progress) -> LinkError:
    name, seconds = progress.host.name, f"{progress.timeout_s:g} s"
    if progress.authenticating:
        return Unreachable(
            name, f"{progress.where} did not answer the login within {seconds}; is its PAM or disk stuck?"
        )
    if progress.greeted:
        return Unreachable(name, f"{progress.where} stopped during key exchange; nothing more within {seconds}")
    if progress.connection:
        return Unreachable(
            name,
            f"{progress.where} accepts TCP but sends no SSH banner within {seconds}; its sshd hangs, or it is no sshd",
        )
    return Unreachable(name, f"{progress.where}: no answer within {seconds}; host down, or a firewall drops packets")


def _host_key(error: Exception, progress: Progress) -> LinkError:
    name = progress.host.name
    if progress.shown is None:  # the library judged a certificate, or a revoked key of one
        return HostKeyChanged(name, f"{_certificate(error, progress)}; connection refused")
    kind, blob = progress.shown
    print_ = fingerprint(blob)
    if progress.verdict is Verdict.UNKNOWN:
        words = f"its {kind} key {print_} is not known; compare it, then: clawtui trust {name}"
        return HostKeyUnknown(name, words, key=public_line(kind, blob), fingerprint=print_)
    if progress.verdict is Verdict.REVOKED:
        line = next(key for key in progress.known.revoked if key.blob == blob)
        words = f"its key {print_} is revoked in {line.origin}"
        if line.replaced:
            words += f" (its old one, {clean(line.comment, limit=200)})"
        return HostKeyChanged(name, f"{words}; connection refused", fingerprint=print_)
    trusted = progress.known.trusted or progress.known.authorities or progress.known.keys
    places = ", ".join(dict.fromkeys(f"{key.kind} {fingerprint(key.blob)} in {key.origin}" for key in trusted[:3]))
    words = f"KEY CHANGED: it shows {kind} {print_}, trusted is {places}; somebody may be in between, or it was rebuilt"
    return HostKeyChanged(name, words, fingerprint=print_)


def _certificate(error: Exception, progress: Progress) -> str:
    """What is wrong with it, and who can mend it."""
    names = progress.host.host_key_alias or progress.host.target
    words = _short(error)
    if "expired" in words:
        return "its host certificate has expired; its owner signs its key anew (ssh-keygen -s CA -h)"
    if "not yet valid" in words:
        return "its host certificate is not valid yet; is its clock, or the signer's, right?"
    if "principal" in words:
        return f"its host certificate is not for the name {clean(names)}; sign its key anew with -n {clean(names)}"
    if "revoked" in words:
        lines = ", ".join(str(key.origin) for key in progress.known.revoked)
        return f"its host certificate is of no use: {words} ({lines})"
    return f"its host certificate is not valid: {words}"


def _denied(progress: Progress) -> LinkError:
    tried = [
        f"{clean(p.get_comment() or '?', limit=60)} ({p.get_algorithm()}, {p.get_key_type()})" for p in progress.tried
    ]
    words = f"{progress.where} does not let {clean(progress.user)} in; tried: {', '.join(tried) or 'no key at all'}"
    problems = progress.problems + [p.problem for p in progress.tried if isinstance(p, LockedKeyPair) and p.problem]
    if problems:
        words += f"; not usable: {'; '.join(problems)}"
    if progress.banner:
        words += f"; it says: {progress.banner}"
    return AuthFailed(
        progress.host.name, f"{words}. Passwords are not used; put a key of yours into its authorized_keys"
    )


def _no_agreement(error: Exception, progress: Progress) -> LinkError:
    return Unreachable(progress.host.name, f"{progress.where}: no algorithm in common: {_short(error)}")


def _no_tunnel(error: asyncssh.ChannelOpenError, progress: Progress) -> LinkError:
    reason = clean(error.reason, limit=160)
    if error.code == OPEN_ADMINISTRATIVELY_PROHIBITED:
        words = f"bastion {progress.via} forwards no TCP: AllowTcpForwarding yes and PermitOpen would let it"
    else:
        words = f"bastion {progress.via} cannot reach {spelled(progress.host.target, progress.host.port)}: {reason}"
    return Unreachable(progress.host.name, words)


def _dropped(error: asyncssh.Error, progress: Progress) -> LinkError:
    name = progress.host.name
    if progress.authenticating:
        if "oo many authentication" in str(error):
            return AuthFailed(
                name, f"{progress.where}: too many keys offered ({len(progress.tried)}); name one: identities"
            )
        return AuthFailed(name, f"{progress.where} ended the connection during login: {_short(error)}")
    if not progress.greeted and progress.connection:
        words = "closed the connection before saying who it is: MaxStartups reached, we are penalised for failed logins"
        return Unreachable(name, f"{progress.where} {words}, or it is no sshd ({_short(error)})")
    words = "ended the connection during key exchange: no algorithm in common, or its sshd is restarting"
    return Unreachable(name, f"{progress.where} {words} ({_short(error)})")


def _no_route(error: OSError, progress: Progress) -> LinkError:
    name = progress.host.name
    if isinstance(error, socket.gaierror):
        return Unreachable(name, f"the name {clean(progress.host.target)} does not resolve ({error.strerror})")
    match error.errno:
        case errno.ECONNREFUSED:
            words = "refuses the connection: no sshd listens there"
        case errno.EHOSTUNREACH | errno.ENETUNREACH:
            words = "no route to it; is the network or the VPN up?"
        case errno.ECONNRESET | errno.EPIPE:
            words = "reset the connection before the login: MaxStartups, a firewall, or sshd restarting"
        case _:
            words = clean(error.strerror or str(error), limit=200)
    return Unreachable(name, f"{progress.where}: {words}")
