"""The Python files of a project, parsed: what they import, which app they make, which variables they read."""

import ast
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

FILES_MOST = 2000
BYTES_MOST = 1_000_000
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_SKIPPED = frozenset(
    {"node_modules", "__pycache__", "site-packages", "tests", "test", "docs", "examples", "migrations"}
)


@dataclass(frozen=True, slots=True)
class Source:
    """One file."""

    path: Path
    # below the project
    tree: ast.Module

    @property
    def importable(self) -> bool:
        """Can its path stand in a command as a module?"""
        return all(_PLAIN.fullmatch(part) for part in self.path.with_suffix("").parts)

    @property
    def imports(self) -> frozenset[str]:
        """Top names of what it imports."""
        found = {alias.name for node in ast.walk(self.tree) if isinstance(node, ast.Import) for alias in node.names}
        found |= {
            node.module or "" for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom) and not node.level
        }
        return frozenset(name.partition(".")[0] for name in found)

    @property
    def is_program(self) -> bool:
        """Has it `if __name__ == "__main__"`?"""
        return any(
            isinstance(node, ast.If) and "__name__" in ast.unparse(node.test) and "__main__" in ast.unparse(node.test)
            for node in self.tree.body
        )


def sources(folder: Path) -> tuple[Source, ...]:
    """Those near the top first; what is no Python is left out, as are environments, tests and hidden folders."""
    found = list[Source]()
    for path in _paths(folder):
        try:
            if path.is_file() and path.stat().st_size <= BYTES_MOST:
                found.append(Source(path.relative_to(folder), ast.parse(path.read_bytes())))
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return tuple(sorted(found, key=lambda one: (len(one.path.parts), one.path)))


def _paths(folder: Path) -> Iterator[Path]:
    seen = 0
    for top, folders, files in os.walk(folder):
        inside = Path(top)
        folders[:] = sorted(
            name
            for name in folders
            if name not in _SKIPPED and not name.startswith(".") and not (inside / name / "pyvenv.cfg").exists()
        )
        for name in sorted(files):
            if name.endswith(".py") and not name.startswith(("test_", "conftest")):
                seen += 1
                if seen > FILES_MOST:
                    return
                yield inside / name


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of the environment that the code reads."""

    name: str
    needed: bool
    # it fails without
    where: str


def variables(found: Sequence[Source]) -> tuple[Variable, ...]:
    """Each once, the place where it is needed first."""
    seen = dict[str, Variable]()
    for source in found:
        for node in ast.walk(source.tree):
            one = _variable(node, source)
            if one and (one.name not in seen or (one.needed and not seen[one.name].needed)):
                seen[one.name] = one
    return tuple(seen.values())


def _variable(node: ast.AST, source: Source) -> Variable | None:
    """`os.environ["X"]`, `os.environ.get("X")`, `os.getenv("X")`, with or without `os.`."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load) and _ends(node.value, "environ"):
        named, needed = node.slice, True
    elif isinstance(node, ast.Call) and node.args:
        getter = isinstance(node.func, ast.Attribute) and node.func.attr == "get" and _ends(node.func.value, "environ")
        if not getter and not _ends(node.func, "getenv"):
            return None
        named, needed = node.args[0], False
    else:
        return None
    if isinstance(named, ast.Constant) and isinstance(named.value, str):
        return Variable(named.value, needed, f"{source.path}:{node.lineno}")
    return None


def _ends(node: ast.expr, name: str) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr == name) or (isinstance(node, ast.Name) and node.id == name)
