"""All that a configuration says of one host: the first value of each option, and all of those that add up."""

from dataclasses import dataclass, field

from clawtui.errors import ConfigError
from clawtui.fleet.ssh_config.operator import Operator, Unexpanded
from clawtui.fleet.ssh_config.statement import Statement
from clawtui.fleet.ssh_options import ACCUMULATE

NONE = "none"


@dataclass(slots=True)
class Resolved:
    """What counts for one host, while the files are walked through."""

    name: str
    operator: Operator
    canonical: str = ""
    # on the second pass: the name that Host lines are now compared with
    again: bool = False
    # something asked for a second pass
    values: dict[str, list[Statement]] = field(default_factory=dict[str, list[Statement]])
    refusals: dict[str, None] = field(default_factory=dict[str, None])
    # in order, each once

    @property
    def subject(self) -> str:
        """What Host lines are compared with."""
        return self.canonical or self.name

    def take(self, statement: Statement) -> None:
        """Keep a statement unless an earlier one decided already."""
        key = statement.key
        if key == "hostname" and self.canonical:
            return
        known = self.values.get(key, [])
        if not known or (key in ACCUMULATE and all(other.words != statement.words for other in known)):
            self.values.setdefault(key, []).append(statement)

    def refuse(self, words: str) -> None:
        """No connection may be made, and this is why."""
        self.refusals[words] = None

    def words(self, key: str) -> tuple[str, ...]:
        """Arguments of an option, of all its lines where they add up."""
        return tuple(word for statement in self.values.get(key, ()) for word in statement.words)

    def first(self, key: str, default: str = "") -> str:
        """The first argument."""
        return next(iter(self.words(key)), default)

    def says(self, key: str) -> Statement | None:
        """The line that decides an option."""
        return next(iter(self.values.get(key, ())), None)

    @property
    def address(self) -> str:
        """The name or address that is dialled."""
        if self.canonical:
            return self.canonical
        try:
            return self.operator.expand(self.first("hostname", "%h"), {"%": "%", "h": self.name})
        except Unexpanded as error:
            self.refuse(f"{self.values['hostname'][0].said}: {error}")
            return self.name

    @property
    def port(self) -> int:
        """A whole number, as ssh demands."""
        port = self.first("port", "22")
        if not (port.isascii() and port.isdecimal() and len(port) < 6 and 0 < int(port) < 65536):
            raise self._wrong("port", f"{port!r} is not a port")
        return int(port)

    @property
    def user(self) -> str:
        """The login on the host; the operator's own where nothing is said."""
        return self.first("user", self.operator.login)

    @property
    def jump(self) -> str:
        """ProxyJump and ProxyCommand exclude each other: the one written first counts."""
        jump, command = self.says("proxyjump"), self.says("proxycommand")
        if not jump or jump.words[0].lower() == NONE:
            return ""
        order = list(self.values)
        return "" if command and order.index("proxycommand") < order.index("proxyjump") else jump.words[0]

    @property
    def command(self) -> Statement | None:
        """The ProxyCommand that counts."""
        command = self.says("proxycommand")
        return command if command and command.words[0].lower() != NONE and not self.jump else None

    def tokens(self) -> dict[str, str]:
        """What `%h`, `%p` … stand for."""
        own = self.operator.tokens
        jump = self.jump
        own |= {"h": self.address, "n": self.name, "p": str(self.port), "r": self.user, "j": jump}
        own["k"] = self.first("hostkeyalias", self.name)
        own["C"] = _digest("".join((own["l"], own["h"], own["p"], own["r"], jump)))
        return own

    def _wrong(self, key: str, message: str) -> ConfigError:
        return self.values[key][0].error(message)


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha1(text.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
