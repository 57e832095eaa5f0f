"""Which of a host's variables say how it is reached, as ssh_config would say it; what cannot be known refuses the host."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from clawtui.fleet.ansible.tree import Encrypted, Said, Vars
from clawtui.fleet.host import Become, Origin
from clawtui.fleet.ssh_config.statement import Statement

ADDRESS = ("ansible_ssh_host", "ansible_host")
PORT = ("ansible_ssh_port", "ansible_port")
USER = ("ansible_ssh_user", "ansible_user")
KEY = ("ansible_ssh_private_key_file", "ansible_private_key_file")
ARGUMENTS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
BECOME_USER = ("ansible_become_user", "ansible_sudo_user")
OVER_SSH = ("ssh", "ansible.builtin.ssh", "paramiko", "paramiko_ssh", "smart")
YES, NO = ("yes", "true", "on", "1", "y", "t"), ("no", "false", "off", "0", "n", "f", "")
_JINJA = re.compile(r"\{\{|\{%|\{#")
_OWN_NAME = re.compile(r"\{\{\s*inventory_hostname(_short)?\s*\}\}")


@dataclass(slots=True)
class Ways:
    """One host's variables, asked for what matters here."""

    name: str
    vars: Vars
    project: Path
    refusals: list[str] = field(default_factory=list[str])

    def text(self, *keys: str) -> tuple[str, Said | None]:
        """The first of these variables that is there; a value that only Ansible can work out refuses the host."""
        for key in keys:
            said = self.vars.get(key)
            if said is None or said.value is None:
                continue
            value = said.value
            if isinstance(value, Encrypted):
                self._refuse(key, said, "is sealed by the vault")
            elif isinstance(value, bool | list | dict | float):
                self._refuse(key, said, f"must be text, not {type(said.value).__name__}")
            else:
                return self._written_out(key, str(value), said), said
            return "", said
        return "", None

    def _refuse(self, key: str, said: Said, why: str) -> None:
        remedy = "write the plain value, or the host as a [[host]] of the fleet file"
        self.refusals.append(f"{key} at {said.origin} {why}; {remedy}")

    def _written_out(self, key: str, text: str, said: Said) -> str:
        """`{{ inventory_hostname }}` is known here; no other expression is."""
        text = _OWN_NAME.sub(lambda found: self.name.partition(".")[0] if found[1] else self.name, text)
        if _JINJA.search(text):
            self._refuse(key, said, "holds an expression that only Ansible can work out")
            return ""
        if not text.isprintable():
            self._refuse(key, said, "holds control characters")
            return ""
        return text

    def address(self) -> str:
        """What is dialled."""
        text, said = self.text(*ADDRESS)
        text = text.strip("[]") if ":" in text else text
        if said and (text.startswith("-") or any(char.isspace() or char in "@/\\" for char in text)):
            self._refuse("ansible_host", said, f"{text!r} is no host name or address")
        return text

    def statements(self) -> Iterator[Statement]:
        """The same in the words of ssh_config; ssh is given them in this order, before its files."""
        port, said = self.text(*PORT)
        if said and port:
            if not (port.isascii() and port.isdecimal() and len(port) < 6 and 0 < int(port) < 65536):
                self._refuse("ansible_port", said, f"{port!r} is not a port")
            else:
                yield Statement("Port", (port,), said.origin)
        user, said = self.text(*USER)
        if said and user:
            if user.startswith("-") or any(char.isspace() for char in user):
                self._refuse("ansible_user", said, f"{user!r} is not a login name")
            else:
                yield Statement("User", (user,), said.origin)
        key, said = self.text(*KEY)
        if said and key:
            plain = key.startswith(("/", "~", "$", "%"))
            yield Statement("IdentityFile", (key if plain else str(self.project / key),), said.origin)
        for variable in ARGUMENTS:
            words, said = self.text(variable)
            if said and words:
                yield from self._arguments(variable, words, said)

    def _arguments(self, key: str, text: str, said: Said) -> Iterator[Statement]:
        """`-o Option=value`, `-J` and `-i`, which are ssh_config by another name; anything else is refused."""
        try:
            words = shlex.split(text)
        except ValueError as error:
            self._refuse(key, said, f"cannot be split into words ({error})")
            return
        while words:
            word = words.pop(0)
            flag, value = word[:2], word[2:]
            if flag not in ("-o", "-J", "-i"):
                self._refuse(key, said, f"gives ssh {word!r}, which is not honoured: only -o, -J and -i are")
                return
            value = value or (words.pop(0) if words else "")
            option = {"-J": "ProxyJump", "-i": "IdentityFile"}.get(flag, "")
            if not option:
                found = re.fullmatch(r"\s*([A-Za-z0-9]+)\s*[=\s]\s*(.*)", value)
                option, value = (found[1], found[2].strip().strip('"')) if found else ("", "")
            if not option or not value or option.lower() in ("include", "host", "match"):
                self._refuse(key, said, f"gives ssh {word!r} without an option and its value")
                return
            yield Statement(option, (value,), said.origin)

    def become(self) -> tuple[Become, str]:
        """How root is reached, and a word where the inventory wants something that is not done here."""
        wanted = self.vars.get("ansible_become")
        if wanted is None or str(wanted.value).lower() in NO:
            return Become.NONE, ""
        if str(wanted.value).lower() not in YES:
            self._refuse("ansible_become", wanted, "must be yes or no")
            return Become.NONE, ""
        method, method_said = self.text("ansible_become_method")
        user, user_said = self.text(*BECOME_USER)
        if user not in ("", "root"):
            return Become.NONE, f"ansible_become_user {user}: only root is become ({_at(user_said)})"
        method = (method or "sudo").removeprefix("ansible.builtin.").removeprefix("community.general.")
        if method not in [become.value for become in Become if become is not Become.NONE]:
            return Become.NONE, f"ansible_become_method {method}: not done here ({_at(method_said)})"
        return Become(method), ""

    def connection(self) -> None:
        """A host that Ansible does not reach by SSH is none for us."""
        kind, said = self.text("ansible_connection")
        if said and kind and kind not in OVER_SSH:
            self.refusals.append(f"ansible_connection {kind} at {said.origin} is no SSH")


def _at(said: Said | None) -> Origin:
    return said.origin if said else Origin("")
