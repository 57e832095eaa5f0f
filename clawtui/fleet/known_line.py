"""One line of a known_hosts file, as OpenSSH writes it."""

import base64
import binascii
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file as it is written; `blob` is empty where it is no key."""

    marker: str
    names: str
    kind: str
    blob: bytes
    comment: str

    @classmethod
    def of(cls, text: str) -> "Line | None":
        """Read one line; None for an empty line or a comment."""
        words = text.split(maxsplit=4 if text.lstrip().startswith("@") else 3)
        if not words or words[0].startswith("#"):
            return None
        marker = ""
        if words[0].startswith("@"):
            marker, words = words[0][1:].lower(), words[1:]
        kind, blob = key_of(words[1:])
        return cls(marker, words[0] if words else "", kind, blob, words[3] if len(words) > 3 else "")

    def names_exactly(self, name: str) -> bool:
        """This very name is written here, plain or hashed: no pattern that means others too."""
        if self.names.startswith("|1|"):
            salt, digest = salted(self.names)
            return bool(digest) and hmac.digest(salt, name.encode(), "sha1") == digest
        return name in self.names.lower().split(",")


def salted(names: str) -> tuple[bytes, bytes]:
    """Salt and digest of a hashed name; empty ones where it is none."""
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in names[3:].split("|"))
    except (ValueError, binascii.Error):
        return b"", b""
    return salt, digest


def key_of(words: list[str]) -> tuple[str, bytes]:
    """Kind and blob; an empty blob when these words are no key."""
    try:
        kind, blob = words[0], base64.b64decode(words[1], validate=True)
    except (IndexError, ValueError):
        return "", b""
    length = int.from_bytes(blob[:4], "big")
    return (kind, blob) if blob[4 : 4 + length] == kind.encode() else ("", b"")
