"""TOML read strictly: every mistake is a ConfigError with file, line and key, and an unknown key names its nearest kin.

`tomllib` gives no line numbers, so the text is scanned once more for where each key stands.
"""

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from clawtui.errors import ConfigError
from clawtui.fleet.host import Origin

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]#]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')\s*(?=[.=])")
_LINE = re.compile(r"\(at line (\d+)")

Spot = tuple[str, int, str]
# table name, its number among those of the same name, key ("" for the header itself)


@dataclass(frozen=True, slots=True)
class Document:
    """One TOML file: its values and where they stand."""

    file: str
    values: Mapping[str, object]
    lines: Mapping[Spot, int]

    @classmethod
    def read(cls, path: Path) -> "Document":
        """Read and parse; a file that cannot be read or parsed is a ConfigError."""
        try:
            text = path.read_text("utf-8")
        except OSError as error:
            raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from error
        except UnicodeDecodeError as error:
            raise ConfigError(f"is not UTF-8 (byte {error.start}); save it as UTF-8", file=str(path)) from error
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, file: str) -> "Document":
        """From text that is already there."""
        try:
            values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = _LINE.search(str(error))
            line = int(found[1]) if found else text.count("\n") + 1
            raise ConfigError(f"not TOML: {error}", file=file, line=line) from error
        return cls(file, values, spots(text))

    def top(self) -> "Table":
        """The table that has no name."""
        return Table(self, "", 0, self.values)

    def table(self, name: str) -> "Table":
        """`[name]`, empty when it is not there."""
        value = self.values.get(name, {})
        if not isinstance(value, dict):
            raise self.error(f"must be a table, written [{name}]", ("", 0, name), name)
        return Table(self, name, 0, cast("dict[str, object]", value))

    def tables(self, name: str) -> "list[Table]":
        """Every `[[name]]` in file order."""
        value = self.values.get(name, [])
        if not isinstance(value, list):
            raise self.error(f"must be a list of tables, written [[{name}]] each", (name, 0, ""), name)
        found: list[Table] = []
        for number, item in enumerate(cast("list[object]", value)):
            if not isinstance(item, dict):
                raise self.error(f"must be a list of tables, written [[{name}]] each", ("", 0, name), name)
            found.append(Table(self, name, number, cast("dict[str, object]", item)))
        return found

    def error(self, message: str, spot: Spot, key: str) -> ConfigError:
        """A ConfigError that names file, line and key."""
        line = self.lines.get(spot) or self.lines.get((spot[0], spot[1], "")) or 0
        return ConfigError(message, file=self.file, line=line, key=key)


@dataclass(frozen=True, slots=True)
class Table:
    """One table: typed readers, each of which names the key when its value is wrong."""

    document: Document
    name: str
    number: int
    values: Mapping[str, object]

    def __contains__(self, key: str) -> bool:
        return key in self.values

    @property
    def line(self) -> int:
        """Where its header stands."""
        return self.document.lines.get((self.name, self.number, ""), 0)

    def origin(self, key: str) -> Origin:
        """Where a key stands; nowhere when it does not."""
        line = self.document.lines.get((self.name, self.number, key)) or self.line
        return Origin(self.document.file, line) if key in self else Origin("")

    def tables(self, key: str) -> "list[Table]":
        """A list of tables below a key, each named by its number."""
        value = self.values.get(key, [])
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        if not all(isinstance(item, dict) for item in items):
            raise self.error("must be a list of tables", key)
        lines = {**self.document.lines, **{(f"{self.name}.{key}[{n}]", 0, ""): self.line for n in range(len(items))}}
        document = replace(self.document, lines=lines)
        return [
            Table(document, f"{self.name}.{key}[{number}]", 0, cast("dict[str, object]", item))
            for number, item in enumerate(items)
        ]

    def only(self, allowed: Iterable[str]) -> None:
        """Refuse every key that is not allowed here."""
        known = sorted(allowed)
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, 1)
                hint = f"did you mean {near[0]}?" if near else f"allowed here: {', '.join(known)}"
                raise self.error(f"unknown key; {hint}", key)

    def text(self, key: str, default: str = "") -> str:
        """A string on one line, without control characters."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.error(f'must be text in quotes, not {_show(value)}: {key} = "…"', key)
        if not value.isprintable():
            raise self.error("must be one line without control characters", key)
        return value

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of strings."""
        value = self.values.get(key)
        if value is None:
            return default
        shown = _show(value)
        items = cast("list[object]", value) if isinstance(value, list) else None
        if items is None or not all(isinstance(item, str) and item.isprintable() and item for item in items):
            raise self.error(f'must be a list of texts, not {shown}: {key} = ["…", "…"]', key)
        return tuple(cast("list[str]", items))

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"must be true or false, not {_show(value)}", key)
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number within limits."""
        value = self.values.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.error(f"must be a whole number from {least} to {most}, not {_show(value)}", key)
        return value

    def choice(self, key: str, default: str, allowed: Iterable[str]) -> str:
        """One of a few words."""
        value = self.text(key, default)
        words = list(allowed)
        if value not in words:
            raise self.error(f"must be one of {', '.join(words)}, not {_show(value)}", key)
        return value

    def mapping(self, key: str) -> dict[str, str]:
        """Names to texts."""
        value = self.values.get(key, {})
        shown = _show(value)
        items = cast("dict[str, object]", value) if isinstance(value, dict) else None
        if items is None or not all(isinstance(item, str) and item.isprintable() for item in items.values()):
            raise self.error(f'must map names to texts, not {shown}: {key} = {{ rack = "r1" }}', key)
        return cast("dict[str, str]", dict(items))

    def error(self, message: str, key: str) -> ConfigError:
        """A ConfigError about one key of this table."""
        full = f"{self.name}.{key}" if self.name else key
        return self.document.error(message, (self.name, self.number, key), full)


def _show(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else shown[:59] + "…"


def spots(text: str) -> dict[Spot, int]:
    """Line numbers of table headers and of keys, multi-line strings skipped."""
    found: dict[Spot, int] = {}
    table, number, seen, closing = "", 0, dict[str, int](), ""
    for line_number, line in enumerate(text.splitlines(), 1):
        if closing:
            if closing in line:
                closing = ""
            continue
        if header := _HEADER.match(line):
            table = header[2].strip().strip("\"'")
            number = seen.get(table, -1) + 1 if header[1] == "[[" else 0
            seen[table] = number
            found.setdefault((table, number, ""), line_number)
        elif named := _KEY.match(line):
            found.setdefault((table, number, named[1].strip("\"'")), line_number)
        for quote in ('"""', "'''"):
            if line.count(quote) % 2:
                closing = quote
    # [host.labels] below [[host]] and dotted keys: the sub-table's line stands for the key it makes
    for (name, _, key), line_number in list(found.items()):
        if not key and "." in name:
            parent, _, child = name.rpartition(".")
            found.setdefault((parent, seen.get(parent, 0), child), line_number)
    return found
