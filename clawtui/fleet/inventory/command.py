"""Hosts from a program that prints JSON: `{"version": 1, "hosts": [{"name": …}]}`, the keys of `[[host]]` in each."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from clawtui.errors import ConfigError
from clawtui.fleet.child import ProgramFailed, run_program
from clawtui.fleet.host import Origin
from clawtui.fleet.tables import Document, Table

VERSION = 1
MOST_BYTES = 16_777_216
MOST_HOSTS = 10_000


@dataclass(frozen=True, slots=True)
class CommandInventory:
    """One program, and where the fleet file names it."""

    run: tuple[str, ...]
    folder: Path
    environ: Mapping[str, str]
    timeout_s: float
    origin: Origin

    def tables(self) -> tuple[Table, ...]:
        """Run it; every host as a table that names itself in errors."""
        document = self._object(self._printed())
        for key in document:
            if key not in ("version", "hosts"):
                raise self._error(f"printed the unknown key {key!r}; there are version and hosts")
        if document.get("version") != VERSION:
            raise self._error(f"printed version {document.get('version')!r}; this clawtui reads version {VERSION}")
        hosts = document.get("hosts")
        if not isinstance(hosts, list):
            raise self._error("printed no list of hosts")
        items = cast("list[object]", hosts)
        if len(items) > MOST_HOSTS:
            raise self._error(f"printed more than {MOST_HOSTS} hosts")
        return tuple(self._table(number, item) for number, item in enumerate(items))

    def _printed(self) -> object:
        try:
            ended = run_program(
                self.run, deadline_s=self.timeout_s, limit=MOST_BYTES, folder=self.folder, environ=self.environ
            )
        except ProgramFailed as error:
            raise self._error(str(error)) from error
        if ended.status:
            how = f"was ended by signal {-ended.status}" if ended.status < 0 else f"ended with {ended.status}"
            raise self._error(f"{how}: {ended.complaint or 'it says nothing on its standard error'}")
        try:
            return cast("object", json.loads(ended.out))
        except json.JSONDecodeError as error:
            raise self._error(f"printed no JSON: line {error.lineno}: {error.msg}") from error
        except UnicodeDecodeError as error:
            raise self._error(f"printed no JSON: byte {error.start} is not UTF-8") from error
        except (ValueError, RecursionError) as error:
            raise self._error(f"printed no JSON: {error}") from error

    def _object(self, value: object) -> Mapping[str, object]:
        if not isinstance(value, dict):
            raise self._error('must print an object: {"version": 1, "hosts": [ … ]}')
        return cast("Mapping[str, object]", value)

    def _table(self, number: int, item: object) -> Table:
        values = {key: value for key, value in self._object_of(item, number).items() if value is not None}
        name = f"{' '.join(self.run)}: hosts[{number}]"
        if isinstance(values.get("name"), str):
            name += f" {values['name']}"
        document = Document(self.origin.file, {}, {(name, 0, ""): self.origin.line})
        return Table(document, name, 0, values)

    def _object_of(self, item: object, number: int) -> Mapping[str, object]:
        if not isinstance(item, dict):
            raise self._error(f'printed hosts[{number}], which must be an object: {{"name": "web-1"}}')
        return cast("Mapping[str, object]", item)

    def _error(self, message: str) -> ConfigError:
        return ConfigError(
            f"{' '.join(self.run)} {message}", file=self.origin.file, line=self.origin.line, key="command.run"
        )
