"""What systemd wants to hear of a service: that it is up, and that it still is."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping


class Notify:
    """Silent where there is no systemd (`NOTIFY_SOCKET` unset)."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = environ.get("NOTIFY_SOCKET", "")
        self._each = int(environ.get("WATCHDOG_USEC") or 0) / 3e6  # seconds; a third of what systemd waits
        self._last = 0.0

    def ready(self) -> None:
        """Samples can be had."""
        self._say(b"READY=1")

    def alive(self, clock: float) -> None:
        """Once in a while, by the monotonic clock."""
        if self._each and clock - self._last >= self._each:
            self._last = clock
            self._say(b"WATCHDOG=1")

    def _say(self, words: bytes) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(words, address)
