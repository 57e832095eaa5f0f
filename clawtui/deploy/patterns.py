"""Patterns of a .gitignore, without those that take something back in. Pure."""

import re
from collections.abc import Sequence

_PIECES = re.compile(r"\\(.)|\*\*|\*|\?|\[(!|\^)?((?:\\.|\](?=[^\]]*\])|[^\]\\])+)\]|(.)", re.DOTALL)


class Patterns:
    """Which paths are left out; a folder that matches is left out with all that is below it."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._files = [_compiled(pattern) for pattern in patterns if not pattern.endswith("/")]
        self._folders = [_compiled(pattern.rstrip("/")) for pattern in patterns]

    def __call__(self, path: str, *, folder: bool) -> bool:
        """Does one match this path, relative and with slashes?"""
        return any(pattern.fullmatch(path) for pattern in (self._folders if folder else self._files))


def _compiled(pattern: str) -> re.Pattern[str]:
    """A slash before the last character ties a pattern to the top; without one it may match at any depth."""
    anchored = "/" in pattern
    bare = pattern.removeprefix("/")
    text = "".join(_regex(found) for found in _PIECES.finditer(bare))
    text = text.replace("\0/", "(?:.*/)?").replace("/\0", "/.*").replace("\0", "[^/]*")
    return re.compile(text if anchored else f"(?:.*/)?{text}", re.DOTALL)


def _regex(found: re.Match[str]) -> str:
    """One piece; NUL stands for two stars until it is known what is beside them."""
    match found[0]:
        case "**":
            return "\0"
        case "*":
            return "[^/]*"
        case "?":
            return "[^/]"
        case _ if found[3]:
            return f"(?!/)[{'^' if found[2] else ''}{found[3].replace('[', chr(92) + '[')}]"
        case _:
            return re.escape(found[1] or found[4])
