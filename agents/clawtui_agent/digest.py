"""Which files this agent is made of, in sixteen characters: the operator's side compares it with its own copy."""

from __future__ import annotations

import os
from typing import Any


def digest(folder: str) -> str:
    """First 16 hex digits of SHA-256 over every `*.py` below `folder`.

    Files are taken in the order of their path relative to `folder` (with `/`, compared as bytes); for each the hash is fed
    the path, a zero byte, the length of the content in decimal, a zero byte, and the content. `__pycache__` is left out.
    """
    paths: list[str] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "__pycache__"]
        paths += [os.path.relpath(os.path.join(parent, name), folder) for name in files if name.endswith(".py")]
    whole = _sha256()
    for path in sorted(paths, key=os.fsencode):
        with open(os.path.join(folder, path), "rb") as file:
            content = file.read()
        whole.update(os.fsencode(path) + b"\0" + str(len(content)).encode() + b"\0" + content)
    return str(whole.hexdigest())[:16]


def _sha256() -> Any:
    """The interpreter's own: hashlib would load OpenSSL, which is 3.7 MiB for ever."""
    for name in ("_sha2", "_sha256", "hashlib"):
        try:
            return __import__(name).sha256()
        except ImportError:
            continue
    raise ImportError("this Python has no SHA-256")
