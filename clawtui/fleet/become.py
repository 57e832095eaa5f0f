"""What is run to have something done as root: one command line and its standard input, for every gate. Pure.

Every acting verb, the agent's scripts and doctor build their lines here; `becoming.py` finds out which gate a host has.
A password is the first line of standard input and nowhere else: no argument, environment, file, log or repr ever holds it.
`sudo -k` makes sudo forget what it remembers, so that it asks exactly when we have an answer for it.
"""

import re
import shlex
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from clawtui import shipped
from clawtui.clean import clean
from clawtui.errors import NoRoot
from clawtui.fleet.host import Become

HELPER = "/usr/local/sbin/clawtui-helper"
HELPER_VERSION = "1"
NOTHING = ("true",)
# what is run to see whether a gate opens


class Gate(StrEnum):
    """What stands between the login and root."""

    OWN = "own"
    # nothing is asked for: the login's own rights
    LOGIN = "login"
    # the login is root
    SUDO = "sudo"
    DOAS = "doas"


class Verdict(StrEnum):
    """What a gate answered."""

    OPEN = "open"
    PASSWORD = "password"  # noqa: S105 - a verdict, no password
    WRONG = "wrong"
    DENIED = "denied"
    TERMINAL = "terminal"
    MISSING = "missing"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rights:
    """What a login may do on a host, and how."""

    host: str
    gate: Gate
    uid: int
    user: str
    only_helper: bool = False
    # the fixed verbs of HELPER and nothing else
    terminal: bool = False
    # the gate insists on one
    password: str = field(default="", repr=False)

    @property
    def root(self) -> bool:
        """Is root reached?"""
        return self.gate is not Gate.OWN

    @property
    def words(self) -> str:
        """For people."""
        if not self.root:
            return f"as {self.user}, without root"
        if self.gate is Gate.LOGIN:
            return "logged in as root"
        asked = "with a password" if self.password else "without a password"
        own = self.terminal or (self.gate is Gate.DOAS and self.password)
        seen = ", on a terminal of its own" if own else ""
        return f"{self.gate} {asked}{seen}{f', only {HELPER}' if self.only_helper else ''}"


@dataclass(frozen=True, slots=True)
class Line:
    """What a link is given."""

    command: str
    stdin: bytes = field(default=b"", repr=False)


def as_root(rights: Rights, line: str, stdin: bytes = b"") -> Line:
    """A line of shell run as root; NoRoot where the gate is closed or opens for the helper only."""
    if not rights.root:
        raise NoRoot(rights.host, f"{rights.user} has no root there; set become to sudo or doas, or log in as root")
    if rights.only_helper:
        raise NoRoot(rights.host, f"{rights.user} may run {HELPER} as root and nothing else")
    return through(rights, ("sh", "-c", line), stdin)


def by_helper(rights: Rights, text: str, verb: str, stdin: bytes = b"") -> Line:
    """One verb of the helper: the one placed on the host where only that is allowed, else its text."""
    if rights.only_helper:
        return through(rights, (HELPER, verb), stdin)
    program = text.encode()
    # on standard input, read to its last byte and no further: sudo writes every argument into the host's log
    read = f'eval "$(dd bs=1 count={len(program)} 2>/dev/null)"'
    return through(
        rights, ("sh", "-c", read, f"clawtui-helper-{sha256(program).hexdigest()[:12]}", verb), program + stdin
    )


def through(rights: Rights, words: tuple[str, ...], stdin: bytes = b"") -> Line:
    """Words through the gate."""
    answer = rights.password.encode() + b"\n" if rights.password else b""
    match rights.gate:
        case Gate.OWN | Gate.LOGIN:
            return Line(shlex.join(words), stdin)
        case Gate.SUDO:
            how = ("-S", "-p", "") if rights.password else ("-n",)
            words = ("env", "LC_ALL=C", "sudo", "-k", *how, "--", *words)
            return Line(shlex.join((*_terminal(asks=False), *words) if rights.terminal else words), answer + stdin)
        case Gate.DOAS if rights.password:
            # doas reads a password from a terminal and from nothing else
            return Line(shlex.join((*_terminal(asks=True), "env", "LC_ALL=C", "doas", *words)), answer + stdin)
        case Gate.DOAS:
            return Line(shlex.join(("env", "LC_ALL=C", "doas", "-n", *words)), stdin)


def _terminal(*, asks: bool) -> tuple[str, ...]:
    return ("python3", "-c", shipped.read("templates/become/terminal.py"), "1" if asks else "0")


@dataclass(frozen=True, slots=True)
class Look:
    """What a first look at a host shows, without a password."""

    uid: int
    user: str
    helper: str
    # "safe" belongs to root and nobody else can change it, "unsafe", or "" where there is none
    helper_version: str
    helper_answer: Verdict
    answer: Verdict
    said: str
    # by the gate, cleaned

    @property
    def usable(self) -> bool:
        """Does this clawtui know the helper that lies there?"""
        return self.helper == "safe" and self.helper_version == HELPER_VERSION


def look(become: Become, *, terminal: bool = False) -> str:
    """A command line that asks the gate, the helper first: what is not allowed is logged there and mailed to somebody."""
    line = {
        Become.NONE: "false",
        Become.SUDO: through(Rights("", Gate.SUDO, 0, "", terminal=terminal), ("",)).command.removesuffix(" ''"),
        Become.DOAS: through(Rights("", Gate.DOAS, 0, ""), ("",)).command.removesuffix(" ''"),
    }[become]
    script = f'gate() {{ {line} "$@"; }}\nbecome={become} helper={HELPER}\n' + shipped.read("templates/become/look.sh")
    return f"sh -c {shlex.quote(script)}"


def seen(host: str, become: Become, text: str) -> Look:
    """The answer to `look`."""
    lines = [line.partition("=") for line in text.splitlines()]
    said = {key: value for key, is_, value in lines if is_}
    if not said.get("uid", "").isdigit():
        raise NoRoot(
            host, f"asking who we are there gave {clean(text, limit=80)!r}; is this a restricted key or login?"
        )
    answers = [said.get(key, "").partition(" ") for key in ("helper_answer", "answer")]
    verdicts = [verdict(become, int(status), words) if status else Verdict.MISSING for status, _, words in answers]
    return Look(
        uid=int(said["uid"]),
        user=said.get("user", ""),
        helper=said.get("helper", ""),
        helper_version=said.get("helper_version", ""),
        helper_answer=verdicts[0],
        answer=verdicts[1],
        said=clean(answers[1][2] or answers[0][2] or said.get("missing", ""), limit=160),
    )


_SAYS = (
    (Verdict.WRONG, r"incorrect password|try again|Authentication failed|no password was provided"),
    (Verdict.PASSWORD, r"password is required|Authentication required|no askpass program"),
    (Verdict.TERMINAL, r"must have a tty|a terminal is required|a tty is required"),
    (Verdict.DENIED, r"may not run|not allowed to execute|not in the sudoers|Operation not permitted|not enabled"),
    (Verdict.MISSING, r"command not found|No such file or directory$|not found$"),
)


def verdict(become: Become, status: int, said: str) -> Verdict:
    """What a gate meant, by its words in the C locale."""
    if status == 0:
        return Verdict.OPEN
    own = [line for line in said.splitlines() if line.strip()]
    text = "\n".join(own[-3:])
    if become is Become.NONE:
        return Verdict.MISSING
    return next((found for found, words in _SAYS if re.search(words, text, re.MULTILINE)), Verdict.OTHER)
