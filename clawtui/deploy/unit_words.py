"""Words of a unit's lines as they stand: systemd splits none, fills nothing in, and ends no line early. Pure."""

import re
from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z0-9_./:@=+,-]+")
_NAMED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "%": "%%"}


def word(text: str) -> str:
    """One, in quotes where it needs them."""
    return text if _PLAIN.fullmatch(text) else '"' + "".join(_NAMED.get(letter, letter) for letter in text) + '"'


def line(argv: Sequence[str]) -> str:
    """A command, in which a dollar is a dollar."""
    return " ".join(word(one).replace("$", "$$") for one in argv)
