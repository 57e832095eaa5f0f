"""The files of a configuration, each read once, with those that they include."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from glob import glob
from pathlib import Path

from clawtui.errors import ConfigError
from clawtui.fleet.ssh_config.operator import Operator, Unexpanded
from clawtui.fleet.ssh_config.statement import Statement, parse

MOST_DEPTH = 16


@dataclass(slots=True)
class Files:
    """Statements by file."""

    file: Path
    system: Path | None
    operator: Operator
    _parsed: dict[Path, tuple[Statement, ...]] = field(default_factory=dict[Path, tuple[Statement, ...]])

    def roots(self) -> tuple[Path, ...]:
        """The user's file comes before the system's."""
        return (self.file, self.system) if self.system else (self.file,)

    def statements(self, path: Path) -> tuple[Statement, ...]:
        """One file; one that is not there says nothing."""
        if path not in self._parsed:
            try:
                text = path.read_text("utf-8", "surrogateescape")
            except FileNotFoundError:
                text = ""
            except OSError as error:
                raise ConfigError(f"cannot be read: {error.strerror}", file=str(path)) from error
            self._parsed[path] = tuple(parse(text, str(path)))
        return self._parsed[path]

    def included(self, statement: Statement, root: Path, depth: int) -> Iterator[Path]:
        """What an `Include` of a file below `root` names, in lexical order."""
        if depth >= MOST_DEPTH:
            raise statement.error("goes too deep; does a file include itself?")
        base = root.parent if root == self.system else self.operator.home / ".ssh"
        for word in statement.words:
            try:
                pattern = Path(self.operator.path(word, {"%": "%"} | self.operator.tokens))
                found = sorted(glob(str(base / pattern)))  # noqa: PTH207 - an absolute pattern
            except (Unexpanded, ValueError) as error:
                raise statement.error(f"{word!r}: {error}") from error
            yield from (path for name in found if (path := Path(name)).is_file())

    def everything(self) -> Iterator[Statement]:
        """All statements of all files, whomever they are for."""
        for root in self.roots():
            yield from self._all_of(root, root, 0)

    def _all_of(self, path: Path, root: Path, depth: int) -> Iterator[Statement]:
        for statement in self.statements(path):
            yield statement
            if statement.key == "include":
                for inner in self.included(statement, root, depth):
                    yield from self._all_of(inner, root, depth + 1)
