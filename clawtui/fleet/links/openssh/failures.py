"""Why a connection was not made: what ssh said becomes our LinkErrors, in words, in this one place. Pure."""

import errno
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from clawtui.clean import clean
from clawtui.errors import LinkError, OptionRefused
from clawtui.fleet import refusals
from clawtui.fleet.known_hosts import Known, Verdict
from clawtui.fleet.links.openssh.story import Story
from clawtui.fleet.refusals import Attempt, Denied, Shown, Stage

_CONNECT = re.compile(r"(?:ssh: )?connect to (?:host|address) .*: (.*)")
_RESOLVE = re.compile(r"(?:ssh: )?Could not resolve hostname .*?: (.*)")
_CONFIG = re.compile(
    r"(?:.*: line \d+: .*|command-line.*|.*[Bb]ad configuration option.*|Bad \S+ .*spec.*|.*terminating, \d+ bad.*"
    r"|.*[Uu]nsupported option.*|no support for .*|.*KnownHostsCommand.*(?:failed|not found|exited).*)"
)
_CERTIFICATE = re.compile(
    r"(?:Certificate invalid: (.*)|.*(name is not a listed principal|has expired|not yet valid).*)"
)
_REVOKED = re.compile(r".*(?:revoked by file (\S+)|REVOKED HOST KEY|marked as revoked).*")
_TOO_OPEN = re.compile(r"Permissions .* for '(.*)' are too open\.")
_PUBLIC_ONLY = re.compile(r"no such identity: (.*): No such file or directory")
_UNUSABLE = re.compile(r"(?:Load key|sign_and_send_pubkey:).*|.*agent refused operation.*")
_NUMBERS = {os.strerror(number): number for number in (
    errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT
)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """An ssh that ended before it held a connection."""

    attempt: Attempt
    story: Story
    known: Known
    banner: str = ""
    key: str = ""
    # the host's key, where it was looked at
    agent: str = ""
    # where its ssh-agent should be
    locked: Sequence[str] = ()
    answered: Sequence[str] = ()
    unanswered: Sequence[str] = ()

    @property
    def lines(self) -> list[str]:
        """All that ssh complained about; until the login nobody else can have written there."""
        lines = list(self.story.complaints)
        if self.story.stage is not Stage.AUTHENTICATING:
            lines += [clean(line, limit=300) for line in self.banner.splitlines() if line.strip()]
        return lines

    def says(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The first complaint of that kind."""
        return next((found for line in self.lines if (found := pattern.fullmatch(line))), None)

    def mentions(self, words: str) -> str:
        """The first complaint with these words."""
        return next((line for line in self.lines if words in line), "")

    @property
    def last(self) -> str:
        """What it said at the end."""
        return self.lines[-1] if self.lines else "ssh ended without a word"


def translated(end: Ended) -> LinkError:
    """The LinkError that this end means."""
    attempt = end.attempt
    if end.story.stage is not Stage.AUTHENTICATING:
        return _before_login(end)
    if end.mentions("Too many authentication failures"):
        return refusals.too_many_keys(attempt, len(end.story.offered))
    if end.mentions("Permission denied") or end.unanswered or end.mentions("No more authentication methods"):
        return _denied(end)
    return refusals.dropped(attempt, Stage.AUTHENTICATING, end.last)


def _before_login(end: Ended) -> LinkError:
    attempt = end.attempt
    if end.mentions("Host key verification failed") or end.mentions("REVOKED HOST KEY"):
        return _host_key(end)
    if found := end.says(_RESOLVE):
        return refusals.unresolved(attempt, found[1])
    if found := end.says(_CONNECT):
        return _no_route(attempt, found[1])
    if line := end.mentions("Unable to negotiate"):
        return refusals.no_agreement(attempt, line.partition(": ")[2] or line)
    if found := end.says(_CONFIG):
        return OptionRefused(attempt.host.name, f"its SSH options cannot be used: {found[0]}")
    if end.mentions("timed out"):
        return refusals.timed_out(attempt, end.story.stage)
    stage = Stage.GREETED if end.story.stage is Stage.DIALLED else end.story.stage
    return refusals.dropped(attempt, stage, end.last)


def _no_route(attempt: Attempt, said: str) -> LinkError:
    number = _NUMBERS.get(said, 0)
    if number == errno.ETIMEDOUT:
        return refusals.timed_out(attempt, Stage.DIALLED)
    return refusals.no_route(attempt, number, said)


def _host_key(end: Ended) -> LinkError:
    kind, print_ = end.story.host_key
    shown = Shown(kind, print_, end.key)
    known = end.known
    if found := end.says(_REVOKED):
        return refusals.not_vouched(end.attempt, Verdict.REVOKED, shown, known, revoked_in=found[1] or "")
    if found := end.says(_CERTIFICATE):
        return refusals.bad_certificate(end.attempt, found[1] or found[2], known)
    if line := end.mentions("KnownHostsCommand"):
        return OptionRefused(end.attempt.host.name, f"its SSH options cannot be used: {line}")
    return refusals.not_vouched(end.attempt, Verdict.CHANGED if _changed(end) else Verdict.UNKNOWN, shown, known)


def _changed(end: Ended) -> bool:
    """Somebody vouched for another key; one that was vouched for while ssh was on its way is only not known to it."""
    if end.mentions("IDENTIFICATION HAS CHANGED"):
        return True
    if any(key.fingerprint == end.story.host_key[1] for key in end.known.keys):
        return False
    return bool(end.known.keys or (end.story.certified and end.known.authorities))


def _denied(end: Ended) -> LinkError:
    problems = list(dict.fromkeys(words for line in end.story.complaints if (words := _problem(line))))
    if end.agent and end.story.agent_trouble:
        problems.append(f"ssh-agent at {end.agent}: {end.story.agent_trouble}")
    how = Denied(
        tried=[str(key) for key in end.story.offered] + list(end.answered),
        problems=[*problems, *end.locked],
        unanswered=end.unanswered,
        banner=clean(end.banner.strip(), limit=400),
        refused=any(way != "touch" for way in end.answered),
    )
    return refusals.denied(end.attempt, how)


def _problem(line: str) -> str:
    """Why a key could not be used; "" where the line is about something else."""
    if (found := _TOO_OPEN.fullmatch(line)) and not found[1].endswith(".pub"):
        return f"{found[1]}: others may read it; chmod 600 {found[1]}"
    if found := found or _PUBLIC_ONLY.fullmatch(line):
        return f"{found[1]}: only its public half is here, and the agent does not hold the other"
    if "bad permissions" in line:
        return ""
    return line if _UNUSABLE.fullmatch(line) else ""
