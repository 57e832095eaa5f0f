"""Why a connection was not made: the library's exceptions become our LinkErrors, in words, in this one place."""

import socket
from dataclasses import dataclass, field

import asyncssh
from asyncssh.constants import OPEN_ADMINISTRATIVELY_PROHIBITED

from clawtui.clean import clean
from clawtui.errors import LinkError, OptionRefused, Unreachable
from clawtui.fleet import refusals
from clawtui.fleet.certificate import read_certificate
from clawtui.fleet.known_hosts import Known, Verdict, fingerprint, public_line
from clawtui.fleet.link import Login
from clawtui.fleet.links.asyncssh.identities import LockedKeyPair
from clawtui.fleet.refusals import Attempt, Stage


@dataclass(slots=True)
class Progress:
    """How far one attempt came."""

    attempt: Attempt
    known: Known
    connection: asyncssh.SSHClientConnection | None = None
    # set when TCP (or the tunnel) is there
    shown: tuple[str, bytes] | None = None
    # kind and blob of the host's key, or of the authority that signed it
    verdict: Verdict | None = None
    authenticating: bool = False
    banner: str = ""
    tried: list[asyncssh.SSHKeyPair] = field(default_factory=list[asyncssh.SSHKeyPair])
    problems: list[str] = field(default_factory=list[str])
    answered: list[str] = field(default_factory=list[str])
    # ways in that asked a person and got an answer: "password", "keyboard-interactive"
    unanswered: list[str] = field(default_factory=list[str])
    # questions that nobody answered

    @property
    def stage(self) -> Stage:
        """How far it came."""
        if self.authenticating:
            return Stage.AUTHENTICATING
        if self.connection and self.connection.get_extra_info("server_version"):
            return Stage.GREETED
        return Stage.CONNECTED if self.connection else Stage.DIALLED

    def login(self) -> Login:
        """What is known of the connection that was made."""
        used = read_certificate(self.tried[-1].public_data) if self.tried else None
        facts = self._facts()
        if used:
            facts["certificate"] = used.key_id
        return Login(facts, used.ends if used else None)

    def _facts(self) -> dict[str, str]:
        assert self.connection is not None
        kind, blob = self.shown or ("", b"")
        key = self.connection.get_server_host_key()
        if not blob and key:  # vouched for by an authority
            kind, blob = f"{key.get_algorithm()} (certificate)", key.public_data
        facts = {
            "address": self.attempt.where,
            "user": str(self.connection.get_extra_info("username")),
            "server": clean(str(self.connection.get_extra_info("server_version")), limit=80),
            "cipher": str(self.connection.get_extra_info("send_cipher")),
            "host key": kind,
            "fingerprint": fingerprint(blob),
        }
        if self.tried:
            facts["key"] = _key(self.tried[-1])
        if self.answered:
            facts["asked for"] = ", ".join(dict.fromkeys(self.answered))
        if self.banner:
            facts["banner"] = self.banner
        if left_out := self.attempt.host.ssh_options.get("left out"):
            facts["ssh_config, left out"] = left_out
        return facts


def translated(error: BaseException, progress: Progress) -> LinkError:
    """The LinkError that this exception means at this point."""
    match error:
        case TimeoutError():
            return refusals.timed_out(progress.attempt, progress.stage)
        case asyncssh.HostKeyNotVerifiable():
            return _host_key(error, progress)
        case asyncssh.PermissionDenied():
            return _denied(progress)
        case asyncssh.KeyExchangeFailed():
            return refusals.no_agreement(progress.attempt, _short(error))
        case asyncssh.ChannelOpenError():
            return _no_tunnel(error, progress)
        case asyncssh.Error():
            return _dropped(error, progress)
        case OSError():
            return _no_route(error, progress)
        case _:
            return OptionRefused(progress.attempt.host.name, f"its SSH options cannot be used: {_short(error)}")


def _short(error: BaseException) -> str:
    return clean(str(error), limit=200)


def _host_key(error: Exception, progress: Progress) -> LinkError:
    if progress.shown is None:  # the library judged a certificate, or a revoked key of one
        return refusals.bad_certificate(progress.attempt, _short(error), progress.known)
    kind, blob = progress.shown
    shown = refusals.Shown(kind, fingerprint(blob), public_line(kind, blob))
    return refusals.not_vouched(progress.attempt, progress.verdict or Verdict.UNKNOWN, shown, progress.known)


def _denied(progress: Progress) -> LinkError:
    locked = [p.problem for p in progress.tried if isinstance(p, LockedKeyPair) and p.problem]
    how = refusals.Denied(
        tried=[_key(pair) for pair in progress.tried] + progress.answered,
        problems=progress.problems + locked,
        unanswered=progress.unanswered,
        banner=progress.banner,
        refused=bool(progress.answered),
    )
    return refusals.denied(progress.attempt, how)


def _key(pair: asyncssh.SSHKeyPair) -> str:
    return f"{clean(pair.get_comment() or '?', limit=60)} ({pair.get_algorithm()}, {pair.get_key_type()})"


def _no_tunnel(error: asyncssh.ChannelOpenError, progress: Progress) -> LinkError:
    host = progress.attempt.host
    words = refusals.cannot_reach(host.target, host.port, clean(error.reason, limit=160))
    if error.code == OPEN_ADMINISTRATIVELY_PROHIBITED:
        words = refusals.FORWARDS_NO_TCP
    return Unreachable(host.name, f"bastion {progress.attempt.via} {words}")


def _dropped(error: asyncssh.Error, progress: Progress) -> LinkError:
    stage = progress.stage
    if stage is Stage.AUTHENTICATING and "oo many authentication" in str(error):
        return refusals.too_many_keys(progress.attempt, len(progress.tried))
    return refusals.dropped(progress.attempt, Stage.GREETED if stage is Stage.DIALLED else stage, _short(error))


def _no_route(error: OSError, progress: Progress) -> LinkError:
    if isinstance(error, socket.gaierror):
        return refusals.unresolved(progress.attempt, error.strerror or "")
    said = clean(error.strerror or str(error), limit=200)
    return refusals.no_route(progress.attempt, error.errno or 0, said)
