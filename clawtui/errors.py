"""Every failure that clawtui raises on purpose, with the exit code a verb ends with.

::

    ClawtuiError                      70  our fault, if nothing below fits
    ├── UsageError                    64  the command line is wrong
    ├── ConfigError                   78  a file is wrong: file, line, key, remedy
    │   ├── NoContext                 78  no fleet file, or several contexts and none chosen
    │   └── Mistakes                  78  all that is wrong in one file, a line each
    ├── Refused                       77  confirmation, lock or policy says no
    ├── LinkError                      -  one host cannot be worked with; always names it
    │   ├── OptionRefused                 its configuration asks for something that no link honours
    │   ├── Unreachable                   name, route, port, banner: nothing answered in time
    │   ├── AuthFailed                    the host answered and would not let us in
    │   ├── HostKeyUnknown                nobody has vouched for its key yet (fingerprint attached)
    │   ├── HostKeyChanged                somebody vouched for a different key: never an offer to accept
    │   ├── LinkLost                      the connection ended; what ran there is in an UNKNOWN state
    │   ├── Deadline                      no answer within the time given; also UNKNOWN
    │   ├── FileFailed                    a file on the host could not be read or written
    │   ├── NoRoot                        sudo or doas does not let us become root there
    │   └── FarFailed                     the far runner did not do what a rollout asked of it (code attached)
    ├── ShelfError                    78  where artifacts are kept would not give or take one: place, object, remedy
    ├── WireError                      -  a line from an agent that does not parse: shown on that host, never a crash
    └── AgentError                     -  the agent is absent, too old, too new, or would not install
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


class ClawtuiError(Exception):
    """Root of the tree; `str()` is one sentence fit for a screen: what, where, and what to do."""

    exit_code: ClassVar[int] = 70


class UsageError(ClawtuiError):
    """The command line is wrong; the message names the word and what is allowed."""

    exit_code = 64


class ConfigError(ClawtuiError):
    """A configuration file is wrong."""

    exit_code = 78

    def __init__(self, message: str, *, file: str = "", line: int = 0, key: str = "") -> None:
        place = f"{file}:{line}" if file and line else file
        super().__init__(": ".join(part for part in (place, key, message) if part))
        self.file, self.line, self.key = file, line, key


class NoContext(ConfigError):
    """There is no fleet file, or there are several contexts and none was chosen."""


class Mistakes(ConfigError):
    """All that is wrong in one file; `str()` has a line each."""

    def __init__(self, each: Sequence[ConfigError]) -> None:
        super().__init__("\n".join(map(str, each)))
        self.each = tuple(each)


class Refused(ClawtuiError):
    """Confirmation, lock or policy says no; nothing was changed."""

    exit_code = 77


class ShelfError(ClawtuiError):
    """Where artifacts are kept would not give or take one; nothing that it gave and that was not hashed is used."""

    exit_code = 78

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code  # the server's own word for it: NoSuchKey …


@dataclass(frozen=True, slots=True)
class Again:
    """When whatever failed is tried again by itself."""

    after_s: float | None
    # None: only a person can help


class LinkError(ClawtuiError):
    """One host cannot be worked with."""

    def __init__(self, host: str, message: str) -> None:
        super().__init__(f"{host}: {message}")
        self.host, self.reason = host, message
        self.behind = ""  # the bastion whose fault it is, where it is not the host's own
        self.again: Again | None = None  # the bastion's time-table then: all who wait for it keep to it


class OptionRefused(LinkError):
    """The host's configuration asks for something that no available link honours."""


class Unreachable(LinkError):
    """Nothing answered in time: name, route, port or banner."""


class AuthFailed(LinkError):
    """The host answered and would not let us in."""


class HostKeyUnknown(LinkError):
    """Nobody has vouched for this host's key yet."""

    def __init__(self, host: str, message: str, *, key: str = "", fingerprint: str = "") -> None:
        super().__init__(host, message)
        self.key = key  # OpenSSH public key line, "ssh-ed25519 AAAA…"
        self.fingerprint = fingerprint  # "SHA256:…"


class HostKeyChanged(LinkError):
    """Another key than the trusted one was offered: refused, never asked about."""

    def __init__(self, host: str, message: str, *, fingerprint: str = "") -> None:
        super().__init__(host, message)
        self.fingerprint = fingerprint


class LinkLost(LinkError):
    """The connection ended; whatever ran there is in an unknown state."""


class Deadline(LinkError):
    """No answer within the time given; the far side may still be working."""


class FileFailed(LinkError):
    """A file on the host could not be read or written."""


class NoRoot(LinkError):
    """Sudo or doas does not let us become root; nothing was changed."""


class FarFailed(LinkError):
    """The far runner answered that something was not done; what it is between is in its journal."""

    def __init__(self, host: str, message: str, *, code: str = "failed", rollout: str = "") -> None:
        super().__init__(host, message)
        self.code = code  # failed, deadline, conflict, nospace, fence, locked, refused
        self.rollout = rollout  # which one holds the lock, where that is the reason


class WireError(ClawtuiError):
    """A line from an agent that does not parse."""


class AgentError(ClawtuiError):
    """The agent is absent, of the wrong version, or would not install."""

    def __init__(self, host: str, message: str, *, remedy: str = "") -> None:
        super().__init__(f"{host}: {message}")
        self.host, self.reason = host, message
        self.remedy = remedy  # what to do about it, where that is not to install it
