"""Where a page or a probe is asked for: parsed by hand, because urllib would stay in memory for ever."""

from __future__ import annotations

import contextlib
import socket
from typing import NamedTuple, Union

BAD_URL = "the URL must be http://ADDRESS[:PORT]/PATH with a numeric address or localhost, or unix:/SOCKET:/PATH"
BAD_TCP = "tcp must be ADDRESS:PORT with a numeric address or localhost, or unix:/SOCKET"
LONGEST_PATH = 107  # bytes of a unix socket's path


class Address(NamedTuple):
    """One place on this host."""

    family: int
    place: Union[str, tuple[str, int]]
    host: str  # of the Host header
    target: str  # what is asked for, with its query; empty for a bare connection


def of_url(url: str) -> Address | None:
    """`http://127.0.0.1:8000/metrics` or `unix:/run/bot.sock:/metrics`; names are not resolved, DNS would block the tick."""
    if url.startswith("unix:"):
        path, colon, target = url[len("unix:") :].partition(":")
        return _unix(path, target or "/") if not colon or target.startswith("/") else None
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    place = _place(authority, 80)
    if scheme != "http" or place is None:
        return None
    return Address(_family(place), place, authority, (slash + path) or "/")


def of_tcp(text: str) -> Address | None:
    """`127.0.0.1:9000`, `[::1]:9000` or `unix:/run/bot.sock`."""
    if text.startswith("unix:"):
        return _unix(text[len("unix:") :], "")
    place = _place(text, 0)
    return Address(_family(place), place, text, "") if place is not None and place[1] else None


def _unix(path: str, target: str) -> Address | None:
    if not path.startswith("/") or len(path.encode()) > LONGEST_PATH or any(c in target for c in " \r\n"):
        return None
    return Address(socket.AF_UNIX, path, "localhost", target)


def _place(authority: str, default: int) -> tuple[str, int] | None:
    host, colon, port = authority.rpartition(":")
    if not colon or "]" in port:
        host, port = authority, str(default)
    address = "127.0.0.1" if host == "localhost" else host.strip("[]")
    if not port.isdigit() or int(port) > 65535 or not _numeric(address):
        return None
    return address, int(port)


def _family(place: tuple[str, int]) -> int:
    return socket.AF_INET6 if ":" in place[0] else socket.AF_INET


def _numeric(address: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with contextlib.suppress(OSError, ValueError):
            socket.inet_pton(family, address)
            return True
    return False
