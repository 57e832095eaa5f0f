"""One table of a service.toml, read without stopping: each mistake is noted with its place, and reading goes on."""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar, cast

from clawtui.errors import ConfigError
from clawtui.fleet.quantity import DURATIONS, SIZES, quantity
from clawtui.fleet.tables import Document, Table

_T = TypeVar("_T")
_SHARES = {"%": 0.01, "": 1.0}


@dataclass(frozen=True, slots=True)
class Keys:
    """Readers that answer a harmless value where the written one is wrong."""

    table: Table
    faults: list[ConfigError]
    # of the whole file; whoever reads it last raises them

    def __contains__(self, key: str) -> bool:
        return key in self.table

    @property
    def folder(self) -> Path:
        """Where the file lies: paths in it start there."""
        return Path(self.table.document.file).parent

    def fault(self, key: str, message: str) -> None:
        """Note a mistake; what the file should have said and nowhere does is told at its first line."""
        name = f"{self.table.name}.{key}" if self.table.name else key
        line = self.table.error(message, key).line or 1
        self.faults.append(ConfigError(message, file=self.table.document.file, line=line, key=name))

    def only(self, schema: Mapping[str, Sequence[str]]) -> None:
        """Note every key that does not belong here: the nearest one that does, or the table where it belongs."""
        allowed = schema[self.table.name]
        for key in self.table.values:
            if key in allowed:
                continue
            near = difflib.get_close_matches(key, allowed, 1)
            homes = [f"[{name}]" if name else "the top of the file" for name, keys in schema.items() if key in keys]
            hint = f"it belongs in {' or '.join(homes)}" if homes else f"allowed here: {', '.join(allowed)}"
            self.fault(key, "unknown key; " + (f"did you mean {near[0]}?" if near and not homes else hint))

    def text(self, key: str, default: str = "") -> str:
        """A string on one line."""
        return self._noted(lambda: self.table.text(key, default), default)

    def needed(self, key: str, why: str) -> str:
        """A string that must be there and say something."""
        if key not in self:
            self.fault(key, f"is missing; {why}")
            return ""
        value = self.table.values[key]
        if value == "":
            self.fault(key, f"is empty; {why}")
        return self.text(key)

    def long_text(self, key: str) -> str:
        """A string of any number of lines."""
        value = self.table.values.get(key, "")
        if isinstance(value, str):
            return value
        self.fault(key, f"must be text in quotes: {key} = '…'")
        return ""

    def texts(self, key: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """A list of strings."""
        return self._noted(lambda: self.table.texts(key, default), default)

    def mapping(self, key: str) -> dict[str, str]:
        """Names to strings, in a table of its own or in braces."""
        return self._noted(lambda: self.table.mapping(key), {})

    def choice(self, key: str, default: str, allowed: Sequence[str]) -> str:
        """One of a few words."""
        return self._noted(lambda: self.table.choice(key, default, allowed), default)

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        """A whole number."""
        return self._noted(lambda: self.table.whole(key, default, least, most), default)

    def number(self, key: str, default: float, *, least: float = 0.0) -> float:
        """Any number from `least` on."""
        value = self.table.values.get(key, default)
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value >= least:
            return float(value)
        self.fault(key, f"must be a number from {least:g} on, not {value!r}: {key} = 1.5")
        return default

    def seconds(self, key: str, default: float, *, least: float = 0.0, most: float = math.inf) -> float:
        """A duration."""
        if key not in self:
            return default
        value = self.table.values[key]
        seconds = quantity(value, DURATIONS) if isinstance(value, str) else None
        if seconds is None:
            self.fault(key, f'must be a time in quotes with its unit (ms s m h d), not {value!r}: {key} = "30s"')
        elif not least <= seconds <= most:
            limits = f"from {least:g}s" + (f" to {most:g}s" if math.isfinite(most) else " on")
            self.fault(key, f"must be a time {limits}, not {value!r}")
        else:
            return seconds
        return default

    def size(self, key: str, default: _T, *, least: int = 0) -> int | _T:
        """Bytes."""
        if key not in self:
            return default
        value = self.table.values[key]
        size = quantity(value, SIZES) if isinstance(value, str) else None
        if size is None:
            self.fault(key, f'must be a size in quotes with its unit (B kB MB GB KiB MiB GiB), not {value!r}: "512MiB"')
        elif size < least:
            self.fault(key, f"must be at least {least} bytes, not {value!r}")
        else:
            return int(size)
        return default

    def share(self, key: str, default: float | None) -> float | None:
        """A share 0–1 as `5%` or 0.05; None for `off`."""
        if key not in self:
            return default
        value = self.table.values[key]
        if value == "off":
            return None
        plain = isinstance(value, int | float) and not isinstance(value, bool)
        share = quantity(str(value), _SHARES) if plain or isinstance(value, str) else None
        if share is None:
            self.fault(key, f'must be a share such as "5%" or 0.05, or "off", not {value!r}')
            return default
        return share

    def path(self, key: str) -> Path | None:
        """A file on this machine that can be read; None where none is named or it is not there."""
        text = self.text(key)
        if not text:
            return None
        path = (self.folder / Path(text).expanduser()).resolve()
        if path.is_file():
            return path
        what = "is a folder, not a file" if path.is_dir() else "is not there"
        self.fault(key, f"{path} {what}; paths start at the folder of this file")
        return None

    def sub(self, key: str) -> "Keys":
        """The table below a key, `[table.key]` or in braces; empty where it is not there."""
        value = self.table.values.get(key, {})
        name = f"{self.table.name}.{key}" if self.table.name else key
        if not isinstance(value, dict):
            self.fault(key, f"must be a table, written [{name}]")
            value = {}
        return Keys(
            _table(self.table.document, name, 0, cast("dict[str, object]", value), self._line(key)), self.faults
        )

    def subs(self, key: str) -> "list[Keys]":
        """Every `[[key]]`."""
        value = self.table.values.get(key, [])
        items = cast("list[object]", value) if isinstance(value, list) else [None]
        if not all(isinstance(item, dict) for item in items):
            self.fault(key, f"must be a list of tables, written [[{key}]] each")
            return []
        tables = cast("list[dict[str, object]]", items)
        document, line = self.table.document, self._line(key)
        return [Keys(_table(document, key, number, item, line), self.faults) for number, item in enumerate(tables)]

    def _line(self, key: str) -> int:
        return self.table.document.lines.get((self.table.name, self.table.number, key), self.table.line)

    def _noted(self, read: Callable[[], _T], default: _T) -> _T:
        try:
            return read()
        except ConfigError as mistake:
            self.faults.append(mistake)
            return default


def _table(document: Document, name: str, number: int, values: Mapping[str, object], line: int) -> Table:
    """One in braces has no header: its mistakes are told at the line of the key that it stands behind."""
    lines = {(name, number, ""): line, **document.lines}
    return Table(replace(document, lines=lines), name, number, values)
