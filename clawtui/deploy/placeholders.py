"""What a service.toml leaves open until a release stands on a host: `{socket}` and its kin in command and env.

`{{word}}` is the text `{word}`; braces around anything but one word are themselves, so JSON needs no care.
"""

import re
from collections.abc import Mapping

ARTIFACT = "artifact."
PLACEHOLDERS: Mapping[str, str] = {
    "socket": "absolute path of the unix socket that this instance listens on",
    "port": "the port that this instance listens on, on 127.0.0.1",
    "release": "the release's id",
    "app": "absolute path of the folder that holds the source; also the working directory",
    "shared": "absolute path of ROOT/SERVICE/shared, which stays from release to release",
    "python": "absolute path of the interpreter of the release's virtual environment, or of `python` without a lock",
    f"{ARTIFACT}NAME": "absolute path of an artifact",
}

_WORD = re.compile(r"\{\{([A-Za-z0-9_.-]+)\}\}|\{([A-Za-z0-9_.-]+)\}")


def taken(text: str) -> tuple[str, ...]:
    """The placeholders in it, in order."""
    return tuple(found[2] for found in _WORD.finditer(text) if found[2])


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with every placeholder replaced; KeyError names one without a value."""
    return _WORD.sub(lambda found: values[found[2]] if found[2] else f"{{{found[1]}}}", text)
