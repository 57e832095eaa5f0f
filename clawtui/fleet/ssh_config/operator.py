"""Who reads the configuration and where: what its tokens and `~` stand for."""

import getpass
import os
import pwd
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_TOKEN = re.compile(r"%(.?)|\$\{([^}]*)\}")
_TILDE = re.compile(r"~([^/]*)(/.*)?", re.DOTALL)


class Unexpanded(ValueError):
    """A token, variable or user that stands for nothing here; the words say which."""


@dataclass(frozen=True, slots=True)
class Operator:
    """The person and machine that ssh would run for."""

    home: Path
    environ: Mapping[str, str]
    login: str = field(default_factory=getpass.getuser)
    uid: int = field(default_factory=os.getuid)
    machine: str = field(default_factory=socket.gethostname)

    @property
    def tokens(self) -> dict[str, str]:
        """Those that do not depend on the host."""
        return {
            "%": "%",
            "d": str(self.home),
            "i": str(self.uid),
            "L": self.machine.partition(".")[0],
            "l": self.machine,
            "u": self.login,
        }

    def expand(self, text: str, tokens: Mapping[str, str], *, variables: bool = False) -> str:
        """Tokens, and `${VARIABLE}` where the option takes them; Unexpanded for what stands for nothing."""

        def one(found: re.Match[str]) -> str:
            token, variable = found.groups()
            if variable is not None:
                if not variables:
                    return found[0]
                if not self.environ.get(variable):
                    raise Unexpanded(f"{found[0]} is not set in the environment")
                return self.environ[variable]
            if token not in tokens:
                raise Unexpanded(f"{found[0]} stands for nothing here")
            return tokens[token]

        return _TOKEN.sub(one, text)

    def untilde(self, text: str) -> str:
        """`~` and `~user` as folders."""
        found = _TILDE.fullmatch(text)
        if not found:
            return text
        home = str(self.home) if not found[1] else _home_of(found[1])
        return home + (found[2] or "")

    def path(self, text: str, tokens: Mapping[str, str]) -> str:
        """A file name as options take them."""
        return self.expand(self.untilde(text), tokens, variables=True)


def _home_of(user: str) -> str:
    try:
        return pwd.getpwnam(user).pw_dir
    except (KeyError, ValueError) as error:
        raise Unexpanded(f"~{user} is no user of this machine") from error
