"""Static inventories in Ansible's INI: `[group]`, `[group:children]`, `[group:vars]`, ranges, variables beside a host."""

import ast
import re
import shlex
import warnings
from dataclasses import dataclass, field
from typing import cast

from clawtui.errors import ConfigError
from clawtui.fleet.ansible.ranges import expand
from clawtui.fleet.ansible.tree import UNGROUPED, Said, Tree
from clawtui.fleet.host import Origin

_SECTION = re.compile(r"\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?")
_GROUP = re.compile(r"([^:\]\s]+)\s*(?:#.*)?")


@dataclass(slots=True)
class IniReader:
    """One file, read into a tree."""

    tree: Tree
    file: str
    group: str = UNGROUPED
    section: str = "hosts"
    line: int = 0
    children: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    # a group may be named as a child before it is declared
    declared: set[str] = field(default_factory=set[str])
    given: dict[str, int] = field(default_factory=dict[str, int])
    # groups that have variables, which does not declare them

    def read(self, text: str) -> None:
        """The whole text; every mistake names its line."""
        self.declared |= self.tree.groups.keys()
        for number, whole in enumerate(text.splitlines(), 1):
            self.line, stripped = number, whole.strip()
            if stripped and stripped[0] not in "#;":
                self._line(stripped)
        for parent, child, line in self.children:
            if child not in self.declared:
                raise self._error(f"group {child!r} is declared nowhere", line, f"{parent}:children")
            self.tree.child(parent, child, Origin(self.file, line))
        for group, line in self.given.items():
            if group not in self.declared:
                raise self._error(f"group {group!r} is declared nowhere", line, f"{group}:vars")

    def _error(self, message: str, line: int = 0, key: str = "") -> ConfigError:
        return ConfigError(message, file=self.file, line=line or self.line, key=key)

    def _line(self, line: str) -> None:
        if not line.isprintable() and any("\ud800" <= char <= "\udfff" for char in line):
            raise self._error("is not UTF-8")
        if found := _SECTION.fullmatch(line):
            self._section(found[1], found[2] or "hosts")
        elif line.startswith("[") and line.endswith("]"):
            raise self._error(f"{line!r} is no section; write [group], [group:children] or [group:vars] without spaces")
        elif self.section == "hosts":
            self._host(line)
        elif self.section == "children":
            self._child(line)
        else:
            key, equals, value = line.partition("=")
            if not equals:
                raise self._error(f"{line!r} must be key=value")
            self.tree.give(self.group, key.strip(), self._said(value.strip()))

    def _section(self, group: str, kind: str) -> None:
        if kind not in ("hosts", "children", "vars"):
            raise self._error(f"[{group}:{kind}]: a section is [group], [group:children] or [group:vars]")
        self.group, self.section = group, kind
        self.tree.group(group)
        if kind == "vars":
            self.given.setdefault(group, self.line)
        else:
            self.declared.add(group)

    def _child(self, line: str) -> None:
        found = _GROUP.fullmatch(line)
        if not found:
            raise self._error(f"{line!r} is no name of a group")
        self.children.append((self.group, found[1], self.line))

    def _host(self, line: str) -> None:
        try:
            pattern, *settings = shlex.split(line, comments=True)
            names, port = expand(pattern)
        except ValueError as error:
            raise self._error(f"{line!r} is no host: {error}") from error
        if pattern == "---":
            raise self._error("looks like YAML; its name must end with .yml or .yaml")
        origin = Origin(self.file, self.line)
        given = dict[str, Said]()
        for setting in settings:
            key, equals, value = setting.partition("=")
            if not equals:
                raise self._error(f"{setting!r} behind a host must be key=value")
            given[key] = self._said(value)
        for name in names:
            self.tree.host(name, self.group, origin, port).update(given)

    def _said(self, text: str) -> Said:
        return Said(literal(text), Origin(self.file, self.line))


def literal(text: str) -> object:
    """A Python literal where it is one, as Ansible takes it; text otherwise."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _plain(cast("object", ast.literal_eval(text)))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text


def _plain(value: object) -> object:
    """Only what JSON knows."""
    match value:
        case list() | tuple() | set():
            return [_plain(item) for item in cast("list[object]", value)]
        case dict():
            return {key: _plain(item) for key, item in cast("dict[object, object]", value).items()}
        case bytes():
            return value.decode("utf-8", "surrogateescape")
        case complex():
            return str(value)
        case _:
            return "..." if value is ... else value
