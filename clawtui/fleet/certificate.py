"""When an OpenSSH user certificate ends. Pure; after PROTOCOL.certkeys."""

import base64
import binascii
from dataclasses import dataclass

from clawtui.fleet.known_hosts import fingerprint

FOREVER = 2**64 - 1
# strings between the nonce and the serial number: the certified public key
_KEY_PARTS = {
    "ssh-ed25519": 1,
    "ecdsa-sha2-nistp256": 2,
    "ecdsa-sha2-nistp384": 2,
    "ecdsa-sha2-nistp521": 2,
    "ssh-rsa": 2,
    "rsa-sha2-256": 2,
    "rsa-sha2-512": 2,
    "sk-ssh-ed25519": 2,
    "sk-ecdsa-sha2-nistp256": 3,
}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says of itself."""

    fingerprint: str
    # of the key that it certifies
    key_id: str
    ends: float | None
    # Unix time; None where it never ends


def read_certificate(blob: bytes) -> Certificate | None:
    """None where these bytes are no certificate that we can read."""
    try:
        kind, rest = _string(blob)
        bare = kind.decode("ascii").removesuffix("-cert-v01@openssh.com")
        if bare == kind.decode("ascii") or bare not in _KEY_PARTS:
            return None
        _nonce, rest = _string(rest)
        parts: list[bytes] = []
        for _ in range(_KEY_PARTS[bare]):
            part, rest = _string(rest)
            parts.append(part)
        key_id, rest = _string(rest[12:])  # after the serial number and the type
        _principals, rest = _string(rest)
        before = int.from_bytes(rest[8:16], "big")
    except (ValueError, UnicodeDecodeError):
        return None
    name = bare + "@openssh.com" if bare.startswith("sk-") else bare
    key = b"".join(len(part).to_bytes(4, "big") + part for part in (name.encode(), *parts))
    ends = None if before == FOREVER else float(before)
    return Certificate(fingerprint(key), key_id.decode("utf-8", "replace"), ends)


def certificate_in(text: str) -> Certificate | None:
    """The certificate of a `-cert.pub` file."""
    words = text.split()
    try:
        return read_certificate(base64.b64decode(words[1], validate=True))
    except (IndexError, ValueError, binascii.Error):
        return None


def _string(data: bytes) -> tuple[bytes, bytes]:
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 + length:
        raise ValueError("cut short")
    return data[4 : 4 + length], data[4 + length :]
