"""Patterns of ssh_config: `*`, `?` and `!`, nothing else."""

import re
from collections.abc import Iterable


def any_of(patterns: Iterable[str], name: str) -> bool:
    """Any pattern, and no negated one."""
    matched = False
    for pattern in patterns:
        if like(name, pattern.removeprefix("!")):
            if pattern.startswith("!"):
                return False
            matched = True
    return matched


def in_list(subject: str, patterns: str, *, fold: bool = False) -> bool:
    """A list by comma; host names know no case (`fold`)."""
    return any_of((patterns.lower() if fold else patterns).split(","), subject.lower() if fold else subject)


def like(name: str, pattern: str) -> bool:
    """One pattern."""
    parts = {"*": ".*", "?": "."}
    collapsed = re.sub(r"\*+", "*", pattern)
    return bool(re.fullmatch("".join(parts.get(char) or re.escape(char) for char in collapsed), name, re.DOTALL))
