"""Hosts from an OpenSSH client configuration, read as `ssh` reads it.

First value wins, `IdentityFile` and `CertificateFile` add up, `Include` counts where it stands, and there is a second pass
after `Match final` or `CanonicalizeHostname`.
What our links do not honour is never skipped silently: see `ssh_options.py` for which option means what.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from clawtui.errors import ConfigError
from clawtui.fleet.hop import split_hop
from clawtui.fleet.host import Host, Origin, Transport
from clawtui.fleet.ssh_config.canonical import Lookup, Resolver, settled
from clawtui.fleet.ssh_config.files import Files
from clawtui.fleet.ssh_config.match import Match
from clawtui.fleet.ssh_config.operator import Operator, Unexpanded
from clawtui.fleet.ssh_config.pattern import any_of
from clawtui.fleet.ssh_config.resolved import NONE, Resolved
from clawtui.fleet.ssh_config.statement import Statement
from clawtui.fleet.ssh_options import demand_of, refusal_of, remark_on

MOST_HOPS = 8
SYSTEM = Path("/etc/ssh/ssh_config")
USER_KNOWN = ("~/.ssh/known_hosts", "~/.ssh/known_hosts2")
GLOBAL_KNOWN = ("/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2")

Given = tuple[Statement, ...]
# what is said of a host elsewhere, as if on ssh's command line: it comes before the files


@dataclass(slots=True)
class SshConfig:
    """One user's configuration: its file, then the system's."""

    file: Path
    home: Path
    environ: Mapping[str, str]
    system: Path | None = SYSTEM
    match_exec: bool = False
    # may `Match exec` run its command
    lookup: Lookup | None = field(default_factory=Resolver)
    # None where nothing may be asked of the network
    _files: Files = field(init=False)
    _match: Match = field(init=False)
    _operator: Operator = field(init=False)

    def __post_init__(self) -> None:
        self._operator = Operator(self.home, self.environ)
        self._files = Files(self.file, self.system, self._operator)
        self._match = Match(self.match_exec)

    def names(self) -> tuple[str, ...]:
        """Every host that is written out: no pattern, nothing negated."""
        found: dict[str, None] = {}
        for statement in self._files.everything():
            if statement.key == "host":
                found.update({word: None for word in statement.words if not any(c in word for c in "*?!")})
        return tuple(found)

    def pick(self, patterns: Iterable[str], origin: Origin | None = None) -> tuple[Host, ...]:
        """Hosts whose names match; a name without wildcards counts even when only `Host *` speaks of it."""
        wanted = [p for p in patterns if not p.startswith("!")]
        unwanted = [p[1:] for p in patterns if p.startswith("!")]
        written, names = self.names(), dict[str, None]()
        for pattern in wanted:
            matching = [name for name in written if fnmatchcase(name, pattern)]
            if not matching and any(c in pattern for c in "*?["):
                place = origin or Origin("")
                raise ConfigError(
                    f"{pattern!r} matches no Host of {self.file}; it names: {', '.join(written[:8]) or 'none'}",
                    file=place.file,
                    line=place.line,
                    key="ssh_config.hosts",
                )
            names.update(dict.fromkeys(matching or [pattern]))
        kept = [name for name in names if not any(fnmatchcase(name, pattern) for pattern in unwanted)]
        return tuple(self.host(name) for name in kept)

    def host(self, name: str, given: Given = (), through: tuple[str, ...] = ()) -> Host:
        """One host with everything that is said of it."""
        resolved = self.resolve(name, given)
        address, jump = resolved.canonical, self._jumps(resolved)
        bastions: list[Host] = []
        for hop in jump if name not in through else ():
            bastions.append(self._bastion(hop, (*through, name)))
            if bastions[-1].refusal and bastions[-1].refusal not in "; ".join(resolved.refusals):
                resolved.refuse(f"bastion {hop}: {bastions[-1].refusal}")
        first = next((s for statements in resolved.values.values() for s in statements), None)
        said = resolved.says("proxyjump")
        return Host(
            name=name,
            address=address,
            port=resolved.port,
            user=resolved.first("user"),
            jump=jump,
            jump_origin=said.origin if jump and said else Origin(""),
            bastions=tuple(bastions),
            identities=self._paths(resolved, "identityfile"),
            certificates=self._paths(resolved, "certificatefile"),
            known_hosts=self._known_hosts(resolved),
            host_key_alias=resolved.first("hostkeyalias"),
            ssh_options=self._options(resolved),
            ssh_config=str(self.file),
            transport=Transport.OPENSSH if (why := _demands(resolved)) else Transport.ASYNCSSH,
            transport_why=why,
            origin=first.origin if first else Origin(str(self.file)),
            refusal="; ".join(resolved.refusals),
        )

    def resolve(self, name: str, given: Given = ()) -> Resolved:
        """Walk through the files, once more where that is asked for, keeping what applies."""
        resolved = Resolved(name, self._operator)
        for statement in given:
            resolved.take(statement)
        self._pass(resolved)
        host = settled(resolved, self.lookup)
        if resolved.again or resolved.first("canonicalizehostname", "no").lower() not in ("no", "false"):
            resolved.canonical = host
            self._pass(resolved)
        resolved.canonical = host
        for statements in resolved.values.values():
            for statement in statements:
                if words := refusal_of(statement.option, statement.words, str(statement.origin)):
                    resolved.refuse(words)
        return resolved

    def _pass(self, resolved: Resolved) -> None:
        for root in self._files.roots():
            self._walk(root, resolved, active=True, depth=0, root=root)

    def _walk(self, path: Path, resolved: Resolved, *, active: bool, depth: int, root: Path) -> None:
        """An included file starts as active as the line that includes it, and can never be more so."""
        enclosing = active
        for statement in self._files.statements(path):
            match statement.key:
                case "host":
                    active = enclosing and any_of(statement.words, resolved.subject)
                case "match":
                    active = enclosing and self._match.holds(statement, resolved)
                case "include":
                    for inner in self._files.included(statement, root, depth):
                        self._walk(inner, resolved, active=active, depth=depth + 1, root=root)
                case _ if active:
                    resolved.take(statement)
                case _:
                    pass

    def _jumps(self, resolved: Resolved) -> tuple[str, ...]:
        hops = [hop.strip() for hop in resolved.jump.split(",")]
        return tuple(self._expanded(resolved, "proxyjump", hop) for hop in hops if hop)

    def _expanded(self, resolved: Resolved, key: str, text: str) -> str:
        """Tokens of an option's text; what stands for nothing refuses the host."""
        try:
            return self._operator.expand(text, resolved.tokens())
        except Unexpanded as error:
            resolved.refuse(f"{resolved.values[key][0].said}: {error}")
            return text

    def _paths(self, resolved: Resolved, key: str, usual: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Files that an option names; one that cannot be named refuses the host."""
        paths: list[str] = []
        for word in resolved.words(key) or usual:
            try:
                paths.append(self._operator.path(word, resolved.tokens()))
            except Unexpanded as error:
                resolved.refuse(f"{resolved.values[key][0].said}: {error}")
        return tuple(paths)

    def _known_hosts(self, resolved: Resolved) -> tuple[str, ...]:
        """Empty unless one of the two options is given: then both lists are spelled out."""
        if not resolved.values.keys() & {"userknownhostsfile", "globalknownhostsfile"}:
            return ()
        user = self._paths(resolved, "userknownhostsfile", USER_KNOWN)
        everyone = self._paths(resolved, "globalknownhostsfile", GLOBAL_KNOWN)
        return tuple(path for path in (*user, *everyone) if path.lower() != NONE) or ("/dev/null",)

    def _options(self, resolved: Resolved) -> dict[str, str]:
        """Options that the link honours, and under "left out" in words those that it does not need."""
        options: dict[str, str] = {}
        remarks: list[str] = []
        for key, statements in resolved.values.items():
            value = " ".join(statements[0].words)
            honoured, remark = remark_on(statements[0].option, value)
            if honoured:
                options[key] = value
            elif remark:
                remarks.append(f"{remark} ({statements[0].origin})")
        options.pop("proxycommand", None)
        if command := resolved.command:
            options["proxycommand"] = self._expanded(resolved, "proxycommand", command.words[0])
        if "identityagent" in options:
            options["identityagent"] = self._agent(resolved, options["identityagent"])
        if remarks:
            options["left out"] = "; ".join(remarks)
        return options

    def _agent(self, resolved: Resolved, value: str) -> str:
        """A socket, `none`, or the name of the variable that holds it."""
        if value.startswith("$") and not value.startswith("${"):
            return self.environ.get(value[1:], NONE)
        return next(iter(self._paths(resolved, "identityagent")), NONE)

    def _bastion(self, hop: str, through: tuple[str, ...]) -> Host:
        """A jump host is looked up in the same configuration; its name stays as `jump` spells it."""
        user, name, port = split_hop(hop)
        if name in through:
            return Host(name=hop, refusal=f"ProxyJump leads back to {name}")
        if len(through) > MOST_HOPS:
            return Host(
                name=hop, refusal=f"more than {MOST_HOPS} jump hosts; does the pattern of one match its own jump host?"
            )
        host = self.host(name, through=through)
        return replace(host, name=hop, user=user or host.user, port=port or host.port)


def _demands(resolved: Resolved) -> str:
    """Lines that only the system's ssh can obey, in words."""
    lines = (statement for statements in resolved.values.values() for statement in statements)
    return "; ".join(words for s in lines if (words := demand_of(s.option, s.words, str(s.origin))))
