"""What may be the name of a host: letters of any script, and addresses; one spelling for what looks the same."""

import unicodedata
from contextlib import suppress

from clawtui.fleet.host import Host

_BETWEEN = "_.:-"


def normal(name: str) -> str:
    """A letter and its accent written apart are the same name as both in one."""
    return unicodedata.normalize("NFC", name)


def is_name(text: str) -> bool:
    """Letters, marks, digits and `_ . : -`, the first a letter or digit; or an address."""
    if not text or not text.isprintable():
        return False
    plain = all(char.isalnum() or char in _BETWEEN or unicodedata.category(char)[0] == "M" for char in text)
    return (plain and (text[0].isalnum() or text[0] == "_")) or is_address(text)


def is_address(text: str) -> bool:
    """An IPv4 or IPv6 address, a zone behind it included."""
    import ipaddress

    with suppress(ValueError):
        ipaddress.ip_address(text)
        return "%" not in text or text.partition("%")[2].replace("-", "").isalnum()
    return False


def uncarried(host: Host) -> str:
    """Why SSH cannot be given this host's address; empty where it can."""
    target = host.target
    if target.startswith("-") or not target.isprintable() or any(char.isspace() for char in target):
        return f"{target!r} is no host name or address ({host.origin})"
    if target.isascii():
        return ""
    with suppress(UnicodeError):
        form = target.encode("idna").decode("ascii")
        return f'{target!r} is not ASCII, and SSH carries nothing else: give it address = "{form}" ({host.origin})'
    return f"{target!r} is not ASCII, and SSH carries nothing else: give it an address ({host.origin})"
