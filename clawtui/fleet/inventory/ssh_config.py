"""Hosts from an OpenSSH client configuration, read as `ssh` reads it.

First value wins, `IdentityFile` and `CertificateFile` add up, `Include` counts where it stands.
What our link does not honour is never skipped silently: see `ssh_options.py` for which option means what.
"""

import getpass
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from glob import glob
from pathlib import Path

from clawtui.errors import ConfigError
from clawtui.fleet.host import Host, Origin, Transport
from clawtui.fleet.ssh_options import ACCUMULATE, WHOLE_LINE, demand_of, refusal_of, remark_on

MOST_DEPTH = 16
SYSTEM = Path("/etc/ssh/ssh_config")
_WORD = re.compile(r'"((?:\\.|[^"\\])*)"|\'([^\']*)\'|((?:\\.|[^\s"\'\\])+)')
_LINE = re.compile(r"\s*([A-Za-z0-9]+)(?:\s*=\s*|\s+|$)(.*)")
_TOKEN = re.compile(r"%(.)|\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Statement:
    """One line that says something."""

    option: str
    # as written
    words: tuple[str, ...]
    origin: Origin

    @property
    def key(self) -> str:
        """Options know no case."""
        return self.option.lower()


@dataclass(slots=True)
class Resolved:
    """All that counts for one host."""

    name: str
    values: dict[str, list[Statement]] = field(default_factory=dict[str, list[Statement]])
    refusals: list[str] = field(default_factory=list[str])

    def words(self, key: str) -> tuple[str, ...]:
        """Arguments of an option, of all its lines where they add up."""
        return tuple(word for statement in self.values.get(key, ()) for word in statement.words)

    def first(self, key: str, default: str = "") -> str:
        """The first argument."""
        return next(iter(self.words(key)), default)


@dataclass(slots=True)
class SshConfig:
    """One user's configuration: its file, then the system's."""

    file: Path
    home: Path
    environ: Mapping[str, str]
    system: Path | None = SYSTEM
    login: str = field(default_factory=getpass.getuser)
    _parsed: dict[Path, tuple[Statement, ...]] = field(default_factory=dict[Path, tuple[Statement, ...]])

    def names(self) -> tuple[str, ...]:
        """Every host that is written out: no pattern, nothing negated."""
        found: dict[str, None] = {}
        for statement in self._everything():
            if statement.key == "host":
                found.update({word: None for word in statement.words if not any(c in word for c in "*?!")})
        return tuple(found)

    def pick(self, patterns: Iterable[str], origin: Origin | None = None) -> tuple[Host, ...]:
        """Hosts whose names match; a name without wildcards counts even when only `Host *` speaks of it."""
        wanted = [p for p in patterns if not p.startswith("!")]
        unwanted = [p[1:] for p in patterns if p.startswith("!")]
        names: dict[str, None] = {}
        for pattern in wanted:
            matching = [name for name in self.names() if fnmatchcase(name, pattern)]
            if not matching and any(c in pattern for c in "*?["):
                place = origin or Origin("")
                raise ConfigError(
                    f"{pattern!r} matches no Host of {self.file}; it names: {', '.join(self.names()[:8]) or 'none'}",
                    file=place.file,
                    line=place.line,
                    key="ssh_config.hosts",
                )
            names.update(dict.fromkeys(matching or [pattern]))
        kept = [name for name in names if not any(fnmatchcase(name, pattern) for pattern in unwanted)]
        return tuple(self.host(name) for name in kept)

    def host(self, name: str, through: tuple[str, ...] = ()) -> Host:
        """One host with everything that the configuration says of it."""
        resolved = self.resolve(name)
        tokens = self._tokens(resolved)
        jump = _jumps(resolved)
        refusals = list(resolved.refusals)
        bastions: list[Host] = []
        for hop in jump if name not in through else ():
            bastions.append(self._bastion(hop, (*through, name)))
            refusals += [f"bastion {hop}: {b.refusal}" for b in bastions[-1:] if b.refusal]
        first = next((s for statements in resolved.values.values() for s in statements), None)
        return Host(
            name=name,
            address=self._expand(resolved.first("hostname", "%h"), {"%": "%", "h": name}),
            port=_port(resolved),
            user=resolved.first("user"),
            jump=jump,
            bastions=tuple(bastions),
            identities=tuple(self._path(word, tokens) for word in resolved.words("identityfile")),
            certificates=tuple(self._path(word, tokens) for word in resolved.words("certificatefile")),
            known_hosts=self._known_hosts(resolved, tokens),
            host_key_alias=self._expand(resolved.first("hostkeyalias"), tokens),
            ssh_options=self._options(resolved, tokens),
            ssh_config=str(self.file),
            transport=Transport.OPENSSH if (why := _demands(resolved)) else Transport.ASYNCSSH,
            transport_why=why,
            origin=first.origin if first else Origin(str(self.file)),
            refusal="; ".join(refusals),
        )

    def resolve(self, name: str) -> Resolved:
        """Walk through the files once, keeping what applies."""
        resolved = Resolved(name)
        for path in (self.file, self.system):
            if path:
                self._walk(path, resolved, active=True, depth=0, base=self._base(path))
        for statements in resolved.values.values():
            resolved.refusals += [words for s in statements if (words := refusal_of(s.option, s.words, str(s.origin)))]
        return resolved

    def _base(self, path: Path) -> Path:
        return path.parent if path == self.system else self.home / ".ssh"

    def _walk(self, path: Path, resolved: Resolved, *, active: bool, depth: int, base: Path) -> None:
        """An included file starts as active as the line that includes it, and can never be more so."""
        enclosing = active
        for statement in self._statements(path):
            match statement.key:
                case "host":
                    active = enclosing and _host_matches(statement.words, resolved.name)
                case "match":
                    active = enclosing and self._match(statement, resolved)
                case "include":
                    if depth >= MOST_DEPTH:
                        raise ConfigError(
                            "Include goes too deep", file=statement.origin.file, line=statement.origin.line
                        )
                    for inner in self._included(statement, base):
                        self._walk(inner, resolved, active=active, depth=depth + 1, base=base)
                case key if active and (key in ACCUMULATE or key not in resolved.values):
                    resolved.values.setdefault(key, []).append(statement)
                case _:
                    pass

    def _match(self, statement: Statement, resolved: Resolved) -> bool:
        """`Match` on all, host, originalhost, user, localuser; anything else makes the host refuse to be used."""
        words = list(statement.words)
        while words:
            word = words.pop(0)
            negated, criterion = word.startswith("!"), word.removeprefix("!").lower()
            criterion, equals, value = criterion.partition("=")
            if criterion == "all":
                continue
            if criterion == "canonical":  # only on a second pass, which CanonicalizeHostname (refused) would cause
                return negated
            subject = self._subject(criterion, resolved)
            if subject is None:
                resolved.refusals.append(f"Match {criterion} at {statement.origin} is not evaluated here")
                return False
            if not equals:
                value = words.pop(0) if words else ""
            if _in_list(subject, value) == negated:
                return False
        return True

    def _subject(self, criterion: str, resolved: Resolved) -> str | None:
        match criterion:
            case "host":
                return self._expand(resolved.first("hostname", "%h"), {"%": "%", "h": resolved.name})
            case "originalhost":
                return resolved.name
            case "user":
                return resolved.first("user", self.login)
            case "localuser":
                return self.login
            case _:
                return None

    def _included(self, statement: Statement, base: Path) -> Iterator[Path]:
        for word in statement.words:
            path = Path(self._tilde(self._expand(word, {})))
            for found in sorted(glob(str(path if path.is_absolute() else base / path))):  # noqa: PTH207 - an absolute pattern
                yield Path(found)

    def _everything(self) -> Iterator[Statement]:
        todo = [(path, self._base(path), 0) for path in (self.file, self.system) if path]
        while todo:
            path, base, depth = todo.pop(0)
            for statement in self._statements(path):
                yield statement
                if statement.key == "include" and depth < MOST_DEPTH:
                    todo.extend((inner, base, depth + 1) for inner in self._included(statement, base))

    def _statements(self, path: Path) -> tuple[Statement, ...]:
        if path not in self._parsed:
            try:
                text = path.read_text("utf-8", "replace")
            except FileNotFoundError:
                text = ""
            except OSError as error:
                raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from error
            self._parsed[path] = tuple(parse(text, str(path)))
        return self._parsed[path]

    def _tokens(self, resolved: Resolved) -> dict[str, str]:
        address = self._expand(resolved.first("hostname", "%h"), {"%": "%", "h": resolved.name})
        return {
            "%": "%",
            "h": address,
            "n": resolved.name,
            "p": str(_port(resolved)),
            "r": resolved.first("user", self.login),
            "u": self.login,
            "d": str(self.home),
            "k": resolved.first("hostkeyalias", resolved.name),
        }

    def _expand(self, text: str, tokens: Mapping[str, str]) -> str:
        """Tokens and `${VARIABLE}`; what is not known stays as it stands."""

        def one(found: re.Match[str]) -> str:
            if found[1]:
                return tokens.get(found[1], found[0])
            return self.environ.get(found[2], found[0])

        return _TOKEN.sub(one, text)

    def _tilde(self, text: str) -> str:
        return str(self.home / text[2:]) if text.startswith("~/") else text

    def _path(self, word: str, tokens: Mapping[str, str]) -> str:
        return self._expand(self._tilde(word), tokens)

    def _known_hosts(self, resolved: Resolved, tokens: Mapping[str, str]) -> tuple[str, ...]:
        """Empty unless one of the two options is given: then both lists are spelled out."""
        if not resolved.values.keys() & {"userknownhostsfile", "globalknownhostsfile"}:
            return ()
        user = resolved.words("userknownhostsfile") or ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
        everyone = resolved.words("globalknownhostsfile") or ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")
        paths = tuple(self._path(word, tokens) for word in (*user, *everyone) if word.lower() != "none")
        return paths or ("/dev/null",)

    def _options(self, resolved: Resolved, tokens: Mapping[str, str]) -> dict[str, str]:
        """Options that the link honours, and under "left out" in words those that it does not need."""
        options: dict[str, str] = {}
        remarks: list[str] = []
        for key, statements in resolved.values.items():
            value = " ".join(statements[0].words)
            honoured, remark = remark_on(statements[0].option, value)
            if honoured:
                options[key] = self._expand(value, tokens)
            elif remark:
                remarks.append(f"{remark} ({statements[0].origin})")
        if "identityagent" in options:
            options["identityagent"] = self._path(options["identityagent"], tokens)
        if _jumps(resolved) or options.get("proxycommand", "").lower() == "none":
            options.pop("proxycommand", None)
        if remarks:
            options["left out"] = "; ".join(remarks)
        return options

    def _bastion(self, hop: str, through: tuple[str, ...]) -> Host:
        """A jump host is looked up in the same configuration; its name stays as `jump` spells it."""
        user, name, port = split_hop(hop)
        if name in through:
            return Host(name=hop, refusal=f"ProxyJump leads back to {name}")
        host = self.host(name, through)
        return replace(host, name=hop, user=user or host.user, port=port or host.port)


def split_hop(hop: str) -> tuple[str, str, int]:
    """`[user@]host[:port]`, brackets around an IPv6 address, or the same as ssh://."""
    user, _, place = hop.removeprefix("ssh://").rstrip("/").rpartition("@")
    name, port = place, ""
    if place.count(":") == 1 or "]:" in place:
        name, _, port = place.rpartition(":")
    return user, name.strip("[]"), int(port) if port.isdecimal() else 0


def parse(text: str, file: str) -> Iterator[Statement]:
    """Lines to statements; a line that is no statement is a ConfigError, as it is for ssh."""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.rstrip())
        if not found:
            raise ConfigError("is no ssh_config line", file=file, line=number)
        option, rest = found[1], found[2].strip()
        words = (rest,) if option.lower() in WHOLE_LINE else tuple(split(rest, file, number))
        if not words or not words[0]:
            raise ConfigError("has no value", file=file, line=number, key=option)
        yield Statement(option, words, Origin(file, number))


def split(text: str, file: str, line: int) -> list[str]:
    """Words as OpenSSH splits them: quotes, backslashes, a comment after a blank."""
    words: list[str] = []
    rest = text.lstrip()
    while rest and not rest.startswith("#"):
        word = ""
        while rest and not rest[0].isspace():
            found = _WORD.match(rest)
            if not found:
                raise ConfigError("has a quote that is not closed", file=file, line=line)
            quoted, plain, bare = found.groups()
            word += (
                plain if plain is not None else re.sub(r'\\(["\'\\ ])', r"\1", quoted if quoted is not None else bare)
            )
            rest = rest[found.end() :]
        words.append(word)
        rest = rest.lstrip()
    return words


def _demands(resolved: Resolved) -> str:
    """Lines that only the system's ssh can obey, in words."""
    lines = (statement for statements in resolved.values.values() for statement in statements)
    return "; ".join(words for s in lines if (words := demand_of(s.option, s.words, str(s.origin))))


def _host_matches(patterns: Iterable[str], name: str) -> bool:
    """Any pattern, and no negated one."""
    matched = False
    for pattern in patterns:
        if _like(name, pattern.removeprefix("!")):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def _in_list(subject: str, patterns: str) -> bool:
    return _host_matches(patterns.split(","), subject)


def _like(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern.replace("[", "[[]"))  # OpenSSH knows * and ? only


def _port(resolved: Resolved) -> int:
    port = resolved.first("port", "22")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        statement = resolved.values["port"][0]
        raise ConfigError(f"{port!r} is not a port", file=statement.origin.file, line=statement.origin.line, key="Port")
    return int(port)


def _jumps(resolved: Resolved) -> tuple[str, ...]:
    """ProxyJump and ProxyCommand exclude each other: the one written first counts."""
    jump, command = resolved.values.get("proxyjump"), resolved.values.get("proxycommand")
    if not jump or jump[0].words[0].lower() == "none":
        return ()
    if command and list(resolved.values).index("proxycommand") < list(resolved.values).index("proxyjump"):
        return ()
    return tuple(part.strip() for part in jump[0].words[0].split(",") if part.strip())
